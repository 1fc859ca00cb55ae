#include "levada/job_host.hpp"

namespace levada {

namespace {

constexpr int64_t forever_us = int64_t{3600} * 1000000;

uint64_t mini_batch_rows(const job_settings& settings) {
  return settings.mini_batch_size > 0 ? static_cast<uint64_t>(settings.mini_batch_size) : UINT64_MAX;
}

job_options options_of(const planned_job& planned, const registry& plugins, const host_options& host,
                       const clock_source& clock) {
  const job_settings& settings = planned.settings;
  job_options options;
  options.state_dir = host.state_dir.empty() ? settings.checkpoint_dir : host.state_dir;
  options.epoch_interval_us = settings.checkpoint_interval.count() * 1000;
  options.state_quota_bytes = static_cast<uint64_t>(settings.state_quota);
  options.fresh = host.fresh;
  options.warn = host.warn;
  options.batch_rows = static_cast<uint32_t>(settings.batch_rows_max);
  options.mini_batch = settings.mini_batch;
  options.mini_batch_latency_us = settings.mini_batch_latency.count() * 1000;
  options.mini_batch_rows = mini_batch_rows(settings);
  options.plugins = &plugins;
  options.eval.clock = &clock;
  options.eval.session_zone = planned.session_zone.get();
  return options;
}

} // namespace

result<std::unique_ptr<job_host>> job_host::make(planned_script script, const registry& plugins,
                                                 const host_options& options) {
  std::erase_if(script.jobs, [](const planned_job& j) { return j.kind == job_kind::explain; });
  if (script.jobs.empty()) {
    return status{errc::invalid_query, "nothing to run: the script has no INSERT INTO and no SELECT"};
  }
  auto host = std::unique_ptr<job_host>(new job_host(std::move(script)));
  host->clock_ = options.clock ? options.clock : &machine_clock();
  const auto& planned = host->script_.jobs;
  for (size_t i = 0; i < planned.size(); ++i) {
    auto each = options_of(planned[i], plugins, options, *host->clock_);
    // Every job has a state of its own.
    if (!each.state_dir.empty() && planned.size() > 1) each.state_dir += "/" + std::to_string(i + 1);
    host->options_.push_back(std::move(each));
    host->names_.push_back(planned[i].graph.name);
  }
  engine_options engine_wide;
  engine_wide.memory_limit_bytes = static_cast<uint64_t>(host->script_.settings.memory_limit);
  engine_wide.clock = options.clock;
  auto made = engine::make(engine_wide);
  if (!made.ok()) return made.error();
  host->engine_ = std::move(*made);
  return host;
}

job_host::~job_host() {
  jobs_.clear();
  engine_.reset();
}

status job_host::start() {
  for (size_t i = 0; i < script_.jobs.size(); ++i) {
    auto started = engine_->start(std::move(script_.jobs[i].graph), options_[i]);
    if (!started.ok()) return started.error();
    jobs_.push_back(std::move(*started));
  }
  return {};
}

status job_host::wait() {
  while (!wait_for(forever_us)) {}
  status first;
  for (auto& j : jobs_) {
    auto outcome = j->wait();
    if (first.ok()) first = outcome;
  }
  return first;
}

bool job_host::wait_for(int64_t us) {
  int64_t deadline = machine_clock().monotonic_us() + us;
  for (size_t i = 0; i < jobs_.size(); ++i) {
    int64_t left = deadline - machine_clock().monotonic_us();
    if (!jobs_[i]->wait_for(left > 0 ? left : 0)) return false;
    // One job failed: the others are not left running half a pipeline.
    if (!jobs_[i]->wait().ok()) drain();
  }
  return true;
}

void job_host::drain() {
  for (auto& j : jobs_) j->drain();
}

void job_host::cancel() {
  for (auto& j : jobs_) j->cancel();
}

bool job_host::was_finished() const {
  for (const auto& j : jobs_) {
    if (!j->was_finished()) return false;
  }
  return !jobs_.empty();
}

std::vector<std::pair<std::string, job_figures>> job_host::figures() const {
  std::vector<std::pair<std::string, job_figures>> all;
  for (size_t i = 0; i < jobs_.size(); ++i) all.emplace_back(names_[i], jobs_[i]->figures());
  return all;
}

void job_host::clock_moved() { engine_->clock_moved(); }

} // namespace levada
