#include "actors/output_edges.hpp"

#include <catch2/catch.hpp>

#include "runtime/operators/key_hash.hpp"

using namespace levada;

namespace {

struct sent {
  uint32_t slot;
  stream_element element;
};

batch numbers(int64_t from, uint32_t count, int64_t watermark) {
  column c{data_type::bigint()};
  for (uint32_t i = 0; i < count; ++i) c.push<int64_t>(from + i);
  batch b;
  b.rows = count;
  b.columns = {std::make_shared<const column>(std::move(c))};
  b.watermark_before = b.watermark_after = watermark;
  return b;
}

} // namespace

TEST_CASE("Without credit batches are held back, and control keeps its place behind them") {
  std::vector<sent> out;
  output_edges edges([&](uint32_t slot, stream_element e) { out.push_back({slot, std::move(e)}); });
  edges.add_edge(exchange::forward, {}, {{0, 0}});
  for (uint32_t i = 0; i < credits_per_channel; ++i) edges.push(numbers(i, 1, 0));
  CHECK_FALSE(edges.blocked());
  edges.push(numbers(100, 1, 0));
  edges.control(barrier{3});
  CHECK(edges.blocked());
  CHECK(out.size() == credits_per_channel);
  edges.grant(0, 1);
  CHECK_FALSE(edges.blocked());
  REQUIRE(out.size() == credits_per_channel + 2);
  CHECK(out[credits_per_channel].element.is_batch());
  CHECK(std::get<barrier>(out.back().element.payload).epoch == 3);
}

TEST_CASE("A hash exchange sends each key to the one instance that owns its group and event time to all") {
  std::vector<sent> out;
  output_edges edges([&](uint32_t slot, stream_element e) { out.push_back({slot, std::move(e)}); });
  edges.add_edge(exchange::hash, {0}, {{0, 0}, {0, 0}, {0, 0}, {0, 0}});
  edges.push(numbers(0, 1000, 5));
  REQUIRE(out.size() == 4);
  size_t rows = 0;
  for (const auto& s : out) {
    const auto& b = std::get<batch>(s.element.payload);
    rows += b.selected_count();
    row_set selected = b.selected();
    std::vector<uint64_t> hashes(selected.count);
    std::vector<uint32_t> keys{0};
    hash_keys(b, keys, selected, hashes.data());
    for (uint64_t h : hashes) CHECK(instance_of(key_group_of(h), 4) == s.slot);
    CHECK(b.watermark_after == 5);
  }
  CHECK(rows == 1000);
  out.clear();
  edges.push(numbers(42, 1, 6));
  CHECK(out.size() == 4); // one row, and a step of event time for the other three
  out.clear();
  edges.push(numbers(42, 1, 6));
  CHECK(out.size() == 1); // no news for the others
}
