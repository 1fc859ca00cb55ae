// From a job graph to tasks that are opened and restored, and from those to actors.
#pragma once

#include <memory>
#include <vector>

#include "actors/engine.hpp"
#include "actors/job_actor.hpp"
#include "actors/task.hpp"

namespace levada {

struct task_environment {
  reactor* events = nullptr;
  const clock_source* clock = nullptr;
  memory_budget* budget = nullptr;
  epoch_store* store = nullptr; // null: no state
};

struct built_job {
  std::shared_ptr<const job_graph> graph;
  std::vector<std::unique_ptr<task_setup>> tasks; // by task number
  std::vector<std::shared_ptr<task_metrics>> metrics;
};

// Opens sources, sinks and operators, wires edges and restores what the store holds. Nothing runs yet.
result<built_job> build_tasks(job_graph graph, const job_options& options, const task_environment& around);

// The store says the job had finished, but it may have been killed before its sinks made the last epoch visible: opens
// each at its committed position and closes it.
status settle_sinks(const job_graph& graph, epoch_store& store);

// Receivers before senders, so that every sender knows its receivers.
std::shared_ptr<std::vector<job_task>>
spawn_tasks(caf::actor_system& system, std::vector<std::unique_ptr<task_setup>> tasks, const caf::actor& coordinator);

} // namespace levada
