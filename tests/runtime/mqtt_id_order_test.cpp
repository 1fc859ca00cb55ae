// Crashes and lost connections between any two packets, with brokers that give out packet ids in all ways the protocol
// allows: whatever is not delivered has been delivered before, and brokers that count never make it twice.
#include "runtime/connectors/mqtt/id_order.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "tests/runtime/mqtt_scripted_broker.hpp"

using namespace levada;
using namespace levada::mqtt;

namespace {

enum class ids : uint8_t { counting, lowest_free, latest_free, oldest_free, random };

// Sends numbered messages, all of one content, to one session that may die at any time.
class numbering_broker {
 public:
  numbering_broker(ids policy, uint8_t qos, uint16_t last_id, uint16_t window, uint32_t seed)
      : policy_(policy), qos_(qos), last_id_(last_id), window_(window), rng_(seed) {
    for (uint16_t id = 1; id <= window_; ++id) free_.push_back(id);
  }

  void greet(session& client) {
    const bool resumed = seen_client_;
    seen_client_ = true;
    wire.drive(client);
    wire.accept();
    wire.drive(client);
    wire.expect(packet_type::connect);
    wire.send(connack_packet{resumed, 0, {}});
    wire.drive(client);
    for (auto& each : in_flight_) {
      // The fault of mosquitto 2.0: a release that could not be sent on the last connection is forgotten.
      if (each.released && faulty_releases_) each.released = false;
    }
    faulty_releases_ = false;
    again_ = 0;
  }
  void lose_release() { faulty_releases_ = true; }

  // The number of the message that has been sent now, if any.
  std::optional<int> send_next(session& client) {
    if (again_ < in_flight_.size()) {
      const auto& each = in_flight_[again_++];
      if (each.released) {
        wire.release(each.id);
        wire.drive(client);
        return {};
      }
      wire.publish("t", "same", qos_, each.id, true);
      return each.number;
    }
    if (in_flight_.size() >= window_) return {};
    in_flight_.push_back({next_number_++, take_id(), false});
    again_ = in_flight_.size();
    wire.publish("t", "same", qos_, in_flight_.back().id, false);
    return in_flight_.back().number;
  }
  // Takes in that many of the client's packets.
  void read(session& client, size_t packets) {
    for (; packets > 0; --packets) {
      const auto frame = wire.take();
      if (!frame) return;
      if (frame->type == packet_type::subscribe) {
        const auto request = decode_subscribe(*frame, wire.spoken);
        wire.send(subscription_ack_packet{packet_type::suback, request->packet_id, granted(qos_), {}});
      } else if (frame->type == packet_type::pingreq) {
        wire.pong();
      } else {
        answer(*decode_ack(*frame, wire.spoken));
      }
      wire.drive(client);
    }
  }
  int sent() const { return next_number_; }

  scripted_broker wire{version::v5};

 private:
  struct flying {
    int number;
    uint16_t id;
    bool released;
  };

  void answer(const ack_packet& packet) {
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                    [&](const auto& each) { return each.id == packet.packet_id; });
    if (found == in_flight_.end()) return;
    if (packet.type == packet_type::pubrec) {
      found->released = true;
      wire.release(found->id);
      return;
    }
    free_.push_back(found->id);
    if (found - in_flight_.begin() < static_cast<std::ptrdiff_t>(again_)) --again_;
    in_flight_.erase(found);
  }
  uint16_t take_id() {
    if (policy_ == ids::counting) return last_id_ = last_id_ == packet_ids ? 1 : static_cast<uint16_t>(last_id_ + 1);
    auto at = free_.begin();
    if (policy_ == ids::lowest_free) at = std::min_element(free_.begin(), free_.end());
    if (policy_ == ids::latest_free && seen_reuse_) at = free_.end() - 1;
    if (policy_ == ids::random) at = free_.begin() + static_cast<std::ptrdiff_t>(rng_() % free_.size());
    const uint16_t id = *at;
    free_.erase(at);
    seen_reuse_ = seen_reuse_ || free_.empty();
    return id;
  }

  ids policy_;
  uint8_t qos_;
  uint16_t last_id_;
  uint16_t window_;
  std::mt19937 rng_;
  std::deque<uint16_t> free_;
  std::vector<flying> in_flight_;
  size_t again_ = 0; // of in_flight_, sent on this connection
  int next_number_ = 0;
  bool seen_client_ = false;
  bool seen_reuse_ = false;
  bool faulty_releases_ = false;
};

struct outcome {
  int wrongly_dropped = 0;
  int twice = 0;
  int twice_last = -1; // the latest message delivered twice
  int missing = 0;
};

outcome run(ids policy, uint8_t qos, uint32_t seed) {
  std::mt19937 rng(seed);
  const uint32_t burst = seed % 2 ? 1 : 50;
  numbering_broker broker(policy, qos, static_cast<uint16_t>(64'000 + rng() % 1500), seed % 4 < 2 ? 20 : 300, seed);
  const auto chance = [&](uint32_t percent) { return rng() % 100 < percent; };
  outcome result;
  std::string stored;           // the latest committed epoch
  std::multiset<int> committed; // with its effects
  std::vector<int> delivered;   // since
  std::optional<session> client;
  const auto start = [&] {
    client.emplace(subscriber(version::v5, qos), broker.wire.net);
    if (!stored.empty()) REQUIRE(client->restore(stored).ok());
    broker.greet(*client);
  };
  const auto step = [&] {
    const auto number = broker.send_next(*client);
    broker.wire.drive(*client);
    message next;
    const bool got = client->next(next);
    if (!number) return;
    const bool known =
        committed.count(*number) > 0 || std::find(delivered.begin(), delivered.end(), *number) != delivered.end();
    if (got) delivered.push_back(*number);
    if (!got && !known) ++result.wrongly_dropped;
  };
  const auto commit = [&](bool tell) {
    stored = client->snapshot();
    const uint64_t token = client->last_token();
    committed.insert(delivered.begin(), delivered.end());
    delivered.clear();
    if (!tell) return;
    client->acknowledge_up_to(token);
    broker.wire.drive(*client);
  };
  start();
  for (int i = 0; i < 1000; ++i) {
    for (uint32_t left = chance(60) ? 1 + rng() % burst : 0; left > 0; --left) step();
    if (chance(15)) commit(true);
    if (chance(40)) broker.read(*client, 1 + rng() % 12);
    if (chance(2)) {
      if (chance(30)) commit(false); // the machine dies before anyone is told
      if (chance(30)) broker.lose_release();
      if (chance(30)) {
        broker.wire.cut(*client);
        broker.greet(*client);
      } else {
        client.reset();
        delivered.clear();
        start();
      }
    }
  }
  for (int i = 0; i < 500; ++i) {
    step();
    commit(true);
    broker.read(*client, 100);
  }
  for (int number = 0; number < broker.sent(); ++number) {
    const int times = static_cast<int>(committed.count(number));
    result.missing += times == 0;
    result.twice += times > 1;
    if (times > 1) result.twice_last = number;
  }
  return result;
}

} // namespace

TEST_CASE("a broker counts once its ids have gone on ascending past an answer it has read") {
  id_order order;
  uint32_t run = 0;
  uint16_t id = 65'500;
  const auto next = [&](int count, bool duplicate = false) {
    for (; count > 0; --count) {
      id = id == packet_ids ? 1 : static_cast<uint16_t>(id + 1);
      run = order.on_new(id, duplicate);
    }
  };
  next(1000); // round the end, but nobody has read an answer
  CHECK_FALSE(order.counts());
  order.on_answer_read(run);
  next(counted_min - 1);
  next(1000, true); // given out at a time nobody knows
  CHECK_FALSE(order.counts());
  next(1);
  CHECK(order.counts());

  const auto stored = order.known();
  const uint32_t before = run;
  run = order.on_new(id, false); // the same id once more is a step back
  CHECK(run != before);
  order.on_answer_read(before);
  next(1000);
  CHECK_FALSE(order.counts());
  order.on_answer_read(run);
  next(counted_min);
  CHECK(order.counts());

  id_order later;
  later.restore(stored);
  CHECK(later.counts());
  later.on_new(static_cast<uint16_t>(stored.newest + 40'000), false); // so far ahead that it may be behind
  CHECK_FALSE(later.counts());
}

TEST_CASE("whatever ids a broker gives out, no message is taken for another of the same content") {
  const auto policy = GENERATE(ids::counting, ids::lowest_free, ids::latest_free, ids::oldest_free, ids::random);
  const uint8_t qos = GENERATE(1, 2);
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(static_cast<int>(policy), static_cast<int>(qos), seed);
    const auto result = run(policy, qos, seed);
    CHECK(result.wrongly_dropped == 0);
    CHECK(result.missing == 0);
  }
}

TEST_CASE("from a broker that counts, no committed message is delivered again once that is known") {
  const uint8_t qos = GENERATE(1, 2);
  int twice = 0;
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(static_cast<int>(qos), seed);
    const auto result = run(ids::counting, qos, seed);
    CHECK(result.twice_last < 400);
    twice += result.twice;
  }
  CHECK(twice > 0); // before it is known
}
