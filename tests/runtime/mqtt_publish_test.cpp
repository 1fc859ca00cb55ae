#include <catch2/catch.hpp>

#include "runtime/connectors/mqtt/property.hpp"
#include "tests/runtime/mqtt_scripted_broker.hpp"

using namespace levada;
using namespace levada::mqtt;

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

TEST_CASE("MQTT 3.1.1 keeps to the window that brokers have without saying so") {
  scripted_broker broker(version::v3_1_1);
  session client(options_for(version::v3_1_1), broker.net);
  broker.welcome(client, false);
  for (int i = 0; i < 50; ++i) REQUIRE(client.publish({"out", "x", {}, 0, 2, false, false}).ok());
  broker.drive(client);
  size_t sent = 0;
  while (broker.take()) ++sent;
  CHECK(sent == unannounced_window);
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
