#include "actors/job_actor.hpp"

#include <algorithm>
#include <map>

#include "actors/actor_base.hpp"
#include "actors/task.hpp"

namespace levada {

namespace {

// Pauses between attempts to write an epoch to a full disk.
constexpr int64_t retry_us_min = 250'000;
constexpr int64_t retry_us_max = 8'000'000;

class job_actor final : public actor_base {
 public:
  job_actor(caf::actor_config& config, std::shared_ptr<job_setup> setup)
      : actor_base(config), setup_(std::move(setup)), timer_(setup_->events, this), quota_(setup_->name, setup_->warn),
        epoch_(setup_->last_epoch) {}

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg&) {
      if (--alive_ == 0) finish();
    });
    if (setup_->store) {
      writer_ = spawn_store_writer(system(), std::move(setup_->store), std::move(setup_->open_store_again));
      monitor(writer_);
      ++alive_;
    }
    last_commit_us_ = setup_->clock->monotonic_us();
    figures_.last_epoch = setup_->last_epoch;
    return {
        [this](const tasks_message& message) { start(*message.tasks); },
        [this](const part_message& message) { on_part(message.part); },
        [this](const activity_message& activity) { on_activity(activity.urgent); },
        [this](const ready_message& ready) {
          if (!timer_.accept(ready)) return;
          if (waits_for_room_) return write();
          trigger();
        },
        [this](const commit_done_message& message) { on_commit_done(message); },
        [this](const failed_message& failed) { fail(failed.failure.at(failed.task)); },
        [this](const drain_message& drain) {
          fired_ = fired_ && drain.fire;
          draining_ = true;
          if (waits_for_room_) write();
          for (auto& task : tasks_) {
            if (task.is_source) send(task.handle, drain);
          }
        },
        [this](const stop_message&) {
          fail({errc::cancelled, "the job was cancelled"});
        },
    };
  }

 private:
  void start(const std::vector<job_task>& tasks) {
    tasks_ = tasks;
    finals_.resize(tasks_.size());
    ended_.resize(tasks_.size(), false);
    for (auto& task : tasks_) monitor(task.handle);
    alive_ += tasks_.size();
    if (!early_failure_.ok()) return fail(early_failure_);
    for (auto& task : tasks_) {
      if (task.is_source) send(task.handle, proceed_message{});
    }
  }

  void on_activity(bool urgent) {
    if (stopping_ || !setup_->keeps_state) return;
    if (urgent) return trigger();
    if (in_progress_ || timer_armed_) {
      // The rows came behind the barrier of the epoch under way, or the timer runs already.
      again_ = true;
      return;
    }
    arm_timer();
  }

  void arm_timer() {
    timer_armed_ = true;
    timer_.arm({-1, 0, std::max(last_commit_us_ + setup_->epoch_interval_us, setup_->clock->monotonic_us())});
  }

  void trigger() {
    if (stopping_ || !setup_->keeps_state) return;
    if (in_progress_) {
      urgent_again_ = true;
      return;
    }
    timer_.cancel();
    timer_armed_ = false;
    again_ = false;
    begin_epoch();
    if (tight_) hold_sources(true);
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].is_source && !ended_[i]) send(tasks_[i].handle, inject_message{epoch_});
    }
    complete_if_all();
  }

  // Final parts that came since the last epoch count for this one.
  void begin_epoch() {
    in_progress_ = true;
    ++epoch_;
    parts_.clear();
    expected_ = 0;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (finals_[i]) {
        parts_.push_back(std::move(finals_[i]));
        ++expected_;
      } else if (!ended_[i]) {
        ++expected_;
      }
    }
  }

  void on_part(const std::shared_ptr<epoch_part>& part) {
    if (stopping_) return;
    if (part->final) {
      ended_[part->task] = true;
      ++ended_count_;
    }
    if (in_progress_ && part->epoch == epoch_) {
      parts_.push_back(part);
    } else {
      check(part->final);
      finals_[part->task] = part;
    }
    if (in_progress_) return complete_if_all();
    if (ended_count_ == tasks_.size()) all_ended();
  }

  void all_ended() {
    if (!setup_->keeps_state) return stop_tasks({});
    begin_epoch();
    complete_if_all();
  }

  void complete_if_all() {
    if (committing_ || parts_.size() < expected_) return;
    committing_ = true;
    pending_ = std::make_shared<epoch_commit>();
    auto* commit = pending_.get();
    commit->epoch = epoch_;
    commit->wall_time_us = setup_->clock->wall_us();
    std::map<std::string, epoch_delta> deltas; // instances of one operator share a store
    for (auto& part : parts_) {
      for (auto& value : part->values) commit->values.push_back(std::move(value));
      for (auto& delta : part->deltas) {
        auto& joined = deltas.try_emplace(delta.store, epoch_delta{delta.store, delta.schema, {}}).first->second;
        joined.bytes += delta.bytes;
      }
    }
    for (auto& [store, delta] : deltas) commit->deltas.push_back(std::move(delta));
    bool last = ended_count_ == tasks_.size() &&
                std::none_of(finals_.begin(), finals_.end(), [](const auto& f) { return f != nullptr; });
    commit->finished = last && fired_;
    last_ = last;
    commit->may_use_reserve = draining_ || ended_count_ == tasks_.size();
    uint64_t bytes = 0;
    for (const auto& delta : commit->deltas) bytes += delta.bytes.size();
    pending_memory_ = std::make_unique<memory_loan>(*setup_->budget, bytes);
    parts_.clear();
    expected_ = 0;
    write();
  }

  void write() {
    if (stopping_) return;
    timer_.cancel();
    waits_for_room_ = false;
    send(writer_, commit_message{pending_});
  }

  void hold_sources(bool on) {
    if (std::exchange(holding_, on) == on) return;
    for (auto& task : tasks_) {
      if (task.is_source) send(task.handle, hold_message{on});
    }
  }

  // Nothing was written; the epoch stays as it is.
  void on_no_room(const status& why) {
    hold_sources(true);
    if (why.code() == errc::store_full && !pending_->may_use_reserve) {
      refused_ = why;
      pending_->may_use_reserve = true;
      return write();
    }
    if (why.code() == errc::store_full || draining_)
      return stop_tasks(quota_watch::give_up(why, false, figures_.last_epoch));
    quota_.paused(why);
    waits_for_room_ = true;
    retry_us_ = std::clamp(2 * retry_us_, retry_us_min, retry_us_max);
    timer_.arm({-1, 0, setup_->clock->monotonic_us() + retry_us_});
  }

  void on_commit_done(const commit_done_message& commit) {
    if (stopping_) return;
    if (commit.outcome.code() == errc::store_full || commit.outcome.code() == errc::no_space)
      return on_no_room(commit.outcome);
    if (!commit.outcome.ok()) return fail(commit.outcome.at("committing epoch " + std::to_string(epoch_)));
    pending_.reset();
    pending_memory_.reset();
    retry_us_ = 0;
    quota_.resumed();
    quota_.committed(commit.usage);
    tight_ = commit.usage.step >= quota_step::withhold_acks;
    in_progress_ = false;
    committing_ = false;
    last_commit_us_ = setup_->clock->monotonic_us();
    figures_.epochs += 1;
    figures_.last_epoch = epoch_;
    figures_.written_bytes += commit.report.written_bytes;
    figures_.last_written_bytes = commit.report.written_bytes;
    figures_.last_duration_us = commit.report.duration_us;
    figures_.duration_us += commit.report.duration_us;
    figures_.stored_bytes = commit.usage.live_bytes;
    figures_.quota_bytes = commit.usage.quota_bytes;
    if (setup_->on_epoch) setup_->on_epoch(figures_);
    for (auto& task : tasks_) {
      if (task.is_source || task.is_sink) send(task.handle, committed_message{epoch_});
    }
    if (last_) return stop_tasks({});
    auto refused = std::exchange(refused_, {});
    if (!refused.ok() && commit.usage.step == quota_step::reserve && !draining_)
      return stop_tasks(quota_watch::give_up(refused, true, epoch_));
    hold_sources(false);
    if (ended_count_ == tasks_.size()) return all_ended();
    if (std::exchange(urgent_again_, false)) return trigger();
    if (again_) arm_timer();
  }

  void fail(const status& why) {
    // A sink may fail before this actor knows whom to stop.
    if (tasks_.empty()) {
      early_failure_ = why;
      return;
    }
    stop_tasks(why);
  }

  void stop_tasks(const status& outcome) {
    if (stopping_) return;
    stopping_ = true;
    outcome_ = outcome;
    timer_.cancel();
    for (auto& task : tasks_) send(task.handle, stop_message{});
    if (writer_) send(writer_, stop_message{});
    if (alive_ == 0) finish();
  }

  void finish() {
    tasks_.clear();
    writer_ = nullptr;
    auto report = std::exchange(setup_->done, nullptr);
    if (report) report(outcome_);
    quit();
  }

  std::shared_ptr<job_setup> setup_;
  readiness_watch timer_; // of the next epoch, or of the next attempt to write the one under way
  quota_watch quota_;
  caf::actor writer_;
  std::vector<job_task> tasks_;
  std::vector<bool> ended_;
  std::vector<std::shared_ptr<epoch_part>> finals_; // not yet part of an epoch
  std::vector<std::shared_ptr<epoch_part>> parts_;  // of the epoch under way
  std::shared_ptr<epoch_commit> pending_;           // handed to the writer, not yet committed
  std::unique_ptr<memory_loan> pending_memory_;
  status refused_; // why the epoch under way had to go into the reserve
  epoch_figures figures_;
  status outcome_;
  status early_failure_;
  uint64_t epoch_;
  size_t expected_ = 0;
  size_t ended_count_ = 0;
  size_t alive_ = 0;
  int64_t last_commit_us_ = 0;
  int64_t retry_us_ = 0;
  bool in_progress_ = false;
  bool committing_ = false;
  bool timer_armed_ = false;
  bool tight_ = false;   // the store is beyond the ladder's second step
  bool holding_ = false; // sources
  bool waits_for_room_ = false;
  bool draining_ = false;
  bool again_ = false;        // rows came while an epoch was under way
  bool urgent_again_ = false; // and a peer waits for acknowledgements
  bool fired_ = true;         // every source was read to its end
  bool last_ = false;
  bool stopping_ = false;
};

} // namespace

caf::actor spawn_job(caf::actor_system& system, std::shared_ptr<job_setup> setup) {
  return system.spawn<job_actor>(std::move(setup));
}

} // namespace levada
