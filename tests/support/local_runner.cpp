#include "tests/support/local_runner.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "runtime/chain.hpp"
#include "runtime/operators/key_hash.hpp"

namespace levada::testing {

namespace {

class local_job;

// Where an instance of a vertex sends its batches.
class fan_out final : public output {
 public:
  fan_out(local_job& job, uint32_t vertex, uint32_t instance) : job_(job), vertex_(vertex), instance_(instance) {}
  void push(batch out) override;

 private:
  local_job& job_;
  uint32_t vertex_;
  uint32_t instance_;
};

struct task {
  std::unique_ptr<fan_out> to;
  std::unique_ptr<chain> operators; // null: none
  std::unique_ptr<source> reads;
  std::unique_ptr<sink> writes;
  bool finished = false;
};

class local_job {
 public:
  local_job(const job_graph& graph, const registry& plugins, const eval_context& eval, const run_limits& limits)
      : graph_(graph), plugins_(plugins), eval_(eval), limits_(limits) {}

  status run() {
    if (auto s = make_tasks(); !s.ok()) return s;
    if (auto s = poll_until_finished(); !s.ok()) return s;
    for (uint32_t v = 0; v < graph_.vertices.size(); ++v) {
      for (auto& t : tasks_[v]) {
        if (!t.writes) continue;
        if (auto s = t.writes->flush(); !s.ok()) return s.at(graph_.vertices[v].id);
        if (auto s = t.writes->close(); !s.ok()) return s.at(graph_.vertices[v].id);
      }
    }
    return {};
  }

  void send(uint32_t vertex, uint32_t instance, const batch& out) {
    for (const auto& e : graph_.edges) {
      if (e.from != vertex || !failure_.ok()) continue;
      const uint32_t targets = graph_.vertices[e.to].parallelism;
      if (e.kind == exchange::hash && targets > 1) {
        send_by_key(e, instance, out, targets);
      } else {
        const bool one_to_one = targets > 1;
        deliver(e, one_to_one ? instance : 0, channel_of(e, instance), out);
      }
    }
  }

 private:
  void fail(const status& s, uint32_t vertex) {
    if (failure_.ok()) failure_ = s.at(graph_.vertices[vertex].id);
  }

  uint32_t channels_into(const edge& e) const {
    const bool one_to_one = e.kind == exchange::forward && graph_.vertices[e.to].parallelism > 1;
    return one_to_one ? 1 : graph_.vertices[e.from].parallelism;
  }

  // Channels of one input are numbered through its edges in order.
  uint32_t channel_of(const edge& mine, uint32_t instance) const {
    uint32_t first = 0;
    for (const auto& e : graph_.edges) {
      if (&e == &mine) break;
      if (e.to == mine.to && e.input == mine.input) first += channels_into(e);
    }
    return first + (channels_into(mine) == 1 ? 0 : instance);
  }

  void send_by_key(const edge& e, uint32_t instance, const batch& out, uint32_t targets) {
    const row_set rows = out.selected();
    std::vector<uint64_t> hashes(rows.count);
    hash_keys(out, e.keys, rows, hashes.data());
    std::vector<std::shared_ptr<std::vector<uint32_t>>> selections(targets);
    for (auto& s : selections) s = std::make_shared<std::vector<uint32_t>>();
    for (uint32_t i = 0; i < rows.count; ++i)
      selections[instance_of(key_group_of(hashes[i]), targets)]->push_back(rows[i]);
    for (uint32_t t = 0; t < targets; ++t) {
      batch part = out;
      part.selection = selections[t];
      deliver(e, t, channel_of(e, instance), std::move(part));
    }
  }

  void deliver(const edge& e, uint32_t instance, uint32_t channel, batch out) {
    if (!failure_.ok()) return;
    auto& to = tasks_[e.to][instance];
    if (to.operators) {
      if (auto s = to.operators->process(std::move(out), e.input, channel); !s.ok()) fail(s, e.to);
    } else if (out.selected_count() > 0) {
      if (auto s = to.writes->write(out); !s.ok()) fail(s, e.to);
    }
  }

  status make_tasks() {
    for (uint32_t v = 0; v < graph_.vertices.size(); ++v) {
      const auto& vertex = graph_.vertices[v];
      tasks_.emplace_back(vertex.parallelism);
      for (uint32_t i = 0; i < vertex.parallelism; ++i)
        if (auto s = make_task(v, i, tasks_.back()[i]); !s.ok()) return s.at(vertex.id);
    }
    return {};
  }

  status make_task(uint32_t v, uint32_t instance, task& made) {
    const auto& vertex = graph_.vertices[v];
    made.to = std::make_unique<fan_out>(*this, v, instance);
    if (vertex.kind == vertex_kind::source) {
      auto reads = vertex.make_source();
      if (!reads.ok()) return reads.error();
      made.reads = std::move(*reads);
      if (auto s = made.reads->open({}); !s.ok()) return s;
    }
    if (vertex.kind == vertex_kind::sink) {
      auto writes = vertex.make_sink();
      if (!writes.ok()) return writes.error();
      made.writes = std::move(*writes);
      return made.writes->open({});
    }
    if (vertex.operators.empty()) return {};
    operator_context context;
    context.eval = eval_;
    context.instance = instance;
    context.parallelism = vertex.parallelism;
    context.batch_rows = limits_.batch_rows;
    std::vector<uint32_t> channels(vertex.operators[0].inputs.size(), 0);
    if (vertex.kind == vertex_kind::source) channels.assign(1, 1);
    for (const auto& e : graph_.edges)
      if (e.to == v) channels[e.input] += channels_into(e);
    auto operators = chain::make(vertex.operators, plugins_, context, channels, *made.to);
    if (!operators.ok()) return operators.error();
    made.operators = std::move(*operators);
    return {};
  }

  status poll_until_finished() {
    for (uint32_t idle = 0; idle < limits_.idle_polls;) {
      bool all_finished = true;
      bool news = false;
      for (uint32_t v = 0; v < graph_.vertices.size(); ++v) {
        auto& t = tasks_[v][0];
        if (!t.reads || t.finished) continue;
        all_finished = false;
        auto polled = poll(v, t);
        if (!polled.ok()) return polled.error().at(graph_.vertices[v].id);
        news = news || *polled;
        if (!failure_.ok()) return failure_;
      }
      if (all_finished) return {};
      idle = news ? 0 : idle + 1;
    }
    return {errc::timed_out, "no source has rows, and not all have ended"};
  }

  result<bool> poll(uint32_t v, task& t) {
    decode_target into;
    for (const auto& f : graph_.vertices[v].source_output.fields) into.columns.emplace_back(f.type);
    into.rows_max = limits_.batch_rows;
    auto state = t.reads->poll(into);
    if (!state.ok()) return state.error();
    t.finished = *state == poll_state::finished;
    if (into.rows == 0 && !t.finished) return false;
    batch out;
    out.rows = into.rows;
    for (auto& c : into.columns) out.columns.push_back(std::make_shared<const column>(std::move(c)));
    if (!into.kinds.empty()) out.kinds = std::make_shared<const std::vector<row_kind>>(std::move(into.kinds));
    if (t.finished) out.watermark_after = watermark_end;
    if (t.operators) {
      if (auto s = t.operators->process(std::move(out), 0, 0); !s.ok()) return s;
    } else {
      t.to->push(std::move(out));
    }
    return true;
  }

  const job_graph& graph_;
  const registry& plugins_;
  const eval_context& eval_;
  const run_limits& limits_;
  std::vector<std::vector<task>> tasks_; // by vertex and instance
  status failure_;
};

void fan_out::push(batch out) { job_.send(vertex_, instance_, out); }

} // namespace

status run_locally(const job_graph& graph, const registry& plugins, const eval_context& eval,
                   const run_limits& limits) {
  return local_job{graph, plugins, eval, limits}.run();
}

} // namespace levada::testing
