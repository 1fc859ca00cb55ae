// Runs a job graph on the caller's thread, without actors: sources are polled in turn, each batch goes all the way to
// the sinks before the next is read. Deterministic: the same graph and input give the same calls, at any parallelism.
// Nothing is kept: no epochs.
#pragma once

#include <cstdint>

#include "runtime/job_graph.hpp"
#include "runtime/registry.hpp"

namespace levada::testing {

struct run_limits {
  uint32_t batch_rows = batch_rows_default;
  // Polls without a row or an end from any source, after which the run is called stuck.
  uint32_t idle_polls = 1000;
};

// Until every source has finished, and with it every event-time timer has fired. Or the first error, with the place in
// front of it.
status run_locally(const job_graph& graph, const registry& plugins, const eval_context& eval,
                   const run_limits& limits = {});

} // namespace levada::testing
