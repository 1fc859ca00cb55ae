#include "actors/build_tasks.hpp"

#include <charconv>

#include "runtime/registry.hpp"

namespace levada {

namespace {

// Numbers tasks vertex by vertex.
std::vector<uint32_t> first_tasks(const job_graph& graph) {
  std::vector<uint32_t> first;
  uint32_t next = 0;
  for (const auto& v : graph.vertices) {
    first.push_back(next);
    next += v.parallelism;
  }
  first.push_back(next);
  return first;
}

result<std::string> committed_value(epoch_store* store, const std::string& id) {
  if (!store) return std::string{};
  auto value = store->read_value(id);
  if (!value.ok() && value.error().code() == errc::not_found) return std::string{};
  return value;
}

// Every receiver numbers the channels of an input in order of the edges that feed it and of their senders' instances.
void wire(const job_graph& graph, const std::vector<uint32_t>& first, std::vector<std::unique_ptr<task_setup>>& tasks,
          std::vector<std::vector<uint32_t>>& target_tasks) {
  for (const auto& e : graph.edges) {
    const auto& from = graph.vertices[e.from];
    const auto& to = graph.vertices[e.to];
    check(e.from < e.to);
    bool one_to_one = e.kind == exchange::forward && from.parallelism > 1 && from.parallelism == to.parallelism;
    for (uint32_t s = 0; s < from.parallelism; ++s) {
      std::vector<output_edges::receiver> receivers;
      for (uint32_t r = 0; r < to.parallelism; ++r) {
        if (one_to_one && r != s) continue;
        auto& receiver = *tasks[first[e.to] + r];
        if (receiver.channels.size() <= e.input) receiver.channels.resize(e.input + 1, 0);
        receivers.push_back({e.input, receiver.channels[e.input]++});
        target_tasks[first[e.from] + s].push_back(first[e.to] + r);
      }
      tasks[first[e.from] + s]->edges.add_edge(e.kind, e.keys, receivers);
    }
  }
}

status restore_chain(epoch_store* store, task_setup& task) {
  if (!store || !task.operators) return {};
  uint32_t parallelism = task.plan->parallelism;
  for (size_t i = 0; i < task.operators->size(); ++i) {
    auto& op = task.operators->at(i);
    status failure;
    auto read = store->for_each_entry(task.operators->spec(i).id,
                                      [&](uint16_t group, std::string_view key, std::optional<std::string_view> value) {
                                        if (!failure.ok()) return;
                                        bool own = instance_of(group, parallelism) == task.instance;
                                        if (!own && !op.restores_all_groups()) return;
                                        failure = op.restore(group, key, value ? &*value : nullptr);
                                      });
    if (!read.ok()) return read;
    if (!failure.ok()) return failure.at(task.operators->spec(i).id);
    if (auto s = op.restored(); !s.ok()) return s;
  }
  // After a change of parallelism the least of the old instances' watermarks is safe for all.
  int64_t least = watermark_end;
  bool any = false;
  for (uint32_t old = 0; old < key_groups; ++old) {
    auto text = store->read_value(watermark_id(*task.plan, old));
    if (!text.ok()) break;
    int64_t w = watermark_none;
    std::from_chars(text->data(), text->data() + text->size(), w);
    least = std::min(least, w);
    any = true;
  }
  if (any) task.operators->restore_watermark(least);
  return {};
}

status open_task(task_setup& task, const job_options& options, const task_environment& around) {
  const vertex& plan = *task.plan;
  if (!plan.operators.empty()) {
    operator_context context;
    context.eval = options.eval;
    context.instance = task.instance;
    context.parallelism = plan.parallelism;
    context.batch_rows = options.batch_rows;
    context.keeps_state = task.keeps_state;
    context.mini_batch = options.mini_batch;
    auto channels = plan.kind == vertex_kind::source ? std::vector<uint32_t>{1} : task.channels;
    auto made = chain::make(plan.operators, *options.plugins, context, channels, task.edges);
    if (!made.ok()) return made.error();
    task.operators = std::move(*made);
  }
  if (plan.kind == vertex_kind::source) {
    auto made = plan.make_source();
    if (!made.ok()) return made.error();
    auto position = committed_value(around.store, source_position_id(plan));
    if (!position.ok()) return position.error();
    task.input = std::move(*made);
    if (auto s = task.input->open(*position); !s.ok()) return s;
  }
  if (plan.kind == vertex_kind::sink) {
    auto made = plan.make_sink();
    if (!made.ok()) return made.error();
    auto position = committed_value(around.store, sink_position_id(plan));
    if (!position.ok()) return position.error();
    task.target = std::move(*made);
    if (auto s = task.target->open(*position); !s.ok()) return s;
  }
  return restore_chain(around.store, task);
}

} // namespace

result<built_job> build_tasks(job_graph graph, const job_options& options, const task_environment& around) {
  built_job built;
  auto shared = std::make_shared<const job_graph>(std::move(graph));
  built.graph = shared;
  auto first = first_tasks(*shared);
  for (size_t v = 0; v < shared->vertices.size(); ++v) {
    const auto& plan = shared->vertices[v];
    for (uint32_t i = 0; i < plan.parallelism; ++i) {
      auto task = std::make_unique<task_setup>();
      task->number = static_cast<uint32_t>(built.tasks.size());
      task->plan = &plan;
      task->instance = i;
      task->metrics = std::make_shared<task_metrics>();
      task->metrics->vertex = plan.name;
      task->metrics->id = plan.id;
      task->metrics->instance = i;
      task->events = around.events;
      task->clock = around.clock;
      task->budget = around.budget;
      task->keeps_state = around.store != nullptr;
      task->last_epoch = around.store ? around.store->last_epoch() : 0;
      task->mini_batch = options.mini_batch;
      task->mini_batch_latency_us = options.mini_batch_latency_us;
      task->mini_batch_rows = options.mini_batch_rows;
      task->batch_rows = options.batch_rows;
      built.metrics.push_back(task->metrics);
      built.tasks.push_back(std::move(task));
    }
  }
  std::vector<std::vector<uint32_t>> target_tasks(built.tasks.size());
  wire(*shared, first, built.tasks, target_tasks);
  for (size_t t = 0; t < built.tasks.size(); ++t) built.tasks[t]->target_numbers = std::move(target_tasks[t]);
  for (auto& task : built.tasks) {
    if (auto s = open_task(*task, options, around); !s.ok()) return s.at(task->plan->name);
  }
  return built;
}

status settle_sinks(const job_graph& graph, epoch_store& store) {
  for (const auto& v : graph.vertices) {
    if (v.kind != vertex_kind::sink) continue;
    auto position = committed_value(&store, sink_position_id(v));
    if (!position.ok()) return position.error();
    auto made = v.make_sink();
    if (!made.ok()) return made.error();
    if (auto s = (*made)->open(*position); !s.ok()) return s.at(v.name);
    if (auto s = (*made)->close(); !s.ok()) return s.at(v.name);
  }
  return {};
}

std::shared_ptr<std::vector<job_task>>
spawn_tasks(caf::actor_system& system, std::vector<std::unique_ptr<task_setup>> tasks, const caf::actor& coordinator) {
  auto spawned = std::make_shared<std::vector<job_task>>(tasks.size());
  for (size_t t = tasks.size(); t-- > 0;) {
    auto& task = tasks[t];
    task->coordinator = coordinator;
    for (uint32_t target : task->target_numbers) task->targets.push_back((*spawned)[target].handle);
    auto& entry = (*spawned)[t];
    switch (task->plan->kind) {
    case vertex_kind::source:
      entry.is_source = true;
      entry.handle = spawn_source(system, std::move(task));
      break;
    case vertex_kind::chain: entry.handle = spawn_operator(system, std::move(task)); break;
    case vertex_kind::sink:
      entry.is_sink = true;
      entry.handle = spawn_sink(system, std::move(task));
      break;
    }
  }
  return spawned;
}

} // namespace levada
