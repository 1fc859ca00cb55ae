// A fused chain of operators as an actor: takes elements while its receivers have credit, aligns barriers, hands over
// the dirty entries of an epoch.

#include "actors/actor_base.hpp"
#include "actors/input_gate.hpp"
#include "actors/task.hpp"
#include "actors/upstreams.hpp"

namespace levada {

namespace {

class operator_actor final : public actor_base {
 public:
  operator_actor(caf::actor_config& config, std::unique_ptr<task_setup> setup)
      : actor_base(config), setup_(std::move(setup)), gate_(setup_->channels), watch_(setup_->events, this),
        charge_(*setup_->budget, setup_->plan->name), senders_(this), epoch_(setup_->last_epoch) {
    connect_edges(*setup_, this);
    setup_->metrics->queue_depth_bound = gate_.depth_bound();
  }

  caf::behavior make_behavior() override {
    return {
        [this](const element_message& message) {
          senders_.remember(message.element->input, message.element->channel, message.slot);
          gate_.push(std::move(*message.element));
          if (!scheduled_) turn();
        },
        [this](const credit_message& credit) {
          bool waited = setup_->edges.blocked();
          setup_->edges.grant(credit.slot, credit.count);
          if (waited && !scheduled_) turn();
        },
        [this](const proceed_message&) {
          scheduled_ = false;
          turn();
        },
        [this](const ready_message& ready) {
          if (watch_.accept(ready)) on_timer();
        },
        [this](const stop_message&) {
          stopped_ = true;
          watch_.cancel();
          quit();
        },
    };
  }

  void on_exit() override {
    watch_.cancel();
    senders_.forget();
    release_handles(*setup_);
  }

 private:
  void turn() {
    if (stopped_ || ended_) return;
    note_unblocked();
    uint32_t taken = 0;
    {
      stopwatch busy(setup_->clock, setup_->metrics->busy_us);
      while (!setup_->edges.blocked()) {
        if (taken == batches_per_turn) break;
        auto element = gate_.next();
        if (!element) break;
        ++taken;
        if (!handle(std::move(*element))) return;
        if (ended_) return;
      }
    }
    if (setup_->edges.blocked()) {
      blocked_since_us_ = setup_->clock->monotonic_us();
    } else if (taken == batches_per_turn && gate_.has_waiting()) {
      scheduled_ = true;
      send(this, proceed_message{});
    }
    setup_->metrics->queue_depth.store(gate_.depth(), std::memory_order_relaxed);
    setup_->metrics->queue_depth_max.store(gate_.depth_max(), std::memory_order_relaxed);
    if (!guard(publish_counters(*setup_, charge_))) return;
    arm_timer();
  }

  void note_unblocked() {
    if (blocked_since_us_ < 0 || setup_->edges.blocked()) return;
    setup_->metrics->blocked_us.fetch_add(static_cast<uint64_t>(setup_->clock->monotonic_us() - blocked_since_us_),
                                          std::memory_order_relaxed);
    blocked_since_us_ = -1;
  }

  bool handle(stream_element element) {
    auto& operators = *setup_->operators;
    if (auto* in = std::get_if<batch>(&element.payload)) {
      uint32_t rows = in->selected_count();
      setup_->metrics->rows_in.fetch_add(rows, std::memory_order_relaxed);
      if (!guard(operators.process(std::move(*in), element.input, element.channel))) return false;
      senders_.repay(element.input, element.channel);
      held_rows_ += rows;
      if (setup_->mini_batch && held_rows_ >= setup_->mini_batch_rows && !flush()) return false;
    } else if (auto* b = std::get_if<barrier>(&element.payload)) {
      return on_barrier(b->epoch);
    } else if (std::holds_alternative<stream_idle>(element.payload)) {
      if (!guard(operators.idle(element.input, element.channel))) return false;
    } else {
      // An ended channel stands at the end of time and holds nothing back.
      return gate_.all_ended() ? on_end() : true;
    }
    bool idle = operators.is_idle();
    if (idle && !idle_told_) setup_->edges.control(stream_idle{});
    idle_told_ = idle;
    return true;
  }

  bool flush() {
    held_rows_ = 0;
    flush_at_us_ = -1;
    return guard(setup_->operators->flush());
  }

  std::shared_ptr<epoch_part> part(uint64_t epoch, bool final) {
    auto made = std::make_shared<epoch_part>();
    made->task = setup_->number;
    made->epoch = epoch;
    made->final = final;
    if (setup_->keeps_state && !guard(snapshot_operators(*setup_, *made))) return nullptr;
    return made;
  }

  bool on_barrier(uint64_t epoch) {
    if (!flush()) return false;
    epoch_ = epoch;
    auto made = part(epoch, false);
    if (!made) return false;
    setup_->edges.control(barrier{epoch});
    send(setup_->coordinator, part_message{std::move(made)});
    return true;
  }

  bool on_end() {
    if (!flush()) return false;
    ended_ = true;
    watch_.cancel();
    if (!guard(publish_counters(*setup_, charge_))) return false;
    auto made = part(epoch_ + 1, true);
    if (!made) return false;
    setup_->edges.control(stream_end{});
    send(setup_->coordinator, part_message{std::move(made)});
    return true;
  }

  void arm_timer() {
    int64_t at = setup_->operators->next_wake_us();
    if (setup_->mini_batch && held_rows_ > 0) {
      if (flush_at_us_ < 0) flush_at_us_ = setup_->clock->monotonic_us() + setup_->mini_batch_latency_us;
      if (at < 0 || flush_at_us_ < at) at = flush_at_us_;
    }
    if (at == armed_at_us_) return;
    armed_at_us_ = at;
    watch_.arm({-1, 0, at});
  }

  void on_timer() {
    armed_at_us_ = -1;
    if (stopped_ || ended_) return;
    int64_t now = setup_->clock->monotonic_us();
    if (flush_at_us_ >= 0 && flush_at_us_ <= now && !flush()) return;
    if (!guard(setup_->operators->wake(now))) return;
    if (!scheduled_) turn();
  }

  bool guard(const status& s) {
    if (s.ok()) return true;
    if (!stopped_) send(setup_->coordinator, failed_message{setup_->plan->name, s});
    stopped_ = true;
    return false;
  }

  std::unique_ptr<task_setup> setup_;
  input_gate gate_;
  readiness_watch watch_;
  memory_charge charge_;
  upstreams senders_;
  uint64_t epoch_;
  uint64_t held_rows_ = 0; // since the last flush
  int64_t flush_at_us_ = -1;
  int64_t armed_at_us_ = -1;
  int64_t blocked_since_us_ = -1;
  bool scheduled_ = false;
  bool idle_told_ = false;
  bool ended_ = false;
  bool stopped_ = false;
};

} // namespace

caf::actor spawn_operator(caf::actor_system& system, std::unique_ptr<task_setup> setup) {
  return system.spawn<operator_actor>(std::move(setup));
}

} // namespace levada
