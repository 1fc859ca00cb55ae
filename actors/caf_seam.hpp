// Everything of CAF 0.17 that the actors use: includes, message types, spawning and posting. A move to CAF 1.x changes
// this file and actor_base.hpp. Include it in .cpp files and actor headers only: it costs seconds.
#pragma once

// CAF uses our macro's name for functions.
// clang-format off
#pragma push_macro("check")
#undef check
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#pragma pop_macro("check")
// clang-format on

#include <memory>
#include <string>
#include <vector>

#include "actors/stream_element.hpp"
#include "platform/status.hpp"
#include "storage/epoch_store.hpp"

namespace levada {

// To a task: an element on one of its channels; `slot` names the channel at the sender.
struct element_message {
  std::shared_ptr<stream_element> element; // one receiver: it may move the content out
  uint32_t slot = 0;
};
// Back to the sender: batches were processed.
struct credit_message {
  uint32_t slot = 0;
  uint32_t count = 0;
};
// To itself, or from the reactor: go on.
struct proceed_message {};
struct ready_message {
  uint64_t ticket = 0; // of the watch that fired; outdated ones are ignored
};

// Coordinator to sources: start epoch.
struct inject_message {
  uint64_t epoch = 0;
};
// Coordinator to sources and sinks.
struct committed_message {
  uint64_t epoch = 0;
};
// Coordinator to sources: stop reading. fire: let every window fire, as at the end of input.
struct drain_message {
  bool fire = false;
};
// Coordinator to sources: read nothing until told otherwise; barriers pass.
struct hold_message {
  bool on = false;
};
struct stop_message {};

// Task to coordinator: its part of an epoch. `final`: the task has ended, no further part will come.
struct epoch_part {
  uint32_t task = 0;
  uint64_t epoch = 0; // of the barrier; final: of the last barrier it handled
  bool final = false;
  std::vector<epoch_value> values;
  std::vector<epoch_delta> deltas;
};
struct part_message {
  std::shared_ptr<epoch_part> part;
};
struct failed_message {
  std::string task;
  status failure;
};
// Source to coordinator: rows have come since the last barrier; urgent: the peer waits for acknowledgements.
struct activity_message {
  bool urgent = false;
};

// Coordinator to store writer and back.
struct commit_message {
  std::shared_ptr<epoch_commit> epoch;
};
struct commit_done_message {
  status outcome;
  commit_report report;
  epoch_usage usage;
};

} // namespace levada

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::element_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::credit_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::proceed_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::ready_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::inject_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::committed_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::drain_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::hold_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::stop_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::part_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::failed_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::activity_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::commit_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(levada::commit_done_message)
