// Expected rows were taken from Flink 2.2.1.
#include <catch2/catch.hpp>

#include "tests/runtime/operator_harness.hpp"

using namespace levada;
using namespace levada::testing;

namespace {

schema with_window(schema shape) {
  for (const char* name : {"window_start", "window_end", "window_time"}) {
    shape.fields.push_back({name, data_type::timestamp(3)});
  }
  return shape;
}

operator_spec table(window_kind kind) {
  operator_spec spec;
  spec.kind = "window_table";
  spec.id = "windows";
  spec.inputs = {schema{{{"i", data_type::integer()}, {"ts", data_type::timestamp(3)}}}};
  spec.output = with_window(spec.inputs[0]);
  spec.window.kind = kind;
  spec.window.time_column = 1;
  spec.window.size_ms = kind == window_kind::tumble ? 2000 : 6000;
  spec.window.slide_ms = 2000;
  return spec;
}

// Both sides (k INT, i INT, window_start, window_end); left.i < right.i when `residual`.
operator_spec join() {
  operator_spec spec;
  spec.kind = "window_join";
  spec.id = "join";
  schema side{{{"k", data_type::integer()},
               {"i", data_type::integer()},
               {"ok", data_type::boolean()},
               {"window_start", data_type::timestamp(3)},
               {"window_end", data_type::timestamp(3)}}};
  spec.inputs = {side, side};
  spec.output = side;
  spec.output.fields.insert(spec.output.fields.end(), side.fields.begin(), side.fields.end());
  spec.keys = {{0}, {0}};
  spec.window.kind = window_kind::attached;
  spec.window.start_column = 3;
  spec.window.end_column = 4;
  spec.window_right = spec.window;
  return spec;
}

input_row row(uint32_t side, cell k, int64_t i, int64_t end, std::optional<int64_t> watermark = {}, int64_t ok = 1) {
  return {{k, i, ok, end - 10, end}, watermark, row_kind::insert, side};
}

std::vector<input_row> random_sides(uint32_t seed, int count) {
  std::mt19937 random{seed};
  std::vector<input_row> rows;
  int64_t now[2] = {};
  for (int n = 0; n < count; ++n) {
    auto side = static_cast<uint32_t>(random() % 2);
    now[side] += static_cast<int64_t>(random() % 6);
    int64_t end = (now[side] - static_cast<int64_t>(random() % 20)) / 10 * 10 + 10;
    cell k = static_cast<int64_t>(random() % 4);
    if (random() % 20 == 0) k = null;
    rows.push_back(row(side, k, n, end, std::max<int64_t>(now[side] - 5, 0)));
  }
  return rows;
}

} // namespace

TEST_CASE("a window table gives every row once per window") {
  std::vector<input_row> rows{{{1, 1000}}, {{2, null}}, {{3, 6500}, 4500}, {{4, 1000}}};
  uint32_t size = GENERATE(1u, 100u);
  auto run = [&](window_kind kind) {
    operator_context context;
    context.batch_rows = 4;
    harness h{table(kind), context};
    REQUIRE(h.feed(rows, size).ok());
    REQUIRE(h.finish().ok());
    CHECK(h.out().largest_batch <= 4);
    return h.out().lines;
  };
  CHECK(run(window_kind::tumble) == lines{"+I[1, 1000, 0, 2000, 1999]", "+I[3, 6500, 6000, 8000, 7999]", "~ 4500",
                                          "+I[4, 1000, 0, 2000, 1999]", "~ end"});
  CHECK(run(window_kind::hop) == lines{"+I[1, 1000, 0, 6000, 5999]", "+I[1, 1000, -2000, 4000, 3999]",
                                       "+I[1, 1000, -4000, 2000, 1999]", "+I[3, 6500, 6000, 12000, 11999]",
                                       "+I[3, 6500, 4000, 10000, 9999]", "+I[3, 6500, 2000, 8000, 7999]", "~ 4500",
                                       "+I[4, 1000, 0, 6000, 5999]", "+I[4, 1000, -2000, 4000, 3999]",
                                       "+I[4, 1000, -4000, 2000, 1999]", "~ end"});
  CHECK(run(window_kind::cumulate) == lines{"+I[1, 1000, 0, 2000, 1999]", "+I[1, 1000, 0, 4000, 3999]",
                                            "+I[1, 1000, 0, 6000, 5999]", "+I[3, 6500, 6000, 8000, 7999]",
                                            "+I[3, 6500, 6000, 10000, 9999]", "+I[3, 6500, 6000, 12000, 11999]",
                                            "~ 4500", "+I[4, 1000, 0, 2000, 1999]", "+I[4, 1000, 0, 4000, 3999]",
                                            "+I[4, 1000, 0, 6000, 5999]", "~ end"});
}

TEST_CASE("a window table passes event time and the end of input on without rows") {
  harness h{table(window_kind::tumble)};
  REQUIRE(h.step(5).ok());
  REQUIRE(h.feed({{{1, null}, 7}}, 1).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().lines == lines{"~ 5", "~ 7", "~ end"});
}

TEST_CASE("a window join pairs equal keys of the same window when both sides' event time has passed it") {
  uint32_t size = GENERATE(1u, 3u, 100u);
  harness h{join()};
  REQUIRE(h.feed({row(0, 1, 1, 10), row(0, 1, 2, 10), row(0, 2, 3, 10), row(0, null, 4, 10), row(0, 1, 5, 20, 12),
                  row(1, 1, 6, 10), row(1, null, 7, 10), row(1, 1, 8, 10, 8)},
                 size)
              .ok());
  CHECK(h.out().rows().empty());
  // The right side has come to 9: the window [0, 10) is over, and a left row for it is late.
  REQUIRE(h.feed({row(1, 1, 9, 20, 9), row(0, 1, 10, 10)}, size).ok());
  CHECK(h.out().lines == lines{"~ 8", "+I[1, 1, true, 0, 10, 1, 6, true, 0, 10]",
                               "+I[1, 1, true, 0, 10, 1, 8, true, 0, 10]", "+I[1, 2, true, 0, 10, 1, 6, true, 0, 10]",
                               "+I[1, 2, true, 0, 10, 1, 8, true, 0, 10]", "~ 9"});
  CHECK(h.op().counters().rows_late == 1);
  REQUIRE(h.finish().ok());
  CHECK(h.out().rows().back() == "+I[1, 5, true, 10, 20, 1, 9, true, 10, 20]");
  CHECK(h.op().counters().state_entries == 0);
}

TEST_CASE("a row late in its own input is in time for the join while the other input lags") {
  harness h{join()};
  REQUIRE(h.feed({row(0, 1, 1, 30, 25), row(0, 1, 2, 10), row(1, 1, 3, 10)}, 1).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().rows() == lines{"+I[1, 2, true, 0, 10, 1, 3, true, 0, 10]"});
}

TEST_CASE("a further condition decides over the pairs") {
  auto spec = join();
  spec.expressions = {make_column(7, data_type::boolean())};
  harness h{spec};
  REQUIRE(h.feed({row(0, 1, 1, 10), row(1, 1, 2, 10, {}, 0), row(1, 1, 3, 10, {}, 1)}, 10).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().rows() == lines{"+I[1, 1, true, 0, 10, 1, 3, true, 0, 10]"});
}

TEST_CASE("how the inputs are cut into batches does not show in a window join") {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    auto rows = random_sides(seed, 300);
    std::optional<lines> first;
    for (uint32_t size : {1u, 7u, 4096u}) {
      operator_context context;
      context.batch_rows = 3;
      harness h{join(), context};
      REQUIRE(h.feed(rows, size).ok());
      REQUIRE(h.finish().ok());
      CHECK(h.out().largest_batch <= 3);
      if (!first) first = h.out().settled();
      CHECK(difference(h.out().settled(), *first) == "");
    }
    CHECK(first->size() > 50);
  }
}

TEST_CASE("a window join goes on from its snapshots as if nothing had happened") {
  std::mt19937 random{9};
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    auto rows = random_sides(seed + 20, 300);
    harness undisturbed{join()};
    REQUIRE(undisturbed.feed(rows, 1).ok());
    REQUIRE(undisturbed.finish().ok());
    committed_state state;
    lines found;
    auto current = std::make_unique<harness>(join());
    for (size_t begin = 0; begin < rows.size();) {
      size_t end = std::min(rows.size(), begin + 1 + random() % 40);
      REQUIRE(current->feed({rows.begin() + static_cast<long>(begin), rows.begin() + static_cast<long>(end)}, 1).ok());
      begin = end;
      current->snapshot(state);
      if (random() % 2 == 0) {
        for (auto& line : current->out().rows()) found.push_back(line);
        current = std::make_unique<harness>(join());
        current->restore(state);
      }
    }
    REQUIRE(current->finish().ok());
    current->snapshot(state);
    for (auto& line : current->out().rows()) found.push_back(line);
    CHECK(difference(sorted(found), sorted(undisturbed.out().rows())) == "");
    CHECK(state.live() == 0);
  }
}

TEST_CASE("a window join takes over the rows of two instances and forgets them with their windows") {
  auto rows = random_sides(31, 200);
  auto of_instance = [&](size_t end, int64_t instance) {
    std::vector<input_row> own{rows.begin(), rows.begin() + static_cast<long>(end)};
    for (input_row& r : own) {
      // A NULL key brings event time and no row.
      if (auto* k = std::get_if<int64_t>(&r.cells[0]); k && *k % 2 != instance) r.cells[0] = null;
    }
    return own;
  };
  for (size_t cut : {40u, 100u, 160u}) {
    harness undisturbed{join()};
    REQUIRE(undisturbed.feed(rows, 1).ok());
    REQUIRE(undisturbed.finish().ok());
    committed_state state;
    lines found;
    for (int64_t instance = 0; instance < 2; ++instance) {
      harness part{join()};
      REQUIRE(part.feed(of_instance(cut, instance), 1).ok());
      part.snapshot(state);
      for (auto& line : part.out().rows()) found.push_back(line);
    }
    REQUIRE(state.live() > 0);
    harness whole{join()};
    whole.restore(state);
    REQUIRE(whole.feed({rows.begin() + static_cast<long>(cut), rows.end()}, 1).ok());
    whole.snapshot(state);
    REQUIRE(whole.finish().ok());
    whole.snapshot(state);
    for (auto& line : whole.out().rows()) found.push_back(line);
    CHECK(difference(sorted(found), sorted(undisturbed.out().rows())) == "");
    CHECK(state.live() == 0);
  }
}
