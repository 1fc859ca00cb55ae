// From bound plans to a job_graph: sources read once, operators fused into chains, keys exchanged.
#pragma once

#include <string>
#include <vector>

#include "runtime/job_graph.hpp"
#include "runtime/sql/scan_needs.hpp"
#include "runtime/sql/sink_binder.hpp"
#include "runtime/sql/table_access.hpp"

namespace levada {

struct physical_options {
  access_context access;
  bool chaining = true;     // false: every operator is a vertex
  uint32_t parallelism = 1; // of chains behind a key exchange
  int64_t idle_timeout_ms = 0;
  int64_t watermark_interval_ms = 0;
  // The sink of a bare SELECT.
  std::function<result<std::unique_ptr<sink>>(const sink_spec&)> collect;
};

// One job of all the sinks, whose plans are consumed. Nothing useful after a diagnostic.
job_graph make_job_graph(std::vector<bound_sink> sinks, const scan_needs& needs, const physical_options& options,
                         diagnostics& found);

} // namespace levada
