// A source and the operators fused behind it, on a thread of their own. Polls while there is credit and memory, sleeps
// in the reactor when there is nothing to read.

#include <algorithm>
#include <deque>

#include "actors/actor_base.hpp"
#include "actors/task.hpp"

namespace levada {

namespace {

class source_actor final : public actor_base {
 public:
  source_actor(caf::actor_config& config, std::unique_ptr<task_setup> setup)
      : actor_base(config), setup_(std::move(setup)), watch_(setup_->events, this),
        charge_(*setup_->budget, setup_->plan->name), target_(new_target()), epoch_(setup_->last_epoch) {
    connect_edges(*setup_, this);
  }

  caf::behavior make_behavior() override {
    scheduled_ = true; // the coordinator sends the first proceed_message
    return {
        [this](const proceed_message&) {
          scheduled_ = false;
          if (!std::exchange(started_, true)) first_step();
          turn();
        },
        [this](const ready_message& ready) {
          if (watch_.accept(ready)) turn();
        },
        [this](const credit_message& credit) {
          bool waited = setup_->edges.blocked();
          setup_->edges.grant(credit.slot, credit.count);
          if (waited && !scheduled_) turn();
        },
        [this](const inject_message& inject) { on_inject(inject.epoch); },
        [this](const committed_message& message) { on_committed(message.epoch); },
        [this](const drain_message& drain) {
          if (!ended_) end_of_input(drain.fire);
        },
        [this](const hold_message& hold) {
          held_ = hold.on;
          if (!held_ && !scheduled_) turn();
        },
        [this](const stop_message&) { stop(); },
    };
  }

  void on_exit() override {
    watch_.cancel();
    setup_->input->close();
    release_handles(*setup_);
  }

 private:
  decode_target new_target() const {
    decode_target fresh;
    for (const auto& f : setup_->plan->source_output.fields) fresh.columns.emplace_back(f.type);
    fresh.rows_max = rows_to_read();
    return fresh;
  }

  uint32_t rows_to_read() const {
    const uint64_t limit = setup_->budget->limit_bytes();
    if (row_bytes_ == 0)
      return limit == memory_budget::unlimited ? setup_->batch_rows : std::min(setup_->batch_rows, first_batch_rows);
    const uint64_t fitting = std::min(batch_bytes_max, limit / batch_memory_share) / row_bytes_;
    return static_cast<uint32_t>(std::clamp<uint64_t>(fitting, 1, setup_->batch_rows));
  }

  void proceed() {
    if (scheduled_) return;
    scheduled_ = true;
    send(this, proceed_message{});
  }

  // Event time as restored must reach the operators behind before the first row does.
  void first_step() {
    batch step;
    if (setup_->operators) guard(setup_->operators->process(std::move(step), 0, 0));
  }

  void turn() {
    if (stopped_) return;
    watch_.cancel();
    if (ended_ || !can_read()) return hold();
    stopwatch busy(setup_->clock, setup_->metrics->busy_us);
    for (uint32_t i = 0; i < polls_per_turn; ++i) {
      if (!can_read()) return hold();
      if (!poll_once()) return;
    }
    proceed();
  }

  // No rows are taken now, nor after the end; the peer may need a sign of life.
  void hold() {
    auto wait = setup_->input->hold();
    if (!guard(wait.error())) return;
    // Credits and commits come as messages; memory is given back by anybody.
    if (waits_for_memory_ && !ended_)
      wait->deadline_us = earlier(wait->deadline_us, setup_->clock->monotonic_us() + memory_poll_us);
    watch_.arm(*wait);
  }

  // Back-pressure: of the receivers, of the store, of memory.
  bool can_read() {
    waits_for_memory_ = !setup_->budget->has_room(batch_bytes_);
    if (setup_->edges.blocked() || held_ || waits_for_memory_) {
      if (blocked_since_us_ < 0) blocked_since_us_ = setup_->clock->monotonic_us();
      return false;
    }
    if (blocked_since_us_ >= 0) {
      setup_->metrics->blocked_us.fetch_add(static_cast<uint64_t>(setup_->clock->monotonic_us() - blocked_since_us_),
                                            std::memory_order_relaxed);
      blocked_since_us_ = -1;
    }
    return true;
  }

  // False: stop polling for now.
  bool poll_once() {
    uint32_t before = target_.rows;
    auto state = setup_->input->poll(target_);
    if (!state.ok()) return guard(state.error());
    uint32_t fresh = target_.rows - before;
    if (fresh > 0) announce();
    bool hold = setup_->mini_batch && *state == poll_state::idle && target_.rows > 0 && !latency_spent();
    if (target_.rows > 0 && !hold && !send_batch()) return false;
    answer(setup_->input->wants_epoch());
    if (!publish()) return false;
    switch (*state) {
    case poll_state::more: return true;
    case poll_state::finished: end_of_input(true); return false;
    case poll_state::idle: break;
    }
    if (!check_timers()) return false;
    if (hold) {
      // Sleeping through the latency, not waking for every arrival: that is the saving.
      auto alive = setup_->input->hold();
      if (!guard(alive.error())) return false;
      watch_.arm({-1, 0, earlier(alive->deadline_us, first_row_us_ + setup_->mini_batch_latency_us)});
    } else {
      readiness wait = setup_->input->wait();
      wait.deadline_us = earlier(wait.deadline_us, next_wake_us());
      watch_.arm(wait);
    }
    return false;
  }

  void answer(epoch_need need) {
    if (need == epoch_need::none) return;
    if (!setup_->keeps_state) {
      // Input that yields no rows is owed an answer too.
      if (target_.rows == 0) setup_->input->committed(setup_->input->position());
    } else if (need == epoch_need::at_interval) {
      announce();
    } else if (!std::exchange(urged_, true)) {
      send(setup_->coordinator, activity_message{true});
    }
  }

  static int64_t earlier(int64_t a, int64_t b) {
    if (a < 0) return b;
    return b < 0 ? a : std::min(a, b);
  }

  int64_t next_wake_us() const { return setup_->operators ? setup_->operators->next_wake_us() : -1; }

  bool check_timers() {
    if (!setup_->operators) return true;
    int64_t now = setup_->clock->monotonic_us();
    int64_t at = setup_->operators->next_wake_us();
    if (at >= 0 && at <= now && !guard(setup_->operators->wake(now))) return false;
    tell_idleness();
    return true;
  }

  void tell_idleness() {
    bool idle = setup_->operators->is_idle();
    if (idle && !idle_told_) setup_->edges.control(stream_idle{});
    idle_told_ = idle;
  }

  bool latency_spent() {
    int64_t now = setup_->clock->monotonic_us();
    if (first_row_us_ < 0) first_row_us_ = now;
    return target_.rows >= setup_->mini_batch_rows || now - first_row_us_ >= setup_->mini_batch_latency_us;
  }

  void announce() {
    if (announced_ || !setup_->keeps_state) return;
    announced_ = true;
    send(setup_->coordinator, activity_message{false});
  }

  bool send_batch() {
    first_row_us_ = -1;
    batch out;
    out.rows = target_.rows;
    for (auto& c : target_.columns) out.columns.push_back(std::make_shared<const column>(std::move(c)));
    if (!target_.kinds.empty()) out.kinds = std::make_shared<const std::vector<row_kind>>(std::move(target_.kinds));
    setup_->metrics->rows_in.fetch_add(out.rows, std::memory_order_relaxed);
    batch_bytes_ = out.memory_bytes();
    row_bytes_ = std::max<uint64_t>(1, batch_bytes_ / out.rows);
    target_ = new_target();
    if (!setup_->operators) {
      setup_->edges.push(std::move(out));
    } else {
      if (!guard(setup_->operators->process(std::move(out), 0, 0))) return false;
      tell_idleness();
    }
    // Without epochs nothing is ever replayed: what entered the pipeline is acknowledged.
    if (!setup_->keeps_state) setup_->input->committed(setup_->input->position());
    return true;
  }

  bool publish() {
    const auto& c = setup_->input->counters();
    setup_->metrics->bytes_in.store(c.bytes, std::memory_order_relaxed);
    setup_->metrics->bytes_total.store(c.bytes_total, std::memory_order_relaxed);
    setup_->metrics->malformed.store(c.malformed, std::memory_order_relaxed);
    return guard(publish_counters(*setup_, charge_));
  }

  std::shared_ptr<epoch_part> part(uint64_t epoch, bool final) {
    auto made = std::make_shared<epoch_part>();
    made->task = setup_->number;
    made->epoch = epoch;
    made->final = final;
    if (!setup_->keeps_state) return made;
    std::string position = setup_->input->position();
    uncommitted_.push_back({epoch, position});
    made->values.push_back({source_position_id(*setup_->plan), std::move(position)});
    guard(snapshot_operators(*setup_, *made));
    return made;
  }

  void on_inject(uint64_t epoch) {
    if (ended_ || stopped_) return;
    if (target_.rows > 0 && !send_batch()) return;
    if (setup_->operators && !guard(setup_->operators->flush())) return;
    epoch_ = epoch;
    announced_ = false;
    urged_ = false;
    auto made = part(epoch, false);
    if (stopped_) return;
    setup_->edges.control(barrier{epoch});
    send(setup_->coordinator, part_message{std::move(made)});
  }

  void on_committed(uint64_t epoch) {
    // The final part stands for the epoch after the last barrier.
    while (!uncommitted_.empty() && uncommitted_.front().first <= epoch) {
      setup_->input->committed(uncommitted_.front().second);
      uncommitted_.pop_front();
    }
    if (!scheduled_) turn();
  }

  void end_of_input(bool fire) {
    watch_.cancel();
    if (target_.rows > 0 && !send_batch()) return;
    if (setup_->operators) {
      if (fire) {
        batch step;
        step.watermark_before = step.watermark_after = watermark_end;
        if (!guard(setup_->operators->process(std::move(step), 0, 0))) return;
      }
      if (!guard(setup_->operators->flush())) return;
    } else if (fire) {
      batch step;
      step.watermark_before = step.watermark_after = watermark_end;
      setup_->edges.push(std::move(step));
    }
    publish();
    ended_ = true;
    auto made = part(epoch_ + 1, true);
    if (stopped_) return;
    setup_->edges.control(stream_end{});
    send(setup_->coordinator, part_message{std::move(made)});
  }

  bool guard(const status& s) {
    if (s.ok()) return true;
    if (!stopped_) send(setup_->coordinator, failed_message{setup_->plan->name, s});
    stopped_ = true;
    return false;
  }

  void stop() {
    stopped_ = true;
    watch_.cancel();
    quit();
  }

  std::unique_ptr<task_setup> setup_;
  readiness_watch watch_;
  memory_charge charge_;
  uint64_t batch_bytes_ = 0; // of the last one read: what the next may need
  uint64_t row_bytes_ = 0;   // in it; 0: none was read
  decode_target target_;
  std::deque<std::pair<uint64_t, std::string>> uncommitted_; // (epoch, position); at most two
  uint64_t epoch_;
  int64_t blocked_since_us_ = -1;
  int64_t first_row_us_ = -1;
  bool scheduled_ = false;
  bool held_ = false; // by the coordinator: the store has no room
  bool waits_for_memory_ = false;
  bool started_ = false;
  bool announced_ = false;
  bool urged_ = false;
  bool idle_told_ = false;
  bool ended_ = false;
  bool stopped_ = false;
};

} // namespace

caf::actor spawn_source(caf::actor_system& system, std::unique_ptr<task_setup> setup) {
  return system.spawn<source_actor, caf::detached>(std::move(setup));
}

} // namespace levada
