// From a planned script to running jobs: settings become engine and job options, once, for the command line and for
// embedding programs alike.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "platform/clock.hpp"
#include "runtime/registry.hpp"
#include "runtime/sql/planner.hpp"

namespace levada {

struct host_options {
  std::string state_dir; // overrides execution.checkpointing.dir
  bool fresh = false;
  const clock_source* clock = nullptr;               // outlives the host; null: the machine's
  std::function<void(const std::string& text)> warn; // as job_options::warn
};

class job_host {
 public:
  // `plugins` outlives the host. errc::invalid_query when the script has nothing to run.
  static result<std::unique_ptr<job_host>> make(planned_script script, const registry& plugins,
                                                const host_options& options);
  ~job_host();

  status start();
  // Until all jobs have stopped; the first failure counts, and drains the others. REQUIRES start().
  status wait();
  bool wait_for(int64_t us);
  void drain();
  void cancel();
  // True when state was found of a run that had read its bounded input to the end.
  bool was_finished() const;
  std::vector<std::pair<std::string, job_figures>> figures() const; // by job name
  // A step of a manual clock happened.
  void clock_moved();

 private:
  explicit job_host(planned_script script) : script_(std::move(script)) {}

  const clock_source* clock_ = nullptr;
  planned_script script_;
  std::vector<job_options> options_; // by job
  std::unique_ptr<engine> engine_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<job>> jobs_;
};

} // namespace levada
