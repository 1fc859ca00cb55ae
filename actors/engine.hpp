// The execution layer's face: no CAF in it. Starts job graphs, reports figures, drains.
// Threads: start() and the methods of job may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "platform/status.hpp"
#include "runtime/batch.hpp"
#include "runtime/job_graph.hpp"

namespace levada {

class registry;

struct engine_options {
  uint32_t workers = 0;                // scheduler threads; 0: cores
  uint64_t memory_limit_bytes = 0;     // 0: none
  const clock_source* clock = nullptr; // outlives the engine; null: the machine's
};

struct job_options {
  std::string state_dir;         // empty: nothing is kept
  int64_t epoch_interval_us = 0; // > 0 with state_dir: epochs
  uint64_t state_quota_bytes = uint64_t{1} << 30;
  bool fresh = false; // forget what state_dir holds
  // What people should know while the job runs (the store fills up). From an actor's thread; null: nobody is told.
  std::function<void(const std::string& text)> warn;
  uint32_t batch_rows = batch_rows_default;
  bool mini_batch = false;
  int64_t mini_batch_latency_us = 0;
  uint64_t mini_batch_rows = 0;
  const registry* plugins = nullptr; // outlives the job
  eval_context eval;                 // what it points to outlives the job
};

struct task_figures {
  std::string vertex;
  std::string id;
  uint32_t instance = 0;
  uint64_t rows_in = 0;
  uint64_t rows_out = 0;
  uint64_t rows_late = 0;
  uint64_t malformed = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_total = 0;
  uint64_t busy_us = 0;
  uint64_t blocked_us = 0;
  uint64_t state_entries = 0;
  uint64_t state_bytes = 0;
  uint64_t queue_depth = 0;
  uint64_t queue_depth_max = 0;
  uint64_t queue_depth_bound = 0;
  int64_t watermark = watermark_none;
};

struct job_figures {
  std::vector<task_figures> tasks;
  int64_t elapsed_us = 0;
  uint64_t epochs = 0;
  uint64_t last_epoch = 0;
  uint64_t epoch_bytes = 0; // written in all
  uint64_t last_epoch_bytes = 0;
  int64_t last_epoch_us = 0;
  int64_t epoch_us = 0;      // in all
  uint64_t stored_bytes = 0; // live in the state directory, as of the last epoch
  uint64_t quota_bytes = 0;
  // Of the whole engine, all its jobs: state, batches under way, epochs being written.
  uint64_t memory_bytes = 0;
  uint64_t memory_peak_bytes = 0;
  uint64_t memory_limit_bytes = 0; // 0: none
};

class job {
 public:
  virtual ~job() = default; // cancels and waits
  // Blocks until the job has stopped: ok, or why it failed.
  virtual status wait() = 0;
  virtual bool wait_for(int64_t us) = 0; // true: stopped
  // Stops reading. With state kept: commits where it stands, to go on later. Without: fires all windows. Idempotent.
  virtual void drain() = 0;
  virtual void cancel() = 0;
  virtual job_figures figures() const = 0;
  // The state directory said this bounded job had finished: it was not run again.
  virtual bool was_finished() const = 0;
};

class engine {
 public:
  static result<std::unique_ptr<engine>> make(const engine_options& options);
  virtual ~engine() = default; // REQUIRES that its jobs are gone
  virtual result<std::unique_ptr<job>> start(job_graph graph, const job_options& options) = 0;
  // After a step of a clock that is moved by hand: timers that are due now fire.
  virtual void clock_moved() = 0;
};

} // namespace levada
