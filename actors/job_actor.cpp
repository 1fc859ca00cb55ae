#include "actors/job_actor.hpp"

#include <algorithm>
#include <map>

#include "actors/store_writer.hpp"
#include "actors/task.hpp"

namespace levada {

namespace {

class job_actor final : public caf::event_based_actor {
 public:
  job_actor(caf::actor_config& config, std::shared_ptr<job_setup> setup)
      : caf::event_based_actor(config), setup_(std::move(setup)), timer_(setup_->events, this),
        epoch_(setup_->last_epoch) {}

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg&) {
      if (--alive_ == 0) finish();
    });
    if (setup_->store) {
      writer_ = spawn_store_writer(system(), std::move(setup_->store));
      monitor(writer_);
      ++alive_;
    }
    last_commit_us_ = setup_->clock->monotonic_us();
    return {
        [this](const tasks_message& message) { start(*message.tasks); },
        [this](const part_message& message) { on_part(message.part); },
        [this](const activity_message& activity) { on_activity(activity.urgent); },
        [this](const ready_message& ready) {
          if (timer_.accept(ready)) trigger();
        },
        [this](const commit_done_message& message) { on_commit_done(message); },
        [this](const failed_message& failed) { fail(failed.failure.at(failed.task)); },
        [this](const drain_message& drain) {
          fired_ = fired_ && drain.fire;
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
    auto commit = std::make_shared<epoch_commit>();
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
    send(writer_, commit_message{std::move(commit)});
  }

  void on_commit_done(const commit_done_message& commit) {
    if (stopping_) return;
    if (!commit.outcome.ok()) return fail(commit.outcome.at("committing epoch " + std::to_string(epoch_)));
    in_progress_ = false;
    committing_ = false;
    last_commit_us_ = setup_->clock->monotonic_us();
    figures_.epochs += 1;
    figures_.last_epoch = epoch_;
    figures_.written_bytes += commit.report.written_bytes;
    figures_.last_written_bytes = commit.report.written_bytes;
    figures_.last_duration_us = commit.report.duration_us;
    figures_.duration_us += commit.report.duration_us;
    figures_.quota_share = commit.quota_share;
    if (setup_->on_epoch) setup_->on_epoch(figures_);
    for (auto& task : tasks_) {
      if (task.is_source || task.is_sink) send(task.handle, committed_message{epoch_});
    }
    if (last_) return stop_tasks({});
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
  readiness_watch timer_;
  caf::actor writer_;
  std::vector<job_task> tasks_;
  std::vector<bool> ended_;
  std::vector<std::shared_ptr<epoch_part>> finals_; // not yet part of an epoch
  std::vector<std::shared_ptr<epoch_part>> parts_;  // of the epoch under way
  epoch_figures figures_;
  status outcome_;
  status early_failure_;
  uint64_t epoch_;
  size_t expected_ = 0;
  size_t ended_count_ = 0;
  size_t alive_ = 0;
  int64_t last_commit_us_ = 0;
  bool in_progress_ = false;
  bool committing_ = false;
  bool timer_armed_ = false;
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
