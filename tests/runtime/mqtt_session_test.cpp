#include "runtime/connectors/mqtt/session.hpp"

#include <catch2/catch.hpp>

#include "tests/runtime/mqtt_scripted_broker.hpp"

using namespace levada;
using namespace levada::mqtt;
using namespace std::string_view_literals;

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
  broker.publish("sensors/a", "one", 2, 1, true);
  broker.publish("sensors/a", "two", 2, 2, true);
  broker.publish("sensors/a", "three", 2, 3, true);
  CHECK(deliveries(client, broker.now_us) == "three ");
  CHECK(broker.answers() == "PUBREC 1, PUBREC 2");
  broker.release(1);
  broker.drive(client);
  CHECK(broker.answers() == "");
  const auto after_release = client.snapshot();
  client.acknowledge_up_to(client.last_token());
  broker.drive(client);
  CHECK(broker.answers() == "PUBREC 3, PUBCOMP 1");

  // PUBCOMP may be out when the later snapshot counts: a new message may carry the id.
  session third(subscriber(spoken, 2), broker.net);
  REQUIRE(third.restore(after_release).ok());
  broker.welcome(third, true);
  broker.grant(third, granted(2));
  broker.publish("sensors/a", "reused", 2, 1, true);
  broker.publish("sensors/a", "two", 2, 2, true);
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
