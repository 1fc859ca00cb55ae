#include <algorithm>
#include <random>

#include "tests/storage/store_fixture.hpp"

namespace levada {
namespace {

TEST_CASE_METHOD(store_fixture, "random puts and erases give what a map gives, whatever was folded when") {
  const auto seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  std::mt19937 random(seed);
  entry_map model;
  auto store = open();
  uint64_t folded_bytes = 0;
  for (int round = 0; round < 120; ++round) {
    auto epoch = next_epoch(*store);
    delta_writer delta;
    const auto operations = 1 + random() % 600;
    for (size_t i = 0; i < operations; ++i) {
      const auto group = static_cast<uint16_t>(random() % 8 == 0 ? 5 : random() % key_group_count);
      const auto key = "key" + std::to_string(random() % 40);
      if (random() % 4 == 0) {
        delta.erase(group, key);
        model.erase({group, key});
      } else {
        const std::string value(random() % 900, static_cast<char>('a' + random() % 26));
        delta.put(group, key, value);
        model[{group, key}] = value;
      }
    }
    epoch.deltas = {{"s", 1, delta.take()}};
    folded_bytes += commit_ok(*store, epoch).folded_bytes;
    if (random() % 10 == 0) {
      store.reset();
      store = open();
    }
    if (random() % 10 == 0) {
      REQUIRE(entries_of(*store, "s") == model);
      REQUIRE(store->scrub().ok());
    }
  }
  CHECK(folded_bytes > 0);
  CHECK(entries_of(*store, "s") == model);
}

TEST_CASE_METHOD(store_fixture,
                 "deltas stay within a small multiple of the base, and an epoch folds a bounded amount") {
  quota_bytes = uint64_t{256} << 20;
  std::mt19937 random(4);
  auto store = open();
  const std::string value(100, 'v');
  for (int round = 0; round < 150; ++round) {
    auto epoch = next_epoch(*store);
    delta_writer delta;
    for (int i = 0; i < 2000; ++i) {
      const auto key = random() % 50'000;
      delta.put(static_cast<uint16_t>(key % key_group_count), std::to_string(key), value);
    }
    const auto delta_bytes = delta.bytes().size();
    epoch.deltas = {{"s", 1, delta.take()}};
    const auto report = commit_ok(*store, epoch);
    const auto info = store->stores()->front();
    const uint64_t group_bytes = info.base_bytes / 64 + 64 * 1024;
    REQUIRE(report.folded_bytes <=
            std::max<uint64_t>(epoch_store_limits::fold_bytes_min, 2 * delta_bytes) + 256 * 1024 + group_bytes);
    REQUIRE(info.delta_bytes <= 3 * info.base_bytes + (uint64_t{2} << 20));
  }
}

TEST_CASE_METHOD(store_fixture, "one group larger than a chunk is kept in parts and folded whole") {
  auto store = open();
  entry_map model;
  for (int round = 0; round < 12; ++round) {
    auto epoch = next_epoch(*store);
    delta_writer delta;
    for (int i = 0; i < 300; ++i) {
      const auto key = std::to_string(i);
      const std::string value(2000, static_cast<char>('a' + round));
      delta.put(7, key, value);
      model[{7, key}] = value;
    }
    delta.put(8, "beside", "it");
    model[{8, "beside"}] = "it";
    epoch.deltas = {{"s", 1, delta.take()}};
    commit_ok(*store, epoch);
    REQUIRE(entries_of(*store, "s") == model);
  }
  const auto info = store->stores()->front();
  CHECK(info.base_bytes > 500'000);
  CHECK(info.base_bytes < 700'000);
}

TEST_CASE_METHOD(store_fixture, "erased entries leave the disk once they are folded") {
  auto store = open();
  for (int round = 0; round < 40; ++round) {
    auto epoch = next_epoch(*store);
    delta_writer delta;
    for (int i = 0; i < 500; ++i) {
      const auto key = std::to_string(round * 500 + i);
      delta.put(static_cast<uint16_t>(i % key_group_count), key, std::string(50, 'v'));
      delta.erase(static_cast<uint16_t>(i % key_group_count), key);
    }
    epoch.deltas = {{"s", 1, delta.take()}};
    commit_ok(*store, epoch);
  }
  CHECK(store->stores()->front().base_bytes == 0);
  CHECK(store->stores()->front().delta_bytes < 300'000);
  CHECK(entries_of(*store, "s").empty());
}

} // namespace
} // namespace levada
