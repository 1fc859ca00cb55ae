#include <algorithm>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/runtime/mosquitto_rig.hpp"

using namespace levada;
using namespace levada::mqtt;

namespace {

using texts = std::vector<std::string>;

void publish_all(mosquitto_rig& rig, session& from, uint8_t qos, int count) {
  for (int i = 0; i < count; ++i) {
    const auto payload = std::to_string(i);
    const publish_packet packet{i % 2 ? "plant/a" : "plant/b", payload, {}, 0, qos, false, false};
    status s{errc::would_block, ""};
    REQUIRE(rig.drive({&from},
                      [&] {
                        s = from.publish(packet).error();
                        return s.code() != errc::would_block;
                      })
                .to_string() == "ok");
    REQUIRE(s.to_string() == "ok");
  }
  REQUIRE(rig.drive({&from}, [&] { return from.completed() == from.published(); }).to_string() == "ok");
}

texts numbered(int from, int until, const std::string& suffix = "") {
  texts all;
  for (int i = from; i < until; ++i)
    all.push_back("plant/" + std::string(i % 2 ? "a" : "b") + "=" + std::to_string(i) + suffix);
  return all;
}

} // namespace

TEST_CASE("mosquitto delivers at every QoS and version what a wildcard asks for") {
  if (!mosquitto_rig::installed()) return;
  mosquitto_rig rig;
  for (const auto spoken : {version::v3_1_1, version::v5}) {
    for (const uint8_t qos : {0, 1, 2}) {
      CAPTURE(static_cast<int>(spoken), static_cast<int>(qos));
      auto reading = rig.options("reader", spoken);
      reading.start = session_start::clean;
      reading.filters = {{"plant/+", qos}, {"other/#", 1}};
      session reader(reading, rig.net);
      rig.subscribe_and_wait(reader);
      auto writing = rig.options("writer", spoken);
      writing.start = session_start::clean_once;
      session writer(writing, rig.net);
      publish_all(rig, writer, qos, 15);
      texts seen;
      REQUIRE(rig.drive(
                     {&reader}, [&] { return seen.size() >= 15; }, &seen)
                  .to_string() == "ok");
      CHECK(seen == numbered(0, 15));
      CHECK(reader.unacknowledged() == (qos == 0 ? 0 : 15));
    }
  }
}

TEST_CASE("mosquitto redelivers what was not answered for, and nothing that was") {
  if (!mosquitto_rig::installed()) return;
  mosquitto_rig rig;
  const auto spoken = GENERATE(version::v3_1_1, version::v5);
  const uint8_t qos = GENERATE(1, 2);
  CAPTURE(static_cast<int>(spoken), static_cast<int>(qos));
  auto reading = rig.options("reader", spoken);
  reading.filters = {{"plant/#", qos}};
  session writer(rig.options("writer", spoken), rig.net);
  texts seen;
  std::string stored;
  {
    session reader(reading, rig.net);
    rig.subscribe_and_wait(reader);
    publish_all(rig, writer, qos, 10);
    REQUIRE(rig.drive(
                   {&reader}, [&] { return seen.size() >= 10; }, &seen)
                .to_string() == "ok");
    reader.acknowledge_up_to(4);
    rig.linger(reader, &seen);
  } // as a crash does, without a goodbye
  CHECK(seen == numbered(0, 10));
  seen.clear();
  {
    session reader(reading, rig.net);
    REQUIRE(rig.drive(
                   {&reader}, [&] { return seen.size() >= 6; }, &seen)
                .to_string() == "ok");
    CHECK(seen == numbered(4, 10, "(dup)"));
    rig.linger(reader, &seen);
    // An epoch with all of it is committed, and then the machine dies before anyone is told.
    stored = reader.snapshot();
  }
  seen.clear();
  session reader(reading, rig.net);
  REQUIRE(reader.restore(stored).ok());
  rig.subscribe_and_wait(reader, &seen);
  rig.linger(reader, &seen);
  CHECK(seen == (qos == 1 ? numbered(4, 10, "(dup)") : texts{}));
  reader.acknowledge_up_to(reader.last_token());
  rig.linger(reader, &seen);
  reader.acknowledge_up_to(reader.last_token());
  publish_all(rig, writer, qos, 30);
  seen.clear();
  REQUIRE(rig.drive(
                 {&reader},
                 [&] {
                   reader.acknowledge_up_to(reader.last_token());
                   return seen.size() >= 30;
                 },
                 &seen)
              .to_string() == "ok");
  CHECK(seen == numbered(0, 30));
}

TEST_CASE("what mosquitto sends again after a commit is recognised, be it released or not") {
  if (!mosquitto_rig::installed()) return;
  const auto spoken = GENERATE(version::v3_1_1, version::v5);
  const uint8_t qos = GENERATE(1, 2);
  CAPTURE(static_cast<int>(spoken), static_cast<int>(qos));
  mosquitto_rig rig("allow_anonymous true\nlog_type all\n");
  auto reading = rig.options("reader", spoken);
  reading.filters = {{"plant/#", qos}};
  session writer(rig.options("writer", spoken), rig.net);
  const auto commit = [](session& reader) { reader.acknowledge_up_to(reader.last_token()); };
  const auto logged = [&](const std::string& text) {
    std::ifstream log(rig.folder.file("mosquitto.log"));
    int lines = 0;
    for (std::string line; std::getline(log, line);) lines += line.find(text) != std::string::npos;
    return lines;
  };
  texts seen;
  std::string stored;
  {
    session reader(reading, rig.net);
    rig.subscribe_and_wait(reader);
    // One message after another, so that the broker is seen to count.
    for (int i = 0; i < 3; ++i) {
      publish_all(rig, writer, qos, 80);
      REQUIRE(rig.drive(
                     {&reader},
                     [&] {
                       commit(reader);
                       return seen.size() >= static_cast<size_t>(80 * (i + 1)) && reader.unacknowledged() == 0;
                     },
                     &seen)
                  .to_string() == "ok");
      for (int j = 0; j < 2; ++j) {
        rig.linger(reader, &seen);
        commit(reader);
      }
    }
    publish_all(rig, writer, qos, 10);
    REQUIRE(rig.drive(
                   {&reader}, [&] { return seen.size() >= 250; }, &seen)
                .to_string() == "ok");
    if (qos == 2) {
      commit(reader);
      rig.linger(reader, &seen); // the releases come in
    }
    // An epoch with all of it is committed, and then the machine dies before anyone is told.
    stored = reader.snapshot();
  }
  // A process that lives for no longer than it takes to connect: the broker's first words find nobody.
  rig.connect_and_die(reading);
  const int64_t give_up = rig.clock.monotonic_us() + broker_patience_us;
  while (logged("Client reader ") < 2 && rig.clock.monotonic_us() < give_up) usleep(10'000);
  seen.clear();
  session reader(reading, rig.net);
  REQUIRE(reader.restore(stored).ok());
  rig.subscribe_and_wait(reader, &seen);
  rig.linger(reader, &seen);
  CHECK(seen == texts{});
  if (logged("Sending PUBLISH to reader (d1, q") < 10) WARN("this mosquitto sent nothing again, so nothing is shown");
  for (int i = 0; i < 2; ++i) {
    commit(reader);
    rig.linger(reader, &seen);
  }
  publish_all(rig, writer, qos, 15);
  REQUIRE(rig.drive(
                 {&reader},
                 [&] {
                   commit(reader);
                   return seen.size() >= 15;
                 },
                 &seen)
              .to_string() == "ok");
  CHECK(seen == numbered(0, 15));
}

TEST_CASE("mosquitto stops sending at its window until messages are answered for") {
  if (!mosquitto_rig::installed()) return;
  mosquitto_rig rig;
  auto reading = rig.options("reader", version::v5);
  reading.filters = {{"plant/#", 1}};
  reading.receive_maximum = 8;
  session reader(reading, rig.net);
  rig.subscribe_and_wait(reader);
  session writer(rig.options("writer", version::v5), rig.net);
  publish_all(rig, writer, 1, 40);
  texts seen;
  rig.linger(reader, &seen);
  CHECK(seen == numbered(0, 8));
  REQUIRE(rig.drive(
                 {&reader},
                 [&] {
                   reader.acknowledge_up_to(reader.last_token());
                   return seen.size() >= 40;
                 },
                 &seen)
              .to_string() == "ok");
  CHECK(seen == numbered(0, 40));
}

TEST_CASE("a session survives the restart of mosquitto by connecting again") {
  if (!mosquitto_rig::installed()) return;
  mosquitto_rig rig;
  auto reading = rig.options("reader", version::v3_1_1);
  reading.filters = {{"plant/#", 1}};
  session reader(reading, rig.net);
  rig.subscribe_and_wait(reader);
  rig.broker.stop(SIGKILL);
  REQUIRE(rig.drive({&reader}, [&] { return reader.current() == session::state::offline; }).to_string() == "ok");
  rig.broker =
      child_process({"/usr/sbin/mosquitto", "-c", rig.folder.file("mosquitto.conf")}, rig.folder.file("mosquitto.log"));
  REQUIRE(rig.drive({&reader}, [&] { return reader.connections() == 2; }).to_string() == "ok");
  rig.subscribe_and_wait(reader);
  session writer(rig.options("writer", version::v3_1_1), rig.net);
  publish_all(rig, writer, 1, 3);
  texts seen;
  REQUIRE(rig.drive(
                 {&reader}, [&] { return seen.size() >= 3; }, &seen)
              .to_string() == "ok");
  CHECK(seen == numbered(0, 3));
}

TEST_CASE("mosquitto with TLS and passwords is spoken to, and refusals are clear") {
  if (!mosquitto_rig::installed() || !is_installed("openssl") || !is_installed("mosquitto_passwd")) return;
  const temporary_directory secrets;
  REQUIRE(make_certificates(secrets));
  REQUIRE(run({"mosquitto_passwd", "-b", "-c", secrets.file("users"), "gateway", "s3cret"}, secrets.file("log")) == 0);
  mosquitto_rig rig("allow_anonymous false\npassword_file " + secrets.file("users") + "\ncafile " +
                    secrets.file("ca.pem") + "\ncertfile " + secrets.file("server.pem") + "\nkeyfile " +
                    secrets.file("server.key") + "\n");
  const auto spoken = GENERATE(version::v3_1_1, version::v5);
  auto options = rig.options("gateway", spoken);
  options.broker.host = "localhost";
  options.tls = tls_options{secrets.file("ca.pem"), {}, {}};
  options.username = "gateway";
  options.password = "s3cret";
  options.filters = {{"plant/#", 1}};
  {
    session client(options, rig.net);
    rig.subscribe_and_wait(client);
    const std::string large(200'000, 'x');
    REQUIRE(client.publish({"plant/x", large, {}, 0, 1, false, false}).ok());
    texts seen;
    REQUIRE(rig.drive(
                   {&client}, [&] { return !seen.empty(); }, &seen)
                .to_string() == "ok");
    CHECK(seen[0].size() == large.size() + 8);
  }
  const auto outcome = [&](const session_options& with) {
    session client(with, rig.net);
    return rig.drive({&client}, [&] { return client.subscribed(); });
  };
  auto wrong = options;
  wrong.password = "guess";
  CHECK(outcome(wrong).code() == errc::authentication_failed);
  auto anonymous = options;
  anonymous.username.reset();
  anonymous.password.reset();
  CHECK(outcome(anonymous).code() == errc::authentication_failed);
  auto distrustful = options;
  distrustful.tls = tls_options{};
  const auto s = outcome(distrustful);
  CHECK(s.code() == errc::tls_error);
  CHECK(s.message().find("not trusted") != std::string_view::npos);
}
