// Live figures of one task: written by its own thread, read by anybody.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "runtime/batch.hpp"

namespace levada {

struct task_metrics {
  std::string vertex; // for people
  std::string id;     // vertex id, names state
  uint32_t instance = 0;
  std::atomic<uint64_t> rows_in{0};
  std::atomic<uint64_t> rows_out{0};
  std::atomic<uint64_t> rows_late{0};
  std::atomic<uint64_t> malformed{0};
  std::atomic<uint64_t> bytes_in{0};
  std::atomic<uint64_t> bytes_total{0}; // of a bounded input, 0 unknown
  std::atomic<uint64_t> busy_us{0};
  std::atomic<uint64_t> blocked_us{0}; // waiting for credit or for the sink's target
  std::atomic<uint64_t> state_entries{0};
  std::atomic<uint64_t> state_bytes{0};
  std::atomic<uint64_t> queue_depth{0};
  std::atomic<uint64_t> queue_depth_max{0};
  std::atomic<uint64_t> queue_depth_bound{0};
  std::atomic<int64_t> watermark{watermark_none};
};

} // namespace levada
