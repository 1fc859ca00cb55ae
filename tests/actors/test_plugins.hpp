// Sources, sinks and a graph for tests of the execution layer, without SQL.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/job_graph.hpp"
#include "runtime/registry.hpp"

namespace levada {

inline schema one_bigint() { return {{{"n", data_type::bigint()}}}; }

// Counts up to `rows`; the position is the next number. Hands out what `gate` allows, as if it arrived from outside.
struct counter_control {
  uint64_t rows = 0;
  std::atomic<uint64_t> polled{0};
  std::atomic<uint64_t> allowed{UINT64_MAX};
  std::atomic<uint64_t> committed{0};
  std::atomic<bool> urgent{false}; // asks for an epoch whenever something is not acknowledged
  int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  ~counter_control() { close(wake); }
  void allow(uint64_t up_to) {
    allowed = up_to;
    uint64_t one = 1;
    [[maybe_unused]] auto written = write(wake, &one, sizeof one);
  }
};

class counting_source final : public source {
 public:
  explicit counting_source(std::shared_ptr<counter_control> control) : control_(std::move(control)) {}
  status open(std::string_view position) override {
    std::from_chars(position.data(), position.data() + position.size(), next_);
    return {};
  }
  result<poll_state> poll(decode_target& into) override {
    uint64_t drained;
    [[maybe_unused]] auto got = read(control_->wake, &drained, sizeof drained);
    while (into.rows < into.rows_max && next_ < control_->rows && next_ < control_->allowed) {
      into.columns[0].push<int64_t>(static_cast<int64_t>(next_++));
      ++into.rows;
    }
    control_->polled = next_;
    counters_.rows = next_;
    if (next_ == control_->rows) return poll_state::finished;
    return next_ == control_->allowed ? poll_state::idle : poll_state::more;
  }
  readiness wait() override { return {control_->wake, POLLIN, -1}; }
  std::string position() override { return std::to_string(next_); }
  void committed(std::string_view position) override {
    uint64_t at = 0;
    std::from_chars(position.data(), position.data() + position.size(), at);
    control_->committed = at;
  }
  epoch_need wants_epoch() override {
    return control_->urgent && next_ > control_->committed ? epoch_need::at_once : epoch_need::none;
  }
  const source_counters& counters() const override { return counters_; }

 private:
  std::shared_ptr<counter_control> control_;
  source_counters counters_;
  uint64_t next_ = 0;
};

// Keeps what it gets; refuses while `stuck`.
struct collector {
  std::mutex mutex;
  std::vector<int64_t> values;
  std::atomic<uint64_t> rows{0};
  std::atomic<bool> stuck{false};
  bool keep = true;
  std::atomic<bool> closed{false};
  int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  ~collector() { close(wake); }
  void unstick() {
    stuck = false;
    uint64_t one = 1;
    [[maybe_unused]] auto written = write(wake, &one, sizeof one);
  }
};

class collecting_sink final : public sink {
 public:
  explicit collecting_sink(std::shared_ptr<collector> into) : into_(std::move(into)) {}
  status open(std::string_view) override { return {}; }
  status write(const batch& in) override {
    if (into_->stuck) return {errc::would_block, "stuck"};
    std::lock_guard guard(into_->mutex);
    in.selected().for_each([&](uint32_t row) {
      if (into_->keep) into_->values.push_back(in.columns[0]->at<int64_t>(row));
    });
    into_->rows += in.selected_count();
    return {};
  }
  readiness wait() override { return into_->stuck ? readiness{into_->wake, POLLIN, -1} : readiness{}; }
  status close() override {
    into_->closed = true;
    return {};
  }

 private:
  std::shared_ptr<collector> into_;
};

inline vertex counting_vertex(const std::shared_ptr<counter_control>& control) {
  vertex v;
  v.kind = vertex_kind::source;
  v.id = "0.source";
  v.name = "Source: counter";
  v.bounded = true;
  v.source_output = one_bigint();
  v.make_source = [control] { return result<std::unique_ptr<source>>(std::make_unique<counting_source>(control)); };
  return v;
}

inline vertex collecting_vertex(const std::shared_ptr<collector>& into) {
  vertex v;
  v.kind = vertex_kind::sink;
  v.id = "9.sink";
  v.name = "Sink: collector";
  v.make_sink = [into] { return result<std::unique_ptr<sink>>(std::make_unique<collecting_sink>(into)); };
  return v;
}

inline operator_spec operator_named(std::string kind) {
  operator_spec spec;
  spec.id = kind;
  spec.kind = std::move(kind);
  spec.inputs = {one_bigint()};
  spec.output = one_bigint();
  return spec;
}

inline vertex chain_vertex(std::string kind, uint32_t parallelism = 1) {
  vertex v;
  v.id = "5." + kind;
  v.name = kind;
  v.parallelism = parallelism;
  v.operators = {operator_named(std::move(kind))};
  return v;
}

// Looks again every millisecond, for twenty seconds at most.
template <class F>
bool eventually(F&& condition) {
  for (int i = 0; i < 20000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

} // namespace levada
