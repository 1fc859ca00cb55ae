#include "levada/push_table.hpp"

#include "levada/column_values.hpp"

namespace levada {

void push_queue::describe(schema shape) {
  std::lock_guard guard(mutex_);
  shape_ = std::move(shape);
  queued_.clear();
  for (const auto& f : shape_.fields) queued_.emplace_back(f.type);
  rows_ = taken_ = 0;
}

status push_queue::push(const row& values, bool wait) {
  std::unique_lock lock(mutex_);
  while (rows_ - taken_ >= rows_max_ && !ended_ && !abandoned_) {
    if (!wait) return {errc::would_block, "the pipeline is behind"};
    room_.wait(lock);
  }
  if (ended_ || abandoned_) return {errc::connection_closed, "the table takes no more rows"};
  if (auto s = append_row(values, queued_, shape_); !s.ok()) return s;
  if (rows_++ == taken_) wake_.ring();
  return {};
}

void push_queue::end() {
  std::lock_guard guard(mutex_);
  ended_ = true;
  room_.notify_all();
  wake_.ring();
}

void push_queue::abandon() {
  std::lock_guard guard(mutex_);
  abandoned_ = true;
  room_.notify_all();
}

bool push_queue::take(decode_target& into, std::span<const uint32_t> needed) {
  std::lock_guard guard(mutex_);
  wake_.drain();
  if (into.rows == 0 && taken_ == 0 && rows_ <= into.rows_max) {
    // The common case hands the columns over whole.
    for (size_t i = 0; i < needed.size(); ++i) into.columns[i] = std::move(queued_[needed[i]]);
    into.rows = rows_;
    taken_ = rows_;
  } else {
    while (taken_ < rows_ && into.rows < into.rows_max) {
      for (size_t i = 0; i < needed.size(); ++i) into.columns[i].push_from(queued_[needed[i]], taken_);
      ++taken_;
      ++into.rows;
    }
  }
  if (taken_ == rows_) {
    queued_.clear();
    for (const auto& f : shape_.fields) queued_.emplace_back(f.type);
    rows_ = taken_ = 0;
  }
  room_.notify_all();
  return ended_ && rows_ == 0;
}

namespace {

schema shape_of(const table_spec& table) {
  schema shape;
  for (const auto& c : table.columns) shape.fields.push_back(c.column);
  return shape;
}

class push_source final : public source {
 public:
  push_source(std::shared_ptr<push_queue> queue, std::vector<uint32_t> needed)
      : queue_(std::move(queue)), needed_(std::move(needed)) {}
  status open(std::string_view) override { return {}; }
  result<poll_state> poll(decode_target& into) override {
    uint32_t before = into.rows;
    bool ended = queue_->take(into, needed_);
    counters_.rows += into.rows - before;
    if (ended) return poll_state::finished;
    return into.rows >= into.rows_max ? poll_state::more : poll_state::idle;
  }
  readiness wait() override { return queue_->wait(); }
  // The program is the peer: what it must push again after a crash is its own to know.
  std::string position() override { return {}; }
  const source_counters& counters() const override { return counters_; }
  void close() override { queue_->abandon(); }

 private:
  std::shared_ptr<push_queue> queue_;
  std::vector<uint32_t> needed_;
  source_counters counters_;
};

class callback_sink final : public sink {
 public:
  explicit callback_sink(const std::function<void(const row_event&)>& call) : call_(call) {}
  status open(std::string_view) override { return {}; }
  status write(const batch& rows) override {
    row_event event;
    rows.selected().for_each([&](uint32_t r) {
      event.kind = static_cast<change>(rows.kind(r));
      event.values.clear();
      for (const auto& c : rows.columns) event.values.push_back(value_at(*c, r));
      call_(event);
    });
    return {};
  }

 private:
  const std::function<void(const row_event&)>& call_;
};

} // namespace

void register_push(registry& into, push_queues& queues, uint32_t rows_max) {
  connector_definition push;
  push.name = "push";
  push.summary = "rows pushed in by the program that embeds levada";
  push.make_source = [&queues, rows_max](const source_spec& spec) -> result<std::unique_ptr<source>> {
    auto& queue = queues[spec.table.name];
    if (!queue) {
      queue = std::make_shared<push_queue>(rows_max);
      queue->describe(shape_of(spec.table));
    }
    return std::unique_ptr<source>(std::make_unique<push_source>(queue, spec.needed));
  };
  into.add(std::move(push));
}

void register_callback(registry& into, row_callbacks& callbacks) {
  connector_definition callback;
  callback.name = "callback";
  callback.summary = "rows received by the program that embeds levada";
  callback.accepts_updates = true;
  callback.make_sink = [&callbacks](const sink_spec& spec) -> result<std::unique_ptr<sink>> {
    auto& call = callbacks[spec.table.name];
    if (!call) call = [](const row_event&) {};
    return std::unique_ptr<sink>(std::make_unique<callback_sink>(call));
  };
  into.add(std::move(callback));
}

} // namespace levada
