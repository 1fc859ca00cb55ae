#include "runtime/connectors/mqtt/session.hpp"

#include <catch2/catch.hpp>

#include "runtime/connectors/mqtt/property.hpp"
#include "tests/runtime/mqtt_scripted_broker.hpp"

using namespace levada;
using namespace levada::mqtt;
using namespace std::string_view_literals;

namespace {

session_options options_for(version spoken) {
  session_options options;
  options.broker = {"broker", 1883};
  options.protocol = spoken;
  options.client_id = "gateway";
  options.session_expiry_s = 3600;
  return options;
}

session_options subscriber(version spoken, uint8_t qos) {
  auto options = options_for(spoken);
  options.filters = {{"sensors/#", qos}};
  return options;
}

constexpr std::string_view granted(uint8_t qos) { return "\0\1\2"sv.substr(qos, 1); }

} // namespace

TEST_CASE("messages arrive whole however the network cuts them") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  const size_t piece = GENERATE(1, 2, 3, 7, 64, 100'000);
  scripted_broker broker(spoken);
  broker.net.set_bytes_per_call(piece);
  session client(subscriber(spoken, 0), broker.net);
  broker.drive(client);
  broker.accept();
  for (int i = 0; i < 200; ++i) broker.drive(client);
  broker.send(connack_packet{});
  broker.publish("sensors/a", "one");
  broker.publish("sensors/b", std::string(300, 'x'));
  broker.publish("sensors/c", "");
  std::string topics;
  message next;
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(client.advance(broker.now_us).ok());
    while (client.next(next))
      topics += std::string(next.packet.topic) + ":" + std::to_string(next.packet.payload.size()) + " ";
  }
  CHECK(topics == "sensors/a:3 sensors/b:300 sensors/c:0 ");
}

TEST_CASE("a message is answered for only when its effects are durable, in order of receipt") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  scripted_broker broker(spoken);
  session client(subscriber(spoken, 2), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(2));
  broker.publish("sensors/a", "one", 1, 11);
  broker.publish("sensors/a", "two", 2, 12);
  broker.publish("sensors/a", "three", 1, 10);
  CHECK(deliveries(client, broker.now_us) == "one two three ");
  CHECK(client.unacknowledged() == 3);
  CHECK(broker.answers() == "");
  client.acknowledge_up_to(2);
  broker.drive(client);
  CHECK(broker.answers() == "PUBACK 11, PUBREC 12");
  client.acknowledge_up_to(client.last_token());
  broker.drive(client);
  CHECK(broker.answers() == "PUBACK 10");
  CHECK(client.unacknowledged() == 0);

  // The id is free for another message once PUBCOMP is out, so that waits for a commit too.
  broker.release(12);
  CHECK(deliveries(client, broker.now_us) == "");
  CHECK(broker.answers() == "");
  CHECK(client.unacknowledged() == 1);
  client.acknowledge_up_to(client.last_token());
  broker.drive(client);
  CHECK(broker.answers() == "PUBCOMP 12");
}

TEST_CASE("a redelivery within the process is recognised") {
  scripted_broker broker(version::v3_1_1);
  session client(subscriber(version::v3_1_1, 2), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(2));
  broker.publish("sensors/a", "one", 1, 1);
  broker.publish("sensors/a", "two", 2, 2);
  broker.publish("sensors/a", "three", 1, 3);
  CHECK(deliveries(client, broker.now_us) == "one two three ");
  broker.cut(client);
  client.acknowledge_up_to(2); // durable while nobody could be told
  broker.welcome(client, true);
  broker.publish("sensors/a", "one", 1, 1, true);
  broker.publish("sensors/a", "two", 2, 2, true);
  broker.publish("sensors/a", "three", 1, 3, true);
  broker.publish("sensors/a", "four", 1, 4);
  CHECK(deliveries(client, broker.now_us) == "four ");
  CHECK(broker.answers() == "PUBACK 1, PUBREC 2");
  client.acknowledge_up_to(client.last_token());
  broker.drive(client);
  CHECK(broker.answers() == "PUBACK 3, PUBACK 4");
}

TEST_CASE("an answered QoS 1 message that comes again is delivered again, since its id may be in use anew") {
  scripted_broker broker(version::v3_1_1);
  session client(subscriber(version::v3_1_1, 1), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(1));
  broker.publish("sensors/a", "one", 1, 1);
  CHECK(deliveries(client, broker.now_us) == "one ");
  client.acknowledge_up_to(1);
  broker.drive(client);
  broker.cut(client);
  broker.welcome(client, true);
  broker.publish("sensors/a", "other", 1, 1, true);
  CHECK(deliveries(client, broker.now_us) == "other ");
}

TEST_CASE("QoS 2 messages of a committed epoch are recognised after a crash") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  scripted_broker broker(spoken);
  std::string stored;
  {
    session client(subscriber(spoken, 2), broker.net);
    broker.welcome(client, false);
    broker.grant(client, granted(2));
    broker.publish("sensors/a", "one", 2, 1);
    broker.publish("sensors/a", "two", 2, 2);
    CHECK(deliveries(client, broker.now_us) == "one two ");
    stored = client.snapshot();
    broker.publish("sensors/a", "three", 2, 3); // after the barrier
    CHECK(deliveries(client, broker.now_us) == "three ");
  }
  session client(subscriber(spoken, 2), broker.net);
  REQUIRE(client.restore(stored).ok());
  broker.welcome(client, true);
  broker.grant(client, granted(2));
  for (const uint16_t id : {1, 2, 3}) broker.publish("sensors/a", "again" + std::to_string(id), 2, id, true);
  CHECK(deliveries(client, broker.now_us) == "again3 ");
  CHECK(broker.answers() == "PUBREC 1, PUBREC 2");
  broker.release(1);
  broker.drive(client);
  CHECK(broker.answers() == "");
  const auto after_release = client.snapshot();
  client.acknowledge_up_to(client.last_token());
  broker.drive(client);
  CHECK(broker.answers() == "PUBREC 3, PUBCOMP 1");

  // The released id is not in the later snapshot: a new message may carry it.
  session third(subscriber(spoken, 2), broker.net);
  REQUIRE(third.restore(after_release).ok());
  broker.welcome(third, true);
  broker.grant(third, granted(2));
  broker.publish("sensors/a", "reused", 2, 1, true);
  broker.publish("sensors/a", "again2", 2, 2, true);
  CHECK(deliveries(third, broker.now_us) == "reused ");
}

TEST_CASE("packet ids mean nothing once the broker has lost the session") {
  scripted_broker broker(version::v3_1_1);
  session client(subscriber(version::v3_1_1, 2), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(2));
  broker.publish("sensors/a", "one", 2, 1);
  CHECK(deliveries(client, broker.now_us) == "one ");
  const auto stored = client.snapshot();
  client.acknowledge_up_to(client.last_token());
  broker.cut(client);
  broker.welcome(client, false);
  broker.grant(client, granted(2));
  broker.publish("sensors/a", "new", 2, 1, true);
  CHECK(deliveries(client, broker.now_us) == "new ");

  auto other = subscriber(version::v3_1_1, 2);
  other.client_id = "somebody else";
  session stranger(other, broker.net);
  REQUIRE(stranger.restore(stored).ok());
  broker.welcome(stranger, true);
  broker.grant(stranger, granted(2));
  broker.publish("sensors/a", "mine", 2, 1, true);
  CHECK(deliveries(stranger, broker.now_us) == "mine ");
  CHECK(client.restore("").code() == errc::corrupt_value);
}

TEST_CASE("the first new message after a reconnect ends the redelivery") {
  scripted_broker broker(version::v3_1_1);
  session client(subscriber(version::v3_1_1, 1), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(1));
  broker.publish("sensors/a", "expired", 1, 1);
  CHECK(deliveries(client, broker.now_us) == "expired ");
  broker.cut(client);
  broker.welcome(client, true);
  broker.publish("sensors/a", "new", 1, 2);
  CHECK(deliveries(client, broker.now_us) == "new ");
  // The broker has dropped message 1 and uses its id for another.
  broker.publish("sensors/a", "another", 1, 1, true);
  CHECK(deliveries(client, broker.now_us) == "another ");
}

TEST_CASE("filters that a later run no longer has are unsubscribed") {
  scripted_broker broker(version::v5);
  auto before = subscriber(version::v5, 1);
  before.filters.push_back({"old/#", 1});
  session first(before, broker.net);
  session client(subscriber(version::v5, 1), broker.net);
  REQUIRE(client.restore(first.snapshot()).ok());
  broker.welcome(client, true);
  const auto request = decode_unsubscribe(broker.expect(packet_type::unsubscribe), version::v5);
  REQUIRE(request.ok());
  REQUIRE(request->filters.size() == 1);
  CHECK(request->filters[0] == "old/#");
  broker.grant(client, granted(1));
}

TEST_CASE("a message longer than allowed costs itself, not the connection") {
  scripted_broker broker(version::v3_1_1);
  broker.net.set_pipe_bytes(size_t{1} << 20);
  auto options = subscriber(version::v3_1_1, 1);
  options.message_bytes_max = 1000;
  session client(options, broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(1));
  broker.publish("sensors/a", "before", 1, 1);
  broker.publish("sensors/big", std::string(300'000, 'x'), 1, 2);
  broker.publish("sensors/a", "after", 1, 3);
  std::string seen;
  message next;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(client.advance(broker.now_us).ok());
    while (client.next(next))
      seen += std::string(next.packet.topic) + (next.oversize ? " oversize " : " ") + std::string(next.packet.payload) +
              "; ";
  }
  CHECK(seen == "sensors/a before; sensors/big oversize ; sensors/a after; ");
  client.acknowledge_up_to(client.last_token());
  broker.drive(client);
  CHECK(broker.answers() == "PUBACK 1, PUBACK 2, PUBACK 3");
}

TEST_CASE("payloads stay readable for whoever holds their block") {
  scripted_broker broker(version::v3_1_1);
  session client(subscriber(version::v3_1_1, 0), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(0));
  std::vector<std::pair<std::shared_ptr<const char[]>, std::string_view>> held;
  for (int i = 0; i < 200; ++i) {
    broker.publish("sensors/a", std::string(20'000, static_cast<char>('a' + i % 26)));
    message next;
    broker.drive(client);
    REQUIRE(client.next(next));
    held.emplace_back(client.block(), next.packet.payload);
  }
  for (size_t i = 0; i < held.size(); ++i)
    REQUIRE(held[i].second == std::string(20'000, static_cast<char>('a' + i % 26)));
}

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

TEST_CASE("published messages are complete when the broker has answered, at each QoS") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  scripted_broker broker(spoken);
  session client(options_for(spoken), broker.net);
  broker.welcome(client, false);
  CHECK(*client.publish({"out", "zero", {}, 0, 0, false, false}) == 1);
  CHECK(client.completed() == 0);
  broker.drive(client);
  CHECK(client.completed() == 1);
  CHECK(decode_publish(broker.expect(packet_type::publish), spoken)->payload == "zero");

  CHECK(*client.publish({"out", "one", {}, 0, 1, false, false}) == 2);
  CHECK(*client.publish({"out", "two", {}, 0, 2, true, false}) == 3);
  broker.drive(client);
  const auto one = *decode_publish(broker.expect(packet_type::publish), spoken);
  CHECK(one.qos == 1);
  const uint16_t one_id = one.packet_id;
  const auto two = *decode_publish(broker.expect(packet_type::publish), spoken);
  CHECK(two.retain);
  const uint16_t two_id = two.packet_id;
  broker.send(ack_packet{packet_type::pubrec, two_id, 0, {}});
  broker.drive(client);
  CHECK(broker.answers() == "PUBREL " + std::to_string(two_id));
  broker.send(ack_packet{packet_type::pubcomp, two_id, 0, {}});
  broker.drive(client);
  CHECK(client.completed() == 1);
  broker.send(ack_packet{packet_type::puback, one_id, 0, {}});
  broker.drive(client);
  CHECK(client.completed() == 3);
}

TEST_CASE("unanswered messages are sent again after a reconnect") {
  const bool session_present = GENERATE(true, false);
  scripted_broker broker(version::v5);
  session client(options_for(version::v5), broker.net);
  broker.welcome(client, false);
  for (const auto* text : {"a", "b", "c"}) REQUIRE(client.publish({"out", text, {}, 0, 2, false, false}).ok());
  broker.drive(client);
  uint16_t ids[3];
  for (auto& id : ids) id = decode_publish(broker.expect(packet_type::publish), version::v5)->packet_id;
  broker.send(ack_packet{packet_type::pubrec, ids[0], 0, {}});
  broker.drive(client);
  broker.cut(client);
  REQUIRE(client.publish({"out", "d", {}, 0, 2, false, false}).ok());
  broker.welcome(client, session_present);
  std::string sent;
  while (const auto frame = broker.take()) {
    if (frame->type == packet_type::pubrel) {
      sent += "release " + std::to_string(decode_ack(*frame, version::v5)->packet_id) + " ";
      continue;
    }
    const auto packet = *decode_publish(*frame, version::v5);
    sent += std::string(packet.payload) + (packet.duplicate ? "(dup) " : " ");
  }
  CHECK(sent == (session_present ? "release 1 b(dup) c(dup) d " : "a b c d "));
  CHECK(client.completed() == 0);
}

TEST_CASE("publishing is bounded by the window and by bytes") {
  scripted_broker broker(version::v5);
  auto options = options_for(version::v5);
  options.pending_bytes_max = 10'000;
  session client(options, broker.net);
  std::string limits;
  put_number(limits, property_id::receive_maximum, 2);
  put_number(limits, property_id::maximum_packet_size, 5'000);
  put_number(limits, property_id::maximum_qos, 1);
  put_number(limits, property_id::retain_available, 0);
  CHECK(client.publish({"out", "x", {}, 0, 0, false, false}).error().code() == errc::would_block);
  broker.welcome(client, false, limits);
  const std::string payload(1'000, 'x');
  uint64_t taken = 0;
  for (;;) {
    auto done = client.publish({"out", payload, {}, 0, 1, false, false});
    if (!done.ok()) {
      CHECK(done.error().code() == errc::would_block);
      break;
    }
    taken = *done;
    REQUIRE(taken < 20);
  }
  CHECK(taken == 10);
  uint64_t answered = 0;
  while (answered < taken) {
    broker.drive(client);
    std::vector<uint16_t> ids;
    while (const auto frame = broker.take()) ids.push_back(decode_publish(*frame, version::v5)->packet_id);
    REQUIRE(!ids.empty());
    CHECK(ids.size() <= 2);
    for (const auto id : ids) broker.send(ack_packet{packet_type::puback, id, 0, {}});
    answered += ids.size();
    broker.drive(client);
    CHECK(client.completed() == answered);
  }
  CHECK(client.publish({"out", std::string(5'000, 'x'), {}, 0, 1, false, false}).error().code() ==
        errc::invalid_argument);
  CHECK(client.publish({"out", "x", {}, 0, 2, false, false}).error().code() == errc::unsupported);
  CHECK(client.publish({"out", "x", {}, 0, 1, true, false}).error().code() == errc::unsupported);
  CHECK(client.publish({"out/#", "x", {}, 0, 1, false, false}).error().code() == errc::invalid_argument);
}

TEST_CASE("a message the broker refuses for good is an error, not a success") {
  scripted_broker broker(version::v5);
  session client(options_for(version::v5), broker.net);
  broker.welcome(client, false);
  REQUIRE(client.publish({"out", "x", {}, 0, 1, false, false}).ok());
  broker.drive(client);
  const uint16_t id = decode_publish(broker.expect(packet_type::publish), version::v5)->packet_id;
  broker.send(ack_packet{packet_type::puback, id, 0x87, {}});
  CHECK(client.advance(broker.now_us).code() == errc::authentication_failed);
  CHECK(client.completed() == 0);
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
