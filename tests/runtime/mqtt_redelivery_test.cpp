// What a broker sends again is delivered once: also across a crash, when it has been committed.
#include "runtime/connectors/mqtt/inbound.hpp"

#include <optional>

#include <catch2/catch.hpp>

#include "runtime/connectors/mqtt/property.hpp"
#include "tests/runtime/mqtt_scripted_broker.hpp"

using namespace levada;
using namespace levada::mqtt;

namespace {

// Has so many messages answered and read that the broker is known to count, and nothing left to be remembered. Returns
// the latest id.
uint16_t get_known(scripted_broker& broker, session& client, uint8_t qos) {
  constexpr uint16_t messages = 1 + 2 * unread_answers_few;
  static_assert(messages > counted_min);
  const auto settle = [&] {
    deliveries(client, broker.now_us);
    client.acknowledge_up_to(client.last_token());
    broker.drive(client);
    while (const auto frame = broker.take())
      if (frame->type == packet_type::pingreq) broker.pong();
    broker.drive(client);
  };
  for (uint16_t id = 1; id <= messages; ++id) {
    broker.publish("sensors/a", "before", qos, id);
    settle();
    if (qos == 2) broker.release(id);
    settle();
  }
  return messages;
}

} // namespace

TEST_CASE("QoS 1 messages of a committed epoch are recognised after a crash when the broker counts") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  scripted_broker broker(spoken);
  std::string stored;
  uint16_t id = 0;
  {
    session client(subscriber(spoken, 1), broker.net);
    broker.welcome(client, false);
    broker.grant(client, granted(1));
    id = get_known(broker, client, 1);
    broker.publish("sensors/a", "one", 1, ++id);
    broker.publish("sensors/a", "two", 1, ++id);
    CHECK(deliveries(client, broker.now_us) == "one two ");
    stored = client.snapshot();
    broker.publish("sensors/a", "three", 1, ++id); // after the barrier
    CHECK(deliveries(client, broker.now_us) == "three ");
    client.acknowledge_up_to(client.last_token() - 1);
    broker.drive(client); // written, and lost with the machine
  }
  session client(subscriber(spoken, 1), broker.net);
  REQUIRE(client.restore(stored).ok());
  broker.welcome(client, true);
  broker.grant(client, granted(1));
  broker.publish("sensors/a", "one", 1, static_cast<uint16_t>(id - 2), true);
  SECTION("and answered for at once") {
    broker.publish("sensors/a", "two", 1, static_cast<uint16_t>(id - 1), true);
    broker.publish("sensors/a", "three", 1, id, true);
    CHECK(deliveries(client, broker.now_us) == "three ");
    CHECK(broker.answers() == "PUBACK " + std::to_string(id - 2) + ", PUBACK " + std::to_string(id - 1));
  }
  SECTION("but not for what has another content") {
    broker.publish("sensors/b", "two", 1, static_cast<uint16_t>(id - 1), true);
    CHECK(deliveries(client, broker.now_us) == "two ");
  }
  SECTION("nor for what is not marked as duplicate") {
    broker.publish("sensors/a", "two", 1, static_cast<uint16_t>(id - 1));
    CHECK(deliveries(client, broker.now_us) == "two ");
  }
}

TEST_CASE("properties that say what a message is tell it from another, those that age do not") {
  scripted_broker broker(version::v5);
  session client(subscriber(version::v5, 1), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(1));
  const uint16_t id = static_cast<uint16_t>(get_known(broker, client, 1) + 1);
  const auto send = [&](uint32_t expiry_s, std::string_view site, bool duplicate) {
    std::string properties;
    put_number(properties, property_id::message_expiry, expiry_s);
    put_user_property(properties, "site", site);
    broker.send(publish_packet{"sensors/a", "one", properties, id, 1, false, duplicate});
    return deliveries(client, broker.now_us);
  };
  CHECK(send(60, "north", false) == "one ");
  broker.cut(client);
  broker.welcome(client, true);
  CHECK(send(20, "north", true) == "");
  CHECK(send(20, "south", true) == "one ");
}

TEST_CASE("a QoS 2 message published again after its release is recognised, and completed once") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  const bool crashes = GENERATE(false, true);
  scripted_broker broker(spoken);
  std::optional<session> client(std::in_place, subscriber(spoken, 2), broker.net);
  broker.welcome(*client, false);
  broker.grant(*client, granted(2));
  const uint16_t id = static_cast<uint16_t>(get_known(broker, *client, 2) + 1);
  broker.publish("sensors/a", "one", 2, id);
  CHECK(deliveries(*client, broker.now_us) == "one ");
  client->acknowledge_up_to(client->last_token());
  broker.release(id);
  broker.drive(*client);
  const auto stored = client->snapshot();
  if (crashes) {
    client->acknowledge_up_to(client->last_token());
    broker.drive(*client); // PUBCOMP, which the broker does not read
    client.emplace(subscriber(spoken, 2), broker.net);
    REQUIRE(client->restore(stored).ok());
  } else {
    broker.cut(*client);
  }
  broker.welcome(*client, true);
  if (crashes) broker.grant(*client, granted(2));
  broker.publish("sensors/a", "one", 2, id, true);
  CHECK(deliveries(*client, broker.now_us) == "");
  client->acknowledge_up_to(client->last_token());
  broker.drive(*client);
  CHECK(broker.answers() == "PUBREC " + std::to_string(id));
  broker.release(id);
  broker.drive(*client);
  client->acknowledge_up_to(client->last_token());
  broker.drive(*client);
  CHECK(broker.answers() == "PUBCOMP " + std::to_string(id));
}

TEST_CASE("an answer that the broker has read is forgotten, and asked for by few pings") {
  scripted_broker broker(version::v3_1_1);
  session client(subscriber(version::v3_1_1, 1), broker.net);
  broker.welcome(client, false);
  broker.grant(client, granted(1));
  uint16_t id = get_known(broker, client, 1);
  const size_t without = client.snapshot().size();
  for (size_t i = 1; i <= unread_answers_few; ++i) {
    broker.publish("sensors/a", "x", 1, ++id);
    deliveries(client, broker.now_us);
    client.acknowledge_up_to(client.last_token());
    broker.drive(client);
    broker.expect(packet_type::puback);
    CHECK(client.snapshot().size() == without + 11 * i);
    CHECK(broker.take().has_value() == (i == unread_answers_few));
  }
  broker.pong();
  broker.drive(client);
  CHECK(client.snapshot().size() == without);
  CHECK_FALSE(broker.take().has_value());
}

TEST_CASE("what is remembered stays bounded with a broker that never answers to pings") {
  inbound_ledger ledger;
  std::vector<ack_packet> answers;
  ledger.connected(false);
  ledger.on_ping();
  for (uint32_t i = 0; i < 200'000; ++i) {
    publish_packet packet{"t", "x", {}, static_cast<uint16_t>(i % packet_ids + 1), 1, false, false};
    ledger.acknowledge_up_to(ledger.on_publish(packet, answers), answers);
  }
  CHECK(answers.size() == 200'000);
  CHECK(ledger.snapshot("s").size() < 11 * packet_ids + 20);
}

TEST_CASE("packet ids stored by an earlier version are recognised") {
  inbound_ledger ledger;
  std::vector<ack_packet> answers;
  REQUIRE(ledger.restore(std::string_view("\1\0\1s\0\5\0\6", 8), "s").ok());
  ledger.connected(true);
  CHECK(ledger.on_publish({"t", "five", {}, 5, 2, false, true}, answers) == 0);
  CHECK(ledger.on_publish({"t", "seven", {}, 7, 2, false, true}, answers) > 0);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].packet_id == 5);
}

TEST_CASE("stored packet ids that are cut short or make no sense are refused") {
  inbound_ledger ledger;
  std::vector<ack_packet> answers;
  ledger.connected(false);
  for (uint16_t id : {1, 2}) ledger.on_publish({"t", "x", {}, id, 2, false, false}, answers);
  const auto stored = ledger.snapshot("s");
  for (size_t size = 0; size < stored.size(); ++size) {
    // What is whole up to its last message cannot be told from a shorter list.
    const bool whole = size == stored.size() - 11 || size == stored.size() - 22;
    CHECK(inbound_ledger().restore(stored.substr(0, size), "s").ok() == whole);
  }
  auto wrong = stored;
  wrong[stored.size() - 9] = 3; // QoS
  CHECK(inbound_ledger().restore(wrong, "s").code() == errc::corrupt_value);
  wrong[0] = 3; // format
  CHECK(inbound_ledger().restore(wrong, "s").code() == errc::corrupt_value);
}
