// A sink on a thread of its own: writes while its target takes, makes an epoch's rows durable at the barrier.

#include "actors/actor_base.hpp"
#include "actors/input_gate.hpp"
#include "actors/task.hpp"
#include "actors/upstreams.hpp"

namespace levada {

namespace {

class sink_actor final : public actor_base {
 public:
  sink_actor(caf::actor_config& config, std::unique_ptr<task_setup> setup)
      : actor_base(config), setup_(std::move(setup)), gate_(setup_->channels), watch_(setup_->events, this),
        senders_(this), epoch_(setup_->last_epoch) {
    setup_->metrics->queue_depth_bound = gate_.depth_bound();
  }

  caf::behavior make_behavior() override {
    watch_.arm(setup_->target->wait());
    return {
        [this](const element_message& message) {
          senders_.remember(message.element->input, message.element->channel, message.slot);
          gate_.push(std::move(*message.element));
          turn();
        },
        [this](const ready_message& ready) {
          if (!watch_.accept(ready)) return;
          if (guard(setup_->target->service())) turn();
        },
        [this](const committed_message& message) { on_committed(message.epoch); },
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
    watch_.cancel();
    if (blocked_since_us_ >= 0) {
      setup_->metrics->blocked_us.fetch_add(static_cast<uint64_t>(setup_->clock->monotonic_us() - blocked_since_us_),
                                            std::memory_order_relaxed);
      blocked_since_us_ = -1;
    }
    {
      stopwatch busy(setup_->clock, setup_->metrics->busy_us);
      while (!ended_) {
        if (!current_) current_ = gate_.next();
        if (!current_) break;
        auto outcome = handle(*current_);
        if (outcome.code() == errc::would_block) {
          blocked_since_us_ = setup_->clock->monotonic_us();
          break;
        }
        if (!guard(outcome)) return;
        current_.reset();
      }
    }
    setup_->metrics->queue_depth.store(gate_.depth(), std::memory_order_relaxed);
    setup_->metrics->queue_depth_max.store(gate_.depth_max(), std::memory_order_relaxed);
    if (!ended_) watch_.arm(setup_->target->wait());
  }

  status handle(const stream_element& element) {
    if (auto* rows = std::get_if<batch>(&element.payload)) {
      uint32_t count = rows->selected_count();
      if (count > 0) {
        if (auto s = setup_->target->write(*rows); !s.ok()) return s;
        setup_->metrics->rows_in.fetch_add(count, std::memory_order_relaxed);
        setup_->metrics->rows_out.fetch_add(count, std::memory_order_relaxed);
      }
      if (rows->watermark_after > setup_->metrics->watermark) setup_->metrics->watermark = rows->watermark_after;
      senders_.repay(element.input, element.channel);
      return {};
    }
    if (auto* b = std::get_if<barrier>(&element.payload)) {
      if (auto s = setup_->target->flush(); !s.ok()) return s;
      epoch_ = b->epoch;
      send(setup_->coordinator, part_message{part(epoch_, false)});
      return {};
    }
    if (std::holds_alternative<stream_end>(element.payload) && gate_.all_ended()) {
      if (auto s = setup_->target->flush(); !s.ok()) return s;
      auto made = part(epoch_ + 1, true);
      if (!setup_->keeps_state) {
        if (auto s = setup_->target->close(); !s.ok()) return s;
      }
      ended_ = true;
      send(setup_->coordinator, part_message{std::move(made)});
    }
    return {};
  }

  std::shared_ptr<epoch_part> part(uint64_t epoch, bool final) {
    auto made = std::make_shared<epoch_part>();
    made->task = setup_->number;
    made->epoch = epoch;
    made->final = final;
    if (!setup_->keeps_state) return made;
    std::string position = setup_->target->position();
    uncommitted_.push_back({epoch, position});
    made->values.push_back({sink_position_id(*setup_->plan), std::move(position)});
    return made;
  }

  void on_committed(uint64_t epoch) {
    while (!uncommitted_.empty() && uncommitted_.front().first <= epoch) {
      setup_->target->committed(uncommitted_.front().second);
      uncommitted_.pop_front();
    }
    if (ended_ && uncommitted_.empty() && !closed_) {
      closed_ = true;
      guard(setup_->target->close());
    }
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
  upstreams senders_;
  std::optional<stream_element> current_;                    // taken from the gate, not yet taken by the target
  std::deque<std::pair<uint64_t, std::string>> uncommitted_; // (epoch, position); at most two
  uint64_t epoch_;
  int64_t blocked_since_us_ = -1;
  bool ended_ = false;
  bool closed_ = false;
  bool stopped_ = false;
};

} // namespace

caf::actor spawn_sink(caf::actor_system& system, std::unique_ptr<task_setup> setup) {
  return system.spawn<sink_actor, caf::detached>(std::move(setup));
}

} // namespace levada
