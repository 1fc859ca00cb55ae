// The coordinator of one job: epochs, completion, draining, failure.
//
// Epoch protocol: inject -> every task's part -> one commit by the store writer -> committed to sources and sinks. At
// most one epoch is under way. A task that has ended sends a final part, which belongs to the epoch after the last
// barrier it handled. When all have ended, a last epoch commits what the final parts hold.
// Nothing arrived, no epoch: the timer runs only from the first row after a barrier.
//
// An epoch that finds no room stays what it is and is tried again, with sources held, so that nothing comes on top:
//   quota  once more, into the reserve kept to drain. If merging then brings the store below the reserve, reading goes
//          on; else the job stops, with all it has read committed.
//   disk   again and again with growing pauses, until there is room or the job is drained.
// Above the ladder's second step sources are held while an epoch is under way, so that what may have to be drained is
// no more than the epoch itself.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/caf_seam.hpp"
#include "actors/quota_watch.hpp"
#include "actors/store_writer.hpp"
#include "platform/clock.hpp"
#include "platform/memory.hpp"
#include "platform/reactor.hpp"

namespace levada {

struct epoch_figures {
  uint64_t epochs = 0;
  uint64_t last_epoch = 0;
  uint64_t written_bytes = 0; // in all
  uint64_t last_written_bytes = 0;
  int64_t last_duration_us = 0;
  int64_t duration_us = 0;   // in all
  uint64_t stored_bytes = 0; // live in the store
  uint64_t quota_bytes = 0;
};

struct job_setup {
  std::string name;
  bool keeps_state = false;
  int64_t epoch_interval_us = 0;
  uint64_t last_epoch = 0; // committed
  reactor* events = nullptr;
  const clock_source* clock = nullptr;
  std::unique_ptr<epoch_store> store; // null without state
  store_opener open_store_again;
  memory_budget* budget = nullptr;
  warning_function warn; // null: nobody is told
  // Called once, from an actor's thread, when every task has stopped. resumable: ended before its input did.
  std::function<void(status outcome)> done;
  std::function<void(const epoch_figures&)> on_epoch;
};

struct job_task {
  caf::actor handle;
  bool is_source = false;
  bool is_sink = false;
};
struct tasks_message {
  std::shared_ptr<std::vector<job_task>> tasks; // index = task number
};

caf::actor spawn_job(caf::actor_system& system, std::shared_ptr<job_setup> setup);

} // namespace levada

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::tasks_message)
