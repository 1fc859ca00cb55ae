#include "runtime/connectors/mqtt/session.hpp"

#include <catch2/catch.hpp>

#include "tests/runtime/mqtt_scripted_broker.hpp"

using namespace levada;
using namespace levada::mqtt;
using namespace std::string_literals;
using namespace std::string_view_literals;

TEST_CASE("a broker that refuses says why and what to do, at once") {
  struct refusal {
    version spoken;
    uint8_t reason;
    errc code;
    std::string_view text;
  };
  const auto [spoken, reason, code, text] =
      GENERATE(refusal{version::v3_1_1, 5, errc::authentication_failed, "not authorized (0x87)"},
               refusal{version::v3_1_1, 4, errc::authentication_failed, "check 'username' and 'password'"},
               refusal{version::v3_1_1, 1, errc::unsupported, "set 'protocol-version'"},
               refusal{version::v5, 0x86, errc::authentication_failed, "bad user name or password (0x86)"},
               refusal{version::v5, 1, errc::unsupported, "unsupported protocol version"},
               refusal{version::v5, 0x85, errc::invalid_argument, "set 'client-id'"});
  scripted_broker broker(spoken);
  session client(options_for(spoken), broker.net);
  broker.drive(client);
  broker.accept();
  broker.send(connack_packet{false, reason, {}});
  const auto s = client.advance(broker.now_us);
  CHECK(s.code() == code);
  CHECK(s.message().find(text) != std::string_view::npos);
  CHECK(client.current() == session::state::failed);
}

TEST_CASE("a refused or weakened subscription is an error that names the filter") {
  scripted_broker broker(version::v5);
  session client(subscriber(version::v5, 1), broker.net);
  broker.welcome(client, false);
  const std::string reasons = GENERATE(std::string("\x87"), std::string(1, char{0}));
  const auto request = decode_subscribe(broker.expect(packet_type::subscribe), version::v5);
  broker.send(subscription_ack_packet{packet_type::suback, request->packet_id, reasons, {}});
  const auto s = client.advance(broker.now_us);
  CHECK_FALSE(s.ok());
  CHECK(s.message().find("'sensors/#'") != std::string_view::npos);
}

TEST_CASE("an unreachable broker is tried again with growing jittered pauses") {
  simulated_network net;
  session client(options_for(version::v5), net);
  int64_t now = 0;
  int64_t longest = 0;
  for (int i = 0; i < 30; ++i) {
    REQUIRE(client.advance(now).ok());
    REQUIRE(client.current() == session::state::offline);
    CHECK(client.last_loss().code() == errc::peer_unreachable);
    const int64_t pause = client.deadline_us() - now;
    CHECK(pause >= 0);
    CHECK(pause <= std::min(retry_cap_us, retry_base_us << i));
    longest = std::max(longest, pause);
    now = client.deadline_us();
  }
  CHECK(longest > 10'000'000);
}

TEST_CASE("a silent broker is left and an idle connection is kept alive") {
  scripted_broker broker(version::v3_1_1);
  session client(options_for(version::v3_1_1), broker.net);
  broker.welcome(client, false);
  broker.now_us = client.deadline_us();
  broker.drive(client);
  broker.expect(packet_type::pingreq);
  std::string pong;
  encode_ping(packet_type::pingresp, pong);
  broker.send_bytes(pong);
  broker.drive(client);
  CHECK(client.deadline_us() == broker.now_us + 60'000'000);
  broker.now_us = client.deadline_us();
  broker.drive(client);
  broker.expect(packet_type::pingreq);
  broker.now_us = client.deadline_us();
  broker.drive(client);
  CHECK(client.current() == session::state::offline);
  CHECK(client.last_loss().code() == errc::timed_out);
}

TEST_CASE("an owner that leaves messages in place keeps its connection") {
  scripted_broker broker(version::v3_1_1);
  session client(options_for(version::v3_1_1), broker.net);
  broker.welcome(client, false);
  broker.publish("sensors/a", "one");
  broker.drive(client);
  for (int i = 0; i < 5; ++i) {
    CHECK(client.deadline_us() == broker.now_us + 60'000'000);
    broker.now_us += 30'000'000;
    broker.drive(client);
    CHECK_FALSE(broker.take());
    broker.now_us += 30'000'000;
    broker.drive(client);
    broker.expect(packet_type::pingreq);
  }
  CHECK(client.current() == session::state::online);
  CHECK(deliveries(client, broker.now_us) == "one ");
  // From here on the answers could be read, and there are none.
  broker.now_us = client.deadline_us();
  broker.drive(client);
  broker.expect(packet_type::pingreq);
  broker.now_us = client.deadline_us();
  broker.drive(client);
  CHECK(client.last_loss().code() == errc::timed_out);
}

TEST_CASE("an answer that was there in time counts, however late it is looked at") {
  scripted_broker broker(version::v3_1_1);
  session client(options_for(version::v3_1_1), broker.net);
  broker.welcome(client, false);
  broker.now_us = client.deadline_us();
  broker.drive(client);
  broker.expect(packet_type::pingreq);
  std::string pong;
  encode_ping(packet_type::pingresp, pong);
  broker.send_bytes(pong);
  broker.now_us += 3600'000'000;
  broker.drive(client);
  CHECK(client.current() == session::state::online);
}

TEST_CASE("a broker that takes nothing gets no heap of pings, and is left") {
  scripted_broker broker(version::v3_1_1);
  broker.net.set_pipe_bytes(100);
  auto options = options_for(version::v3_1_1);
  options.keep_alive_s = 10;
  session client(options, broker.net);
  broker.welcome(client, false);
  REQUIRE(client.publish({"out", std::string(200, 'x'), {}, 0, 0, false, false}).ok());
  broker.drive(client);
  const auto bytes = client.published();
  for (int i = 0; i < 3 && client.current() == session::state::online; ++i) {
    const auto due = client.deadline_us();
    REQUIRE(due > broker.now_us);
    broker.now_us = due;
    broker.drive(client);
  }
  CHECK(client.published() == bytes);
  CHECK(client.last_loss().code() == errc::timed_out);
}

TEST_CASE("a packet that breaks the protocol costs the connection, and what was not answered for comes again") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  const auto garbage = GENERATE(as<std::string>{}, "\xff\xff\xff\xff\xff"s, "\x3f\x00"s, "\x36\x05\x00\x01x\x00\x01"s,
                                "\x32\x05\x00\x01x\x00\x00"s, "\x40\x01\x00"s, "\xf0\x00"s, "\x10\x00"s,
                                "\x30\x04\x00\x09zz"s, "\xd0\x01x"s, "\x20\x02\x00\x00"s);
  scripted_broker broker(spoken);
  session client(subscriber(spoken, 1), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(1));
  broker.publish("sensors/a", "one", 1, 1);
  broker.send_bytes(garbage);
  CHECK(deliveries(client, broker.now_us) == "one ");
  CHECK(client.current() == session::state::offline);
  CHECK(client.last_loss().code() == errc::protocol_error);
  broker.now_us = client.deadline_us();
  broker.welcome(client, true);
  broker.publish("sensors/a", "one", 1, 1, true);
  broker.publish("sensors/a", "two", 1, 2);
  CHECK(deliveries(client, broker.now_us) == "two ");
  client.acknowledge_up_to(client.last_token());
  broker.drive(client);
  CHECK(broker.answers() == "PUBACK 1, PUBACK 2");
}

TEST_CASE("a session starts clean as often as it is told to") {
  const auto [spoken, start, first, second] =
      GENERATE(std::tuple{version::v5, session_start::resume, false, false},
               std::tuple{version::v5, session_start::clean, true, true},
               std::tuple{version::v5, session_start::clean_once, true, false},
               std::tuple{version::v3_1_1, session_start::clean_once, true, true});
  scripted_broker broker(spoken);
  auto options = options_for(spoken);
  options.start = start;
  session client(options, broker.net);
  broker.welcome(client, false);
  CHECK(broker.clean_start == first);
  broker.cut(client);
  broker.welcome(client, false);
  CHECK(broker.clean_start == second);
}

TEST_CASE("closing says goodbye after what is queued") {
  scripted_broker broker(version::v5);
  session client(options_for(version::v5), broker.net);
  broker.welcome(client, false);
  REQUIRE(client.publish({"out", "last", {}, 0, 0, false, false}).ok());
  client.close();
  broker.drive(client);
  CHECK(client.current() == session::state::closed);
  broker.expect(packet_type::publish);
  broker.expect(packet_type::disconnect);
}

TEST_CASE("a peer that is no MQTT broker is left with a clear word") {
  scripted_broker broker(version::v3_1_1);
  session client(options_for(version::v3_1_1), broker.net);
  broker.drive(client);
  broker.accept();
  broker.send_bytes("HTTP/1.1 400 Bad Request\r\n\r\n");
  broker.drive(client);
  CHECK(client.last_loss().code() == errc::protocol_error);
  CHECK(client.current() == session::state::offline);
}
