// What the three kinds of task share: the way out, figures, the coordinator, readiness.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/caf_seam.hpp"
#include "actors/output_edges.hpp"
#include "actors/task_metrics.hpp"
#include "platform/clock.hpp"
#include "platform/memory.hpp"
#include "platform/reactor.hpp"
#include "runtime/chain.hpp"
#include "runtime/connectors/connector.hpp"

namespace levada {

// Built and restored before its actor is spawned, so that what can fail fails in the caller of start().
struct task_setup {
  uint32_t number = 0; // unique in the job
  const vertex* plan = nullptr;
  uint32_t instance = 0;
  std::shared_ptr<task_metrics> metrics;
  caf::actor coordinator;
  reactor* events = nullptr;
  const clock_source* clock = nullptr;
  memory_budget* budget = nullptr;
  bool keeps_state = false;
  uint64_t last_epoch = 0; // committed
  bool mini_batch = false;
  int64_t mini_batch_latency_us = 0;
  uint64_t mini_batch_rows = 0;
  uint32_t batch_rows = batch_rows_default;
  std::vector<uint32_t> target_numbers; // per output slot: task number
  std::vector<caf::actor> targets;      // and, once spawned, its actor
  output_edges edges;
  std::vector<uint32_t> channels;   // per input
  std::unique_ptr<chain> operators; // null when there are none
  std::unique_ptr<source> input;
  std::unique_ptr<sink> target;
};

// One-shot interest in a descriptor or deadline. The owner gets ready_message{ticket}; only the latest ticket counts.
class readiness_watch {
 public:
  readiness_watch(reactor* events, caf::event_based_actor* owner) : events_(events), owner_(owner) {}
  ~readiness_watch() { cancel(); }
  readiness_watch(const readiness_watch&) = delete;
  readiness_watch& operator=(const readiness_watch&) = delete;

  void arm(const readiness& what);
  void cancel();
  // True once for the message that belongs to the current watch.
  bool accept(const ready_message& message);

 private:
  reactor* events_;
  caf::event_based_actor* owner_;
  reactor::watch_id id_ = 0;
  uint64_t ticket_ = 0;
  bool armed_ = false;
};

// Adds the elapsed time to a figure when it goes out of scope.
class stopwatch {
 public:
  stopwatch(const clock_source* clock, std::atomic<uint64_t>& into)
      : clock_(clock), into_(into), start_us_(clock->monotonic_us()) {}
  ~stopwatch() {
    into_.fetch_add(static_cast<uint64_t>(clock_->monotonic_us() - start_us_), std::memory_order_relaxed);
  }
  stopwatch(const stopwatch&) = delete;
  stopwatch& operator=(const stopwatch&) = delete;

 private:
  const clock_source* clock_;
  std::atomic<uint64_t>& into_;
  int64_t start_us_;
};

// Sends what leaves `setup.edges` to setup.targets on behalf of `self`.
void connect_edges(task_setup& setup, caf::event_based_actor* self);
// Actors that hold each other never die, and a detached one keeps its thread until it does: call in on_exit().
// Closes source and sink too: whoever sees the task down may open their files again.
void release_handles(task_setup& setup);
// The operators' dirty entries and watermark as a part of an epoch.
status snapshot_operators(task_setup& setup, epoch_part& into);
// Counters of the chain into the figures; charges state to the budget through `charge`. memory_limit when that is more
// than there is, or when what the task has sent and is on its way makes it so.
status publish_counters(task_setup& setup, memory_charge& charge);

// Ids of values in the epoch store.
std::string source_position_id(const vertex& plan);
std::string sink_position_id(const vertex& plan);
std::string watermark_id(const vertex& plan, uint32_t instance);

caf::actor spawn_source(caf::actor_system& system, std::unique_ptr<task_setup> setup);
caf::actor spawn_operator(caf::actor_system& system, std::unique_ptr<task_setup> setup);
caf::actor spawn_sink(caf::actor_system& system, std::unique_ptr<task_setup> setup);

} // namespace levada
