#include "actors/engine.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "actors/build_tasks.hpp"
#include "actors/job_actor.hpp"
#include "platform/sanitizer.hpp"
#include "runtime/registry.hpp"

namespace levada {

namespace {

class job_handle final : public job {
 public:
  job_handle(caf::actor_system& system, const clock_source& clock, const memory_budget& budget)
      : system_(system), clock_(clock), budget_(budget) {}

  ~job_handle() override {
    cancel();
    (void)wait();
  }

  void adopt(built_job built, std::shared_ptr<job_setup> setup) {
    metrics_ = std::move(built.metrics);
    graph_ = std::move(built.graph);
    keeps_state_ = setup->keeps_state;
    started_us_ = clock_.monotonic_us();
    stopped_ = false;
    setup->done = [this](status outcome) {
      std::lock_guard guard(mutex_);
      outcome_ = std::move(outcome);
      stopped_ = true;
      stopped_us_ = clock_.monotonic_us();
      changed_.notify_all();
    };
    setup->on_epoch = [this](const epoch_figures& figures) {
      std::lock_guard guard(mutex_);
      epochs_ = figures;
    };
    coordinator_ = spawn_job(system_, std::move(setup));
    caf::anon_send(coordinator_, tasks_message{spawn_tasks(system_, std::move(built.tasks), coordinator_)});
  }

  void adopt_finished() { finished_before_ = true; }

  status wait() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_; });
    return outcome_;
  }

  bool wait_for(int64_t us) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::microseconds(us), [this] { return stopped_; });
  }

  void drain() override {
    if (coordinator_) caf::anon_send(coordinator_, drain_message{!keeps_state_});
  }

  void cancel() override {
    if (coordinator_) caf::anon_send(coordinator_, stop_message{});
  }

  bool was_finished() const override { return finished_before_; }

  job_figures figures() const override {
    job_figures all;
    for (const auto& m : metrics_) {
      task_figures f;
      f.vertex = m->vertex;
      f.id = m->id;
      f.instance = m->instance;
      f.rows_in = m->rows_in;
      f.rows_out = m->rows_out;
      f.rows_late = m->rows_late;
      f.malformed = m->malformed;
      f.bytes_in = m->bytes_in;
      f.bytes_total = m->bytes_total;
      f.busy_us = m->busy_us;
      f.blocked_us = m->blocked_us;
      f.state_entries = m->state_entries;
      f.state_bytes = m->state_bytes;
      f.queue_depth = m->queue_depth;
      f.queue_depth_max = m->queue_depth_max;
      f.queue_depth_bound = m->queue_depth_bound;
      f.watermark = m->watermark;
      all.tasks.push_back(std::move(f));
    }
    std::lock_guard guard(mutex_);
    all.elapsed_us = (stopped_ ? stopped_us_ : clock_.monotonic_us()) - started_us_;
    all.epochs = epochs_.epochs;
    all.last_epoch = epochs_.last_epoch;
    all.epoch_bytes = epochs_.written_bytes;
    all.last_epoch_bytes = epochs_.last_written_bytes;
    all.last_epoch_us = epochs_.last_duration_us;
    all.epoch_us = epochs_.duration_us;
    all.stored_bytes = epochs_.stored_bytes;
    all.quota_bytes = epochs_.quota_bytes;
    all.memory_bytes = budget_.used_bytes();
    all.memory_peak_bytes = budget_.peak_bytes();
    all.memory_limit_bytes = budget_.limit_bytes() == memory_budget::unlimited ? 0 : budget_.limit_bytes();
    return all;
  }

 private:
  caf::actor_system& system_;
  const clock_source& clock_;
  const memory_budget& budget_;
  std::vector<std::shared_ptr<task_metrics>> metrics_;
  std::shared_ptr<const job_graph> graph_;
  caf::actor coordinator_;
  bool keeps_state_ = false;
  bool finished_before_ = false;
  int64_t started_us_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  status outcome_;
  epoch_figures epochs_;
  int64_t stopped_us_ = 0;
  bool stopped_ = true; // until it is started
};

struct system_config : caf::actor_system_config {
  explicit system_config(uint32_t workers) {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", static_cast<size_t>(workers));
  }
};

class caf_engine final : public engine {
 public:
  caf_engine(const engine_options& options, const clock_source& clock, std::unique_ptr<reactor> events)
      : config_(options.workers ? options.workers : std::max(1u, std::thread::hardware_concurrency())),
        budget_(options.memory_limit_bytes ? options.memory_limit_bytes : memory_budget::unlimited), clock_(clock),
        events_(std::move(events)) {
    system_.emplace(config_);
  }

  ~caf_engine() override {
    system_->await_all_actors_done();
    const void* system = &*system_;
    system_.reset();
    take_over(system); // from the threads of detached actors, which are waited for, but not joined
  }

  result<std::unique_ptr<job>> start(job_graph graph, const job_options& options) override {
    auto setup = std::make_shared<job_setup>();
    setup->events = events_.get();
    setup->name = graph.name;
    setup->clock = &clock_;
    setup->budget = &budget_;
    setup->warn = options.warn;
    setup->epoch_interval_us = options.epoch_interval_us;
    auto handle = std::make_unique<job_handle>(*system_, clock_, budget_);
    if (!options.state_dir.empty() && options.epoch_interval_us > 0) {
      epoch_store_options store;
      store.directory = options.state_dir;
      store.quota_bytes = options.state_quota_bytes;
      store.job = graph.fingerprint;
      store.fresh = options.fresh;
      auto opened = epoch_store::open(files_, clock_, store);
      if (!opened.ok()) return opened.error();
      setup->store = std::move(*opened);
      store.fresh = false;
      setup->open_store_again = [this, store] { return epoch_store::open(files_, clock_, store); };
      setup->keeps_state = true;
      setup->last_epoch = setup->store->last_epoch();
      if (setup->store->finished()) {
        if (auto s = settle_sinks(graph, *setup->store); !s.ok()) return s;
        handle->adopt_finished();
        return std::unique_ptr<job>(std::move(handle));
      }
    }
    task_environment around{events_.get(), &clock_, &budget_, setup->store.get()};
    auto built = build_tasks(std::move(graph), options, around);
    if (!built.ok()) return built.error();
    handle->adopt(std::move(*built), std::move(setup));
    return std::unique_ptr<job>(std::move(handle));
  }

  void clock_moved() override { events_->clock_moved(); }

 private:
  system_config config_;
  local_files files_;
  memory_budget budget_;
  const clock_source& clock_;
  std::unique_ptr<reactor> events_;
  std::optional<caf::actor_system> system_; // last: its actors use all of the above
};

} // namespace

result<std::unique_ptr<engine>> engine::make(const engine_options& options) {
  const clock_source& clock = options.clock ? *options.clock : machine_clock();
  auto events = reactor::make(clock);
  if (!events.ok()) return events.error();
  return std::unique_ptr<engine>(std::make_unique<caf_engine>(options, clock, std::move(*events)));
}

} // namespace levada
