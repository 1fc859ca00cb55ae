// The coordinator of one job: epochs, completion, draining, failure.
//
// Epoch protocol: inject -> every task's part -> one commit by the store writer -> committed to sources and sinks. At
// most one epoch is under way. A task that has ended sends a final part, which belongs to the epoch after the last
// barrier it handled. When all have ended, a last epoch commits what the final parts hold.
// Nothing arrived, no epoch: the timer runs only from the first row after a barrier.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/caf_seam.hpp"
#include "platform/clock.hpp"
#include "platform/reactor.hpp"

namespace levada {

struct epoch_figures {
  uint64_t epochs = 0;
  uint64_t last_epoch = 0;
  uint64_t written_bytes = 0; // in all
  uint64_t last_written_bytes = 0;
  int64_t last_duration_us = 0;
  int64_t duration_us = 0; // in all
  double quota_share = 0;
};

struct job_setup {
  bool keeps_state = false;
  int64_t epoch_interval_us = 0;
  uint64_t last_epoch = 0; // committed
  reactor* events = nullptr;
  const clock_source* clock = nullptr;
  std::unique_ptr<epoch_store> store; // null without state
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
