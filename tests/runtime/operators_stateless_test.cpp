#include <catch2/catch.hpp>

#include "platform/clock.hpp"
#include "tests/runtime/operator_harness.hpp"

using namespace levada;
using namespace levada::testing;

namespace {

operator_spec filter_on_column(uint32_t column) {
  operator_spec spec;
  spec.kind = "filter";
  spec.id = "filter";
  spec.inputs = {schema{{{"n", data_type::integer()}, {"keep", data_type::boolean()}}}};
  spec.output = spec.inputs[0];
  spec.expressions = {make_column(column, data_type::boolean())};
  return spec;
}

operator_spec assigner(std::map<std::string, std::string> options = {}) {
  operator_spec spec;
  spec.kind = "watermark";
  spec.id = "watermark";
  spec.inputs = {schema{{{"ts", data_type::timestamp(3)}, {"wm", data_type::timestamp(3)}}}};
  spec.output = spec.inputs[0];
  spec.time_column = 0;
  spec.expressions = {make_column(1, data_type::timestamp(3))};
  spec.options = std::move(options);
  return spec;
}

} // namespace

TEST_CASE("a filter keeps rows whose predicate is true, and every watermark") {
  uint32_t size = GENERATE(1u, 2u, 100u);
  harness h{filter_on_column(1)};
  REQUIRE(h.feed({{{1, 1}, 10}, {{2, 0}, 20}, {{3, null}, 30}, {{4, 1}, 40}}, size).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().rows() == lines{"+I[1, true]", "+I[4, true]"});
  CHECK(h.out().lines.back() == "~ end");
  CHECK(h.op().counters().rows_in == 4);
  CHECK(h.op().counters().rows_out == 2);
}

TEST_CASE("a filter that keeps little of a batch copies it densely and keeps event time in place") {
  harness h{filter_on_column(1)};
  std::vector<input_row> rows;
  for (int i = 0; i < 64; ++i) rows.push_back({{i, i == 30 || i == 50 ? 1 : 0}, i});
  REQUIRE(h.feed(rows, 64).ok());
  CHECK(h.out().largest_batch == 2);
  CHECK(h.out().lines == lines{"~ 29", "+I[30, true]", "~ 49", "+I[50, true]", "~ 63"});
}

TEST_CASE("a projection shares columns and computes the rest") {
  operator_spec spec;
  spec.kind = "project";
  spec.id = "project";
  spec.inputs = {schema{{{"a", data_type::integer()}, {"b", data_type::string()}}}};
  spec.output = schema{{{"b", data_type::string()}, {"a", data_type::integer()}}};
  spec.expressions = {make_column(1, data_type::string()), make_column(0, data_type::integer())};
  harness h{spec};
  REQUIRE(h.feed({{{1, "x"}, 5}, {{2, null}, {}, row_kind::erase}}, 10).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().lines == lines{"+I[x, 1]", "~ 5", "-D[null, 2]", "~ end"});
}

TEST_CASE("the watermark follows the running maximum, row first, and starts at the epoch") {
  uint32_t size = GENERATE(1u, 3u, 100u);
  harness h{assigner()};
  std::vector<input_row> rows{{{1, -5}}, {{2, 0}}, {{3, 7}}, {{4, 6}}, {{5, null}}, {{6, 9}}};
  REQUIRE(h.feed(rows, size).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().lines ==
        lines{"+I[1, -5]", "+I[2, 0]", "+I[3, 7]", "~ 7", "+I[4, 6]", "+I[5, null]", "+I[6, 9]", "~ 9", "~ end"});
}

TEST_CASE("the watermark of the input is replaced, but for its end") {
  harness h{assigner()};
  REQUIRE(h.feed({{{1, 7}, 100}}, 1).ok());
  REQUIRE(h.step(200).ok());
  CHECK(h.out().lines == lines{"+I[1, 7]", "~ 7"});
}

TEST_CASE("a NULL event time fails with a way out") {
  harness h{assigner()};
  auto s = h.feed({{{1, 1}}, {{null, 1}}}, 10);
  CHECK(s.code() == errc::null_rowtime);
  CHECK(s.message().find("`ts`") != std::string::npos);
}

TEST_CASE("with an interval, event time emits when it advanced by more than that, and the timer emits the rest") {
  manual_clock clock;
  operator_context context;
  context.eval.clock = &clock;
  harness h{assigner({{"interval-ms", "10"}}), context};
  REQUIRE(h.feed({{{1, 10}}, {{2, 11}}, {{3, 21}}, {{4, 22}}, {{5, 30}}}, 100).ok());
  CHECK(h.out().lines == lines{"+I[1, 10]", "+I[2, 11]", "~ 11", "+I[3, 21]", "+I[4, 22]", "~ 22", "+I[5, 30]"});
  CHECK(h.op().next_wake_us() == 10000);
  clock.advance_us(10000);
  REQUIRE(h.chained().wake(clock.monotonic_us()).ok());
  CHECK(h.out().lines.back() == "~ 30");
  CHECK(h.op().next_wake_us() == -1);
}

TEST_CASE("an assigner without rows for its idle time-out declares itself idle until the next row") {
  manual_clock clock;
  operator_context context;
  context.eval.clock = &clock;
  harness h{assigner({{"idle-timeout-ms", "50"}}), context};
  REQUIRE(h.feed({{{1, 10}}}, 1).ok());
  CHECK_FALSE(h.op().is_idle());
  CHECK(h.op().next_wake_us() == 50000);
  clock.advance_us(50000);
  REQUIRE(h.chained().wake(clock.monotonic_us()).ok());
  CHECK(h.op().is_idle());
  CHECK(h.op().next_wake_us() == -1);
  REQUIRE(h.feed({{{2, 20}}}, 1).ok());
  CHECK_FALSE(h.op().is_idle());
}

TEST_CASE("an option that is no duration is refused when the assigner opens") {
  auto spec = assigner({{"interval-ms", "soon"}});
  auto plugins = harness::plugins();
  collector out;
  auto made = chain::make({&spec, 1}, *plugins, {}, {1}, out);
  CHECK(made.error().code() == errc::invalid_option);
}

TEST_CASE("the assigner goes on from its watermark after a restart, at the smallest one when instances change") {
  committed_state state;
  for (uint32_t instance : {0u, 1u}) {
    operator_context context;
    context.instance = instance;
    context.parallelism = 2;
    harness h{assigner(), context};
    REQUIRE(h.feed({{{1, instance == 0 ? 50 : 40}}}, 1).ok());
    h.snapshot(state);
  }
  state.watermark = watermark_none;
  state.inputs.clear();
  SECTION("same parallelism") {
    operator_context context;
    context.parallelism = 2;
    harness h{assigner(), context};
    h.restore(state);
    REQUIRE(h.feed({{{1, 45}}, {{2, 51}}}, 10).ok());
    CHECK(h.out().lines == lines{"~ 50", "+I[1, 45]", "+I[2, 51]", "~ 51"});
  }
  SECTION("one instance instead of two") {
    harness h{assigner()};
    h.restore(state);
    REQUIRE(h.feed({{{1, 45}}}, 10).ok());
    CHECK(h.out().lines == lines{"~ 40", "+I[1, 45]", "~ 45"});
    h.snapshot(state);
    CHECK(state.live() == 1);
  }
}
