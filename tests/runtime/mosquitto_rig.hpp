// A real broker on a port of its own, and sessions driven against it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "platform/clock.hpp"
#include "runtime/connectors/mqtt/codec.hpp"
#include "runtime/connectors/mqtt/property.hpp"
#include "runtime/connectors/mqtt/session.hpp"
#include "tests/child_process.hpp"

namespace levada::mqtt {

constexpr int64_t broker_patience_us = 20'000'000;

struct mosquitto_rig {
  // `configuration` is added to the listener's. REQUIRES installed().
  explicit mosquitto_rig(const std::string& configuration = "allow_anonymous true\n") {
    {
      auto probe = net.listen({"127.0.0.1", 0});
      REQUIRE(probe.ok());
      port = (*probe)->port();
    }
    const auto file = folder.write("mosquitto.conf", "user root\npersistence false\nlistener " + std::to_string(port) +
                                                         " 127.0.0.1\n" + configuration);
    const std::string program = access("/usr/sbin/mosquitto", X_OK) == 0 ? "/usr/sbin/mosquitto" : "mosquitto";
    broker = child_process({program, "-c", file}, folder.file("mosquitto.log"));
    REQUIRE(broker.started());
    const int64_t give_up = clock.monotonic_us() + broker_patience_us;
    while (!reachable()) {
      REQUIRE(clock.monotonic_us() < give_up);
      usleep(10'000);
    }
  }

  static bool installed() {
    if (is_installed("mosquitto")) return true;
    WARN("skipped: the mosquitto broker is not installed");
    return false;
  }

  session_options options(const std::string& client_id, version spoken) const {
    session_options all;
    all.broker = {"127.0.0.1", port};
    all.client_id = client_id;
    all.protocol = spoken;
    all.session_expiry_s = 600;
    return all;
  }

  // Drives the sessions until `done`; what arrives is appended to `seen` as "topic=payload" with "(dup)".
  status drive(std::vector<session*> sessions, const std::function<bool()>& done,
               std::vector<std::string>* seen = nullptr) {
    const int64_t give_up = clock.monotonic_us() + broker_patience_us;
    while (!done()) {
      if (clock.monotonic_us() >= give_up) return {errc::timed_out, "the broker did not do its part"};
      for (session* each : sessions) {
        if (auto s = each->advance(clock.monotonic_us()); !s.ok()) return s;
        message next;
        while (each->next(next)) {
          if (seen)
            seen->push_back(std::string(next.packet.topic) + "=" + std::string(next.packet.payload) +
                            (next.packet.duplicate ? "(dup)" : ""));
        }
        if (auto s = each->advance(clock.monotonic_us()); !s.ok()) return s;
      }
      if (sessions.size() == 1 && sessions[0]->descriptor() >= 0) {
        wait_for(sessions[0]->descriptor(), sessions[0]->wanted(), 10'000);
      } else {
        usleep(200);
      }
    }
    return {};
  }
  // Long enough for anything the broker still has to say.
  void linger(session& client, std::vector<std::string>* seen) {
    const int64_t until = clock.monotonic_us() + 300'000;
    REQUIRE(drive(
                {&client}, [&] { return clock.monotonic_us() >= until; }, seen)
                .to_string() == "ok");
  }
  void subscribe_and_wait(session& client, std::vector<std::string>* seen = nullptr) {
    REQUIRE(drive(
                {&client}, [&] { return client.subscribed(); }, seen)
                .to_string() == "ok");
  }

  temporary_directory folder;
  system_network net;
  system_clock clock;
  uint16_t port = 0;
  child_process broker;

  // Says who it is, and is gone before the broker can answer.
  void connect_and_die(const session_options& as) {
    connect_packet hello;
    hello.protocol = as.protocol;
    hello.client_id = as.client_id;
    hello.clean_start = false;
    std::string properties;
    if (as.protocol == version::v5) put_number(properties, property_id::session_expiry, as.session_expiry_s);
    hello.properties = properties;
    std::string bytes;
    encode(hello, bytes);
    broker.send(SIGSTOP);
    auto stream = net.connect({"127.0.0.1", port}, nullptr);
    REQUIRE(stream.ok());
    REQUIRE(establish(**stream));
    auto written = (*stream)->write(bytes);
    REQUIRE(written.ok());
    REQUIRE(*written == bytes.size());
    stream->reset();
    broker.send(SIGCONT);
  }

 private:
  bool reachable() {
    auto stream = net.connect({"127.0.0.1", port}, nullptr);
    REQUIRE(stream.ok());
    return establish(**stream);
  }
  static bool establish(byte_stream& stream) {
    status s = stream.establish();
    while (s.code() == errc::would_block) {
      wait_for(stream.descriptor(), wait_write, 100'000);
      s = stream.establish();
    }
    return s.ok();
  }
};

} // namespace levada::mqtt
