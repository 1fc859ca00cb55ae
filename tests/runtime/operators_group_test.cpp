// Expected changelogs of the cases with literal input were taken from Flink 2.2.1.
#include <catch2/catch.hpp>

#include <set>

#include "tests/runtime/operator_harness.hpp"

using namespace levada;
using namespace levada::testing;

namespace {

// Input (k INT, v INT); output k and the calls.
operator_spec grouped(std::vector<aggregate_call> calls, bool updating = false, bool keyed = true) {
  operator_spec spec;
  spec.kind = "group_aggregate";
  spec.id = "groups";
  spec.inputs = {schema{{{"k", data_type::integer()}, {"v", data_type::integer()}}}};
  spec.keys = {keyed ? std::vector<uint32_t>{0} : std::vector<uint32_t>{}};
  if (keyed) spec.output.fields.push_back({"k", data_type::integer()});
  for (const auto& call : calls) spec.output.fields.push_back({call.name, call.result});
  spec.aggregates = std::move(calls);
  spec.updating = {updating};
  return spec;
}

aggregate_call count_star() { return {"COUNT", {}, -1, false, data_type::bigint()}; }
aggregate_call call(const char* name, data_type result = data_type::integer(), bool distinct = false) {
  return {name, {1}, -1, distinct, std::move(result)};
}

// What the changelog amounts to; fails when it retracts what is not there.
std::multiset<std::string> materialised(const lines& changelog) {
  std::multiset<std::string> rows;
  for (const auto& line : changelog) {
    std::string row = line.substr(2);
    if (line[0] == '+') {
      rows.insert(row);
    } else {
      auto it = rows.find(row);
      INFO(line);
      REQUIRE(it != rows.end());
      rows.erase(it);
    }
  }
  return rows;
}

std::vector<input_row> random_changes(uint32_t seed, int count, bool retracting) {
  std::mt19937 random{seed};
  std::vector<input_row> rows;
  std::vector<std::vector<cell>> live;
  int64_t watermark = 0;
  for (int n = 0; n < count; ++n) {
    input_row row{{static_cast<int64_t>(random() % 9), static_cast<int64_t>(random() % 5)}, {}};
    if (random() % 20 == 0) row.cells[0] = null;
    if (random() % 10 == 0) row.cells[1] = null;
    if (retracting && random() % 2 == 0 && !live.empty()) {
      size_t which = random() % live.size();
      row.cells = live[which];
      row.kind = random() % 2 ? row_kind::erase : row_kind::update_before;
      live.erase(live.begin() + static_cast<long>(which));
    } else {
      live.push_back(row.cells);
      if (retracting && random() % 2) row.kind = row_kind::update_after;
    }
    if (random() % 3 == 0) row.watermark = ++watermark;
    rows.push_back(row);
  }
  return rows;
}

operator_spec many_aggregates(bool updating) {
  return grouped({count_star(), call("SUM"), call("MIN"), call("AVG"), call("COUNT", data_type::bigint(), true)},
                 updating);
}

} // namespace

TEST_CASE("every row of a group updates its result, several in one batch too") {
  uint32_t size = GENERATE(1u, 2u, 100u);
  harness h{grouped({count_star(), call("AVG")})};
  REQUIRE(h.feed({{{1, 10}, 5}, {{1, 20}}, {{2, 1}, 6}, {{1, 30}}}, size).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().lines == lines{"+I[1, 1, 10]", "~ 5", "-U[1, 1, 10]", "+U[1, 2, 15]", "+I[2, 1, 1]", "~ 6",
                               "-U[1, 2, 15]", "+U[1, 3, 20]", "~ end"});
}

TEST_CASE("an unchanged result gives no row, and event time passes all the same") {
  harness h{grouped({call("MAX")})};
  REQUIRE(h.feed({{{1, 10}}, {{1, 3}, 7}, {{1, null}, 8}, {{1, 11}, 9}}, 100).ok());
  CHECK(h.out().lines == lines{"+I[1, 10]", "~ 8", "-U[1, 10]", "+U[1, 11]", "~ 9"});
}

TEST_CASE("-U is left out when nobody needs it") {
  auto spec = grouped({count_star()});
  spec.emit_update_before = false;
  harness h{spec};
  REQUIRE(h.feed({{{1, 1}}, {{1, 1}}}, 100).ok());
  CHECK(h.out().rows() == lines{"+I[1, 1]", "+U[1, 2]"});
}

TEST_CASE("a global aggregate emits nothing before its first row") {
  harness h{grouped({count_star(), call("SUM")}, false, false)};
  REQUIRE(h.step(3).ok());
  CHECK(h.out().lines == lines{"~ 3"});
  REQUIRE(h.feed({{{1, null}}, {{2, 4}}}, 100).ok());
  CHECK(h.out().rows() == lines{"+I[1, null]", "-U[1, null]", "+U[2, 4]"});
}

TEST_CASE("SELECT DISTINCT is a group without aggregates") {
  harness h{grouped({})};
  REQUIRE(h.feed({{{1, 0}}, {{1, 0}}, {{null, 0}}, {{2, 0}}, {{null, 0}}}, 100).ok());
  CHECK(h.out().rows() == lines{"+I[1]", "+I[null]", "+I[2]"});
}

TEST_CASE("retractions lower results, and the loss of its last row ends a group") {
  uint32_t size = GENERATE(1u, 3u, 100u);
  harness h{grouped({count_star(), call("COUNT", data_type::bigint()), call("SUM"), call("MIN"), call("MAX")}, true)};
  REQUIRE(h.feed({{{1, 5}},
                  {{1, 3}},
                  {{1, 5}, {}, row_kind::erase},
                  {{1, 3}, {}, row_kind::update_before},
                  {{1, 4}, {}, row_kind::update_after},
                  {{1, 4}, {}, row_kind::erase},
                  {{1, 4}, {}, row_kind::erase},
                  {{1, null}}},
                 size)
              .ok());
  CHECK(h.out().rows() == lines{"+I[1, 1, 1, 5, 5, 5]", "-U[1, 1, 1, 5, 5, 5]", "+U[1, 2, 2, 8, 3, 5]",
                                "-U[1, 2, 2, 8, 3, 5]", "+U[1, 1, 1, 3, 3, 3]", "-D[1, 1, 1, 3, 3, 3]",
                                "+I[1, 1, 1, 4, 4, 4]", "-D[1, 1, 1, 4, 4, 4]", "+I[1, 1, 0, null, null, null]"});
}

TEST_CASE("a group that ends and begins in one batch starts from nothing") {
  harness h{grouped({call("FIRST_VALUE")}, true)};
  REQUIRE(h.feed({{{1, 5}}, {{1, 6}, {}, row_kind::erase}, {{1, 7}}}, 100).ok());
  CHECK(h.out().rows() == lines{"+I[1, 5]", "-D[1, 5]", "+I[1, 7]"});
}

TEST_CASE("how the input is cut into batches does not show in the changelog") {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    bool retracting = seed % 2 == 0;
    auto rows = random_changes(seed, 500, retracting);
    std::optional<lines> first;
    for (uint32_t size : {1u, 7u, 64u, 4096u}) {
      operator_context context;
      if (size == 64) context.batch_rows = 5;
      harness h{many_aggregates(retracting), context};
      REQUIRE(h.feed(rows, size).ok());
      REQUIRE(h.finish().ok());
      CHECK(h.out().largest_batch <= context.batch_rows);
      if (!first) first = h.out().settled();
      CHECK(difference(h.out().settled(), *first) == "");
    }
  }
}

TEST_CASE("mini-batch emits each group's outcome when flushed, and holds event time until then") {
  operator_context context;
  context.mini_batch = true;
  harness h{grouped({count_star()}, true), context};
  REQUIRE(h.feed({{{1, 0}, 5}, {{2, 0}, 6}, {{1, 0}}, {{3, 0}}, {{3, 0}, {}, row_kind::erase}}, 2).ok());
  CHECK(h.out().lines.empty());
  REQUIRE(h.chained().flush().ok());
  CHECK(h.out().lines == lines{"+I[1, 2]", "+I[2, 1]", "~ 6"});
  h.out().lines.clear();
  REQUIRE(h.feed({{{2, 0}, {}, row_kind::erase}, {{1, 0}}, {{1, 0}, {}, row_kind::erase}, {{4, 0}, 9}}, 10).ok());
  REQUIRE(h.chained().flush().ok());
  CHECK(h.out().lines == lines{"-D[2, 1]", "+I[4, 1]", "~ 9"});
}

TEST_CASE("mini-batch comes to the same result as row by row") {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    bool retracting = seed % 2 == 0;
    auto rows = random_changes(seed + 50, 400, retracting);
    harness each{many_aggregates(retracting)};
    REQUIRE(each.feed(rows, 4096).ok());
    operator_context context;
    context.mini_batch = true;
    harness held{many_aggregates(retracting), context};
    for (size_t begin = 0; begin < rows.size(); begin += 40) {
      REQUIRE(
          held.feed({rows.begin() + static_cast<long>(begin), rows.begin() + static_cast<long>(begin + 40)}, 7).ok());
      REQUIRE(held.chained().flush().ok());
    }
    CHECK(materialised(held.out().rows()) == materialised(each.out().rows()));
    CHECK(held.out().rows().size() < each.out().rows().size());
  }
}

TEST_CASE("groups go on from their snapshots as if nothing had happened") {
  std::mt19937 random{5};
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    bool retracting = seed % 2 == 0;
    auto rows = random_changes(seed + 200, 400, retracting);
    harness undisturbed{many_aggregates(retracting)};
    REQUIRE(undisturbed.feed(rows, 64).ok());
    committed_state state;
    lines found;
    auto current = std::make_unique<harness>(many_aggregates(retracting));
    for (size_t begin = 0; begin < rows.size();) {
      size_t end = std::min(rows.size(), begin + 1 + random() % 40);
      REQUIRE(current->feed({rows.begin() + static_cast<long>(begin), rows.begin() + static_cast<long>(end)}, 16).ok());
      begin = end;
      current->snapshot(state);
      if (random() % 3 == 0 || begin == rows.size()) {
        for (auto& line : current->out().rows()) found.push_back(line);
        current = std::make_unique<harness>(many_aggregates(retracting));
        current->restore(state);
      }
    }
    CHECK(difference(found, undisturbed.out().rows()) == "");
  }
}

TEST_CASE("a group that ended leaves no state") {
  harness h{grouped({count_star()}, true)};
  committed_state state;
  REQUIRE(h.feed({{{1, 0}}, {{2, 0}}}, 10).ok());
  h.snapshot(state);
  CHECK(state.live() == 2);
  REQUIRE(h.feed({{{1, 0}, {}, row_kind::erase}}, 10).ok());
  h.snapshot(state);
  CHECK(state.live() == 1);
  CHECK(h.op().counters().state_entries == 1);
}
