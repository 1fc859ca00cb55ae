#include <catch2/catch.hpp>

#include "tests/runtime/window_specs.hpp"

using namespace levada;
using namespace levada::testing;

namespace {

schema readings() {
  return schema{{{"k", data_type::integer()}, {"i", data_type::integer()}, {"ts", data_type::timestamp(3)}}};
}

void add_window(schema& shape) {
  for (const char* name : {"window_start", "window_end", "window_time"})
    shape.fields.push_back({name, data_type::timestamp(3)});
}

operator_spec table(int64_t gap, bool partitioned = true) {
  operator_spec spec;
  spec.kind = "session_table";
  spec.id = "sessions";
  spec.inputs = {readings()};
  spec.output = readings();
  add_window(spec.output);
  spec.keys.emplace_back();
  if (partitioned) spec.keys[0].push_back(0);
  spec.window = session(gap);
  spec.window.time_column = 2;
  return spec;
}

// COUNT(*) and SUM(i) by k over the same sessions.
operator_spec counting(int64_t gap) {
  auto spec = table(gap);
  spec.kind = "window_aggregate";
  spec.aggregates = {{"COUNT", {}, -1, false, data_type::bigint()}, {"SUM", {1}, -1, false, data_type::integer()}};
  spec.output = schema{{{"k", data_type::integer()}, {"c", data_type::bigint()}, {"s", data_type::integer()}}};
  add_window(spec.output);
  spec.updating = {false};
  return spec;
}

// "+I[k, i, ts, start, end, time]" lines as those of `counting`.
lines aggregated(const lines& rows) {
  std::map<std::string, std::pair<int, int>> groups;
  for (const auto& line : rows) {
    auto first = line.find(", ");
    auto second = line.find(", ", first + 2);
    auto third = line.find(", ", second + 2);
    auto& [count, sum] = groups[line.substr(0, first + 2) + "|" + line.substr(third)];
    ++count;
    sum += std::stoi(line.substr(first + 2, second - first - 2));
  }
  lines made;
  for (const auto& [group, result] : groups) {
    auto cut = group.find('|');
    made.push_back(group.substr(0, cut) + std::to_string(result.first) + ", " + std::to_string(result.second) +
                   group.substr(cut + 1));
  }
  return sorted(made);
}

} // namespace

TEST_CASE("rows of a session come together when it ends, and the watermark after them") {
  uint32_t size = GENERATE(1u, 2u, 4096u);
  harness h{table(1000)};
  REQUIRE(
      h.feed(with_watermarks({{1, 1, 1000}, {2, 2, 1500}, {1, 3, 1800}, {1, 4, 4000}, {2, 5, 4001}}, 0), size).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().settled() == lines{"~ 1800", "+I[2, 2, 1500, 1500, 2500, 2499]", "+I[1, 1, 1000, 1000, 2800, 2799]",
                                   "+I[1, 3, 1800, 1000, 2800, 2799]", "~ 4001", "+I[1, 4, 4000, 4000, 5000, 4999]",
                                   "+I[2, 5, 4001, 4001, 5001, 5000]", "~ end"});
}

TEST_CASE("without a partition all rows share their sessions") {
  uint32_t size = GENERATE(1u, 4096u);
  auto rows = with_watermarks({{1, 1, 1000}, {2, 2, 1900}, {3, 3, 5000}}, 100000);
  harness h{table(1000, false)};
  REQUIRE(h.feed(rows, size).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().rows() == lines{"+I[1, 1, 1000, 1000, 2900, 2899]", "+I[2, 2, 1900, 1000, 2900, 2899]",
                                "+I[3, 3, 5000, 5000, 6000, 5999]"});
}

TEST_CASE("the rows of sessions add up to what an aggregation over them says, however they are batched") {
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    auto rows = random_rows(seed, 3000);
    harness counted{counting(300)};
    REQUIRE(counted.feed(rows, 64).ok());
    REQUIRE(counted.finish().ok());
    harness h{table(300)};
    REQUIRE(h.feed(rows, 64).ok());
    REQUIRE(h.finish().ok());
    CHECK(difference(aggregated(h.out().rows()), sorted(counted.out().rows())) == "");
    CHECK(h.op().counters().rows_late == counted.op().counters().rows_late);
    CHECK(h.op().counters().rows_late > 0);
    CHECK(h.op().counters().state_entries == 0);
    for (uint32_t size : {1u, 7u, 4096u}) {
      harness other{table(300)};
      REQUIRE(other.feed(rows, size).ok());
      REQUIRE(other.finish().ok());
      CHECK(difference(other.out().settled(), h.out().settled()) == "");
    }
  }
}

TEST_CASE("kept rows of sessions survive restarts, and leave no state when the sessions have ended") {
  std::mt19937 random{11};
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    auto spec = table(300);
    auto rows = random_rows(seed + 100, 500);
    harness undisturbed{spec};
    REQUIRE(undisturbed.feed(rows, 64).ok());
    REQUIRE(undisturbed.finish().ok());

    committed_state state;
    lines found;
    auto current = std::make_unique<harness>(spec);
    for (size_t begin = 0; begin < rows.size();) {
      size_t end = std::min(rows.size(), begin + 1 + random() % 60);
      REQUIRE(current->feed({rows.begin() + static_cast<long>(begin), rows.begin() + static_cast<long>(end)}, 16).ok());
      begin = end;
      current->snapshot(state);
      if (random() % 3 != 0) continue;
      for (auto& line : current->out().rows()) found.push_back(line);
      current = std::make_unique<harness>(spec);
      current->restore(state);
    }
    REQUIRE(current->finish().ok());
    current->snapshot(state);
    for (auto& line : current->out().rows()) found.push_back(line);
    CHECK(difference(found, undisturbed.out().rows()) == "");
    CHECK(state.live() == 0);
  }
}

TEST_CASE("an epoch without new rows writes nothing about the sessions that are open") {
  harness h{table(1000)};
  REQUIRE(h.feed(with_watermarks({{1, 1, 1000}, {1, 2, 1500}}, 1000), 2).ok());
  committed_state state;
  h.snapshot(state);
  CHECK(state.entries.size() == 2);
  h.snapshot(state);
  CHECK(state.entries.size() == 2);
}

TEST_CASE("a mangled entry of kept rows is refused") {
  harness h{table(1000)};
  std::string_view value{"\xc1"};
  CHECK_FALSE(h.op().restore(0, "\xc1", &value).ok());
  std::string_view number{"\x05"};
  REQUIRE(h.op().restore(0, number, &value).ok());
  CHECK_FALSE(h.op().restored().ok());
}

TEST_CASE("what rows of ended sessions held is given back, long strings too") {
  auto spec = table(1000);
  spec.inputs[0].fields[1].type = data_type::string();
  spec.output.fields[1].type = data_type::string();
  harness h{spec};
  constexpr int64_t rows = 20000;
  uint64_t most = 0;
  for (int64_t n = 0; n < rows; ++n) {
    REQUIRE(h.feed({{{n % 100, std::string(200, 'x'), n * 100}, n * 100}}, 1).ok());
    most = std::max(most, h.op().counters().state_bytes);
  }
  // About ten rows are open at a time, of 4 MB that came by.
  CHECK(most < 1'500'000);
  CHECK(h.op().counters().state_entries < 20);
}
