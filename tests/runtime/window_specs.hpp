// Windowed aggregations as operator_specs, and rows for them. Times and sizes in milliseconds.
#pragma once

#include "tests/runtime/operator_harness.hpp"

namespace levada::testing {

// Input (k INT, i INT, ts); output k, COUNT(*), SUM(i), window_start, window_end, window_time.
inline operator_spec windowed(window_spec window, bool updating = false, type_kind time = type_kind::timestamp) {
  data_type time_type = time == type_kind::timestamp ? data_type::timestamp(3) : data_type::timestamp_ltz(3);
  operator_spec spec;
  spec.kind = "window_aggregate";
  spec.id = "windows";
  spec.inputs = {schema{{{"k", data_type::integer()}, {"i", data_type::integer()}, {"ts", time_type}}}};
  spec.keys = {{0}};
  aggregate_call count{"COUNT", {}, -1, false, data_type::bigint()};
  aggregate_call sum{"SUM", {1}, -1, false, data_type::integer()};
  spec.aggregates = {count, sum};
  spec.output = schema{{{"k", data_type::integer()},
                        {"c", data_type::bigint()},
                        {"s", data_type::integer()},
                        {"window_start", data_type::timestamp(3)},
                        {"window_end", data_type::timestamp(3)},
                        {"window_time", time_type}}};
  window.time_column = 2;
  window.local_zone = time == type_kind::timestamp_ltz;
  spec.window = window;
  spec.updating = {updating};
  return spec;
}

inline window_spec tumble(int64_t size, int64_t offset = 0) {
  window_spec w;
  w.kind = window_kind::tumble;
  w.size_ms = size;
  w.offset_ms = offset;
  return w;
}

inline window_spec sliced(window_kind kind, int64_t slide, int64_t size) {
  window_spec w;
  w.kind = kind;
  w.slide_ms = slide;
  w.size_ms = size;
  return w;
}

inline window_spec session(int64_t gap) {
  window_spec w;
  w.kind = window_kind::session;
  w.size_ms = gap;
  return w;
}

// Rows (k, i, ts), each followed by its watermark: the largest time so far less the delay, above 0.
inline std::vector<input_row> with_watermarks(const std::vector<std::array<int64_t, 3>>& rows, int64_t delay) {
  std::vector<input_row> made;
  int64_t reached = 0;
  for (const auto& [k, i, ts] : rows) {
    reached = std::max(reached, ts - delay);
    made.push_back({{k, i, ts}, {}});
    if (reached > 0) made.back().watermark = reached;
  }
  return made;
}

inline lines run(const operator_spec& spec, const std::vector<input_row>& rows, uint32_t size,
                 operator_context context = {}) {
  harness h{spec, context};
  REQUIRE(h.feed(rows, size).ok());
  REQUIRE(h.finish().ok());
  return h.out().rows();
}

inline std::vector<window_spec> all_kinds() {
  return {tumble(2000), tumble(2000, 700), sliced(window_kind::hop, 1000, 4000),
          sliced(window_kind::cumulate, 1000, 4000), session(300)};
}

} // namespace levada::testing
