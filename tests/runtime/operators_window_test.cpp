// Expected rows of the cases with literal input were taken from Flink 2.2.1.
#include <catch2/catch.hpp>

#include "runtime/time_zone.hpp"
#include "tests/runtime/window_specs.hpp"

using namespace levada;
using namespace levada::testing;

namespace {

// As Flink saw them.
std::vector<input_row> sample() {
  return with_watermarks({{1, 1, 1000},
                          {1, 2, 2000},
                          {2, 2147483647, 500},
                          {1, 3, 6500},
                          {2, 2147483647, 3999},
                          {1, 4, 4000},
                          {1, 5, 8000},
                          {2, 6, 5999},
                          {2, 7, 6000},
                          {2, 8, 10000},
                          {2, 9, 12000},
                          {1, 10, 9999},
                          {1, 11, 7999},
                          {1, 12, 11000},
                          {1, 13, 30000},
                          {1, 14, 27999}},
                         2000);
}

} // namespace

TEST_CASE("a tumbling window with an offset fires when the watermark reaches its end less a millisecond") {
  uint32_t size = GENERATE(1u, 7u, 4096u);
  CHECK(run(windowed(tumble(4000, 1000)), sample(), size) ==
        lines{"+I[2, 1, 2147483647, -3000, 1000, 999]", "+I[1, 3, 7, 1000, 5000, 4999]",
              "+I[2, 1, 2147483647, 1000, 5000, 4999]", "+I[1, 2, 8, 5000, 9000, 8999]",
              "+I[2, 2, 13, 5000, 9000, 8999]", "+I[1, 2, 22, 9000, 13000, 12999]", "+I[2, 2, 17, 9000, 13000, 12999]",
              "+I[1, 1, 14, 25000, 29000, 28999]", "+I[1, 1, 13, 29000, 33000, 32999]"});
}

TEST_CASE("a row may be late for one hopping window and count in the next") {
  uint32_t size = GENERATE(1u, 7u, 4096u);
  CHECK(run(windowed(sliced(window_kind::hop, 2000, 6000)), sample(), size) ==
        lines{"+I[1, 1, 1, -4000, 2000, 1999]",    "+I[2, 1, 2147483647, -4000, 2000, 1999]",
              "+I[1, 2, 3, -2000, 4000, 3999]",    "+I[2, 1, 2147483647, -2000, 4000, 3999]",
              "+I[1, 3, 7, 0, 6000, 5999]",        "+I[2, 2, -2, 0, 6000, 5999]",
              "+I[1, 3, 9, 2000, 8000, 7999]",     "+I[2, 3, -2147483636, 2000, 8000, 7999]",
              "+I[1, 3, 12, 4000, 10000, 9999]",   "+I[2, 2, 13, 4000, 10000, 9999]",
              "+I[1, 5, 41, 6000, 12000, 11999]",  "+I[2, 2, 15, 6000, 12000, 11999]",
              "+I[1, 3, 27, 8000, 14000, 13999]",  "+I[2, 2, 17, 8000, 14000, 13999]",
              "+I[1, 1, 12, 10000, 16000, 15999]", "+I[2, 2, 17, 10000, 16000, 15999]",
              "+I[2, 1, 9, 12000, 18000, 17999]",  "+I[1, 1, 14, 24000, 30000, 29999]",
              "+I[1, 2, 27, 26000, 32000, 31999]", "+I[1, 1, 13, 28000, 34000, 33999]",
              "+I[1, 1, 13, 30000, 36000, 35999]"});
}

TEST_CASE("cumulating windows grow step by step, late rows included where they still count") {
  uint32_t size = GENERATE(1u, 7u, 4096u);
  CHECK(run(windowed(sliced(window_kind::cumulate, 2000, 6000)), sample(), size) ==
        lines{"+I[1, 1, 1, 0, 2000, 1999]", "+I[2, 1, 2147483647, 0, 2000, 1999]", "+I[1, 2, 3, 0, 4000, 3999]",
              "+I[2, 1, 2147483647, 0, 4000, 3999]", "+I[1, 3, 7, 0, 6000, 5999]", "+I[2, 2, -2, 0, 6000, 5999]",
              "+I[1, 1, 3, 6000, 8000, 7999]", "+I[2, 1, 7, 6000, 8000, 7999]", "+I[1, 2, 8, 6000, 10000, 9999]",
              "+I[2, 1, 7, 6000, 10000, 9999]", "+I[1, 5, 41, 6000, 12000, 11999]", "+I[2, 2, 15, 6000, 12000, 11999]",
              "+I[2, 1, 9, 12000, 14000, 13999]", "+I[2, 1, 9, 12000, 16000, 15999]",
              "+I[2, 1, 9, 12000, 18000, 17999]", "+I[1, 1, 14, 24000, 30000, 29999]",
              "+I[1, 1, 13, 30000, 32000, 31999]", "+I[1, 1, 13, 30000, 34000, 33999]",
              "+I[1, 1, 13, 30000, 36000, 35999]"});
}

TEST_CASE("sessions merge when they touch, and a late row counts when it touches an open one") {
  uint32_t size = GENERATE(1u, 7u, 4096u);
  CHECK(run(windowed(session(2000)), sample(), size) ==
        lines{"+I[2, 1, 2147483647, 500, 2500, 2499]", "+I[1, 2, 3, 1000, 4000, 3999]",
              "+I[2, 1, 2147483647, 3999, 5999, 5998]", "+I[1, 1, 4, 4000, 6000, 5999]",
              "+I[2, 2, 13, 5999, 8000, 7999]", "+I[1, 2, 8, 6500, 10000, 9999]", "+I[1, 3, 33, 7999, 13000, 12999]",
              "+I[2, 2, 17, 10000, 14000, 13999]", "+I[1, 1, 14, 27999, 29999, 29998]",
              "+I[1, 1, 13, 30000, 32000, 31999]"});
}

TEST_CASE("a row that closes the gap between two sessions makes them one") {
  uint32_t size = GENERATE(1u, 7u);
  CHECK(run(windowed(session(1000)), with_watermarks({{1, 1, 1000}, {1, 2, 2500}, {1, 4, 1700}, {1, 8, 2600}}, 100000),
            size) == lines{"+I[1, 4, 15, 1000, 3600, 3599]"});
}

TEST_CASE("retracted rows leave their windows, and windows without rows are silent") {
  uint32_t size = GENERATE(1u, 7u, 4096u);
  auto rows = with_watermarks({{1, 1, 1000},
                               {1, 2, 2500},
                               {1, 1, 1000},
                               {2, 3, 3000},
                               {1, 2, 2500},
                               {1, 5, 2500},
                               {2, 3, 3000},
                               {3, 3, 3000},
                               {4, 9, 20000}},
                              2000);
  for (int n : {2, 4, 6, 7}) rows[static_cast<size_t>(n)].kind = row_kind::erase;
  rows[4].kind = row_kind::update_before;
  rows[5].kind = row_kind::update_after;
  CHECK(run(windowed(sliced(window_kind::hop, 2000, 4000), true), rows, size) ==
        lines{"+I[1, 1, 5, 0, 4000, 3999]", "+I[3, -1, -3, 0, 4000, 3999]", "+I[1, 1, 5, 2000, 6000, 5999]",
              "+I[3, -1, -3, 2000, 6000, 5999]", "+I[4, 1, 9, 18000, 22000, 21999]",
              "+I[4, 1, 9, 20000, 24000, 23999]"});
}

TEST_CASE("windows of TIMESTAMP_LTZ follow the wall clock of the session zone through daylight saving") {
  auto zone = time_zone::find("America/New_York");
  REQUIRE(zone.ok());
  operator_context context;
  context.eval.session_zone = zone->get();
  auto every_20_minutes = [](int64_t first_minute, int count) {
    std::vector<std::array<int64_t, 3>> rows;
    for (int n = 0; n < count; ++n) rows.push_back({1, 1, (first_minute + n * 20) * 60000});
    return with_watermarks(rows, 0);
  };
  constexpr int64_t minute = 60000;
  auto window_line = [&](int count, int64_t start, int64_t end, int64_t time) {
    return "+I[1, " + std::to_string(count) + ", " + std::to_string(count) + ", " + std::to_string(start * minute) +
           ", " + std::to_string(end * minute) + ", " + std::to_string(time) + "]";
  };
  uint32_t size = GENERATE(1u, 5u, 4096u);
  SECTION("an hour that is skipped has no windows") {
    // 2021-03-14 01:30 New York (06:30 UTC) to 03:30; 02:00 is skipped.
    int64_t utc = 26928390;
    int64_t local = utc - 300;
    auto found =
        run(windowed(tumble(30 * minute), false, type_kind::timestamp_ltz), every_20_minutes(utc, 4), size, context);
    CHECK(found == lines{window_line(2, local, local + 30, (utc + 30) * minute - 1),
                         window_line(1, local + 90, local + 120, (utc + 60) * minute - 1),
                         window_line(1, local + 120, local + 150, (utc + 90) * minute - 1)});
  }
  SECTION("an hour that comes twice is one set of windows, fired after the second") {
    // 2021-11-07 01:10 New York summer time (05:10 UTC), every 20 minutes to 01:50 standard time.
    int64_t utc = 27271030;
    int64_t local = utc - 240;
    harness h{windowed(tumble(30 * minute), false, type_kind::timestamp_ltz), context};
    REQUIRE(h.feed(every_20_minutes(utc, 6), size).ok());
    // 06:50 UTC is 01:50 for the second time: 01:00 to 01:30 is over.
    CHECK(h.out().rows() == lines{window_line(2, local - 10, local + 20, (utc + 20) * minute - 1)});
    REQUIRE(h.finish().ok());
    CHECK(h.out().rows().back() == window_line(4, local + 20, local + 50, (utc + 50) * minute - 1));
  }
}

TEST_CASE("windows attached to rows fire at their own ends") {
  uint32_t size = GENERATE(1u, 7u, 4096u);
  operator_spec spec = windowed({});
  spec.inputs = {schema{{{"k", data_type::integer()},
                         {"i", data_type::integer()},
                         {"window_start", data_type::timestamp(3)},
                         {"window_end", data_type::timestamp(3)}}}};
  spec.window.kind = window_kind::attached;
  spec.window.start_column = 2;
  spec.window.end_column = 3;
  spec.keys = {{}};
  spec.output.fields.erase(spec.output.fields.begin());
  std::vector<input_row> rows{{{1, 1, 0, 20}},      {{1, 2, 0, 10}, 5},     {{2, 4, 0, 10}, 9},
                              {{1, 8, 0, 10}, 12},  {{1, 16, 10, 20}, 12},  {{1, 32, null, 20}, 15},
                              {{1, 64, 0, 20}, 40}, {{1, 128, 30, 42}, 41}, {{1, 256, 30, 43}}};
  harness h{spec};
  REQUIRE(h.feed(rows, size).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().settled() == lines{"~ 5", "+I[2, 6, 0, 10, 9]", "~ 15", "+I[2, 65, 0, 20, 19]", "+I[1, 16, 10, 20, 19]",
                                   "~ 40", "+I[1, 128, 30, 42, 41]", "~ 41", "+I[1, 256, 30, 43, 42]", "~ end"});
  CHECK(h.op().counters().rows_late == 1);
}

TEST_CASE("an aggregate's filter decides row by row") {
  auto spec = windowed(tumble(1000));
  spec.inputs[0].fields.push_back({"f", data_type::boolean()});
  spec.aggregates[0].filter = 3;
  CHECK(run(spec, {{{1, 5, 10, 1}}, {{1, 6, 20, 0}}, {{1, 7, 30, null}}}, 10) == lines{"+I[1, 1, 18, 0, 1000, 999]"});
}

TEST_CASE("results come in batches of the size asked for") {
  operator_context context;
  context.batch_rows = 10;
  std::vector<input_row> rows;
  for (int64_t k = 0; k < 35; ++k) rows.push_back({{k, 1, 10}});
  harness h{windowed(tumble(1000)), context};
  REQUIRE(h.feed(rows, 4096).ok());
  REQUIRE(h.finish().ok());
  CHECK(h.out().rows().size() == 35);
  CHECK(h.out().largest_batch == 10);
}

TEST_CASE("how the input is cut into batches does not show in the windows") {
  for (const auto& window : all_kinds()) {
    for (uint32_t seed = 1; seed <= 6; ++seed) {
      bool retracting = seed % 2 == 0;
      auto rows = random_rows(seed, 600, retracting);
      std::optional<lines> first;
      uint64_t late = 0;
      for (uint32_t size : {1u, 7u, 100u, 4096u}) {
        harness h{windowed(window, retracting)};
        REQUIRE(h.feed(rows, size).ok());
        REQUIRE(h.finish().ok());
        if (!first) {
          first = h.out().settled();
          late = h.op().counters().rows_late;
          CHECK(late > 0);
        }
        CHECK(difference(h.out().settled(), *first) == "");
        CHECK(h.op().counters().rows_late == late);
      }
    }
  }
}

TEST_CASE("a filter before the windows does not show in when they fire") {
  auto rows = random_rows(3, 500);
  for (const auto& window : all_kinds()) {
    auto spec = windowed(window);
    harness dense{spec};
    harness sparse{spec};
    // The same rows: once alone, once selected from batches that hold the others too. Watermarks of the others count.
    int64_t watermark = watermark_none;
    for (uint32_t begin = 0; begin < rows.size(); begin += 50) {
      batch_builder builder{spec.inputs[0], watermark};
      auto keep = std::make_shared<std::vector<uint32_t>>();
      for (uint32_t i = begin; i < begin + 50; ++i) {
        for (uint32_t k = 0; k < 3; ++k) push_cell(builder.at(k), rows[i].cells[k]);
        builder.end_row();
        if (rows[i].watermark) builder.advance(*rows[i].watermark);
        if (std::get<int64_t>(rows[i].cells[1]) % 2 == 0) keep->push_back(i - begin);
      }
      watermark = builder.watermark();
      batch in = builder.take();
      in.selection = keep;
      REQUIRE(dense.chained().process(in.compacted(), 0, 0).ok());
      const auto s = sparse.chained().process(std::move(in), 0, 0);
      REQUIRE(s.ok());
    }
    CHECK(difference(sparse.out().rows(), dense.out().rows()) == "");
  }
}

TEST_CASE("what windows held is given back when they have fired") {
  harness h{windowed(sliced(window_kind::hop, 1000, 4000))};
  REQUIRE(h.feed(random_rows(5, 500), 50).ok());
  CHECK(h.op().counters().state_entries > 0);
  CHECK(h.op().counters().state_bytes > 0);
  REQUIRE(h.finish().ok());
  CHECK(h.op().counters().state_entries == 0);
}
