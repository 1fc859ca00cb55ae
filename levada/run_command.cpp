#include <sysexits.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>

#include "levada/commands.hpp"
#include "levada/figures.hpp"
#include "levada/job_host.hpp"
#include "levada/running.hpp"
#include "levada/script_loader.hpp"
#include "platform/signals.hpp"
#include "platform/terminal.hpp"

namespace levada {

namespace {

constexpr int64_t progress_interval_us = 500'000;

void print_stderr(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

// In one write: it comes from another thread than the progress line.
void print_warning(const std::string& text) { print_stderr("levada: warning: " + text + "\n"); }

} // namespace

int run_until_stopped(planned_script script, const registry& plugins, const host_options& options, bool quiet) {
  std::unique_ptr<job_host> host; // outlives the signals' thread
  std::atomic<job_host*> running{nullptr};
  std::atomic<int> interrupts{0};
  // Before the engine's first thread, so that all of them leave the signals to this one.
  auto signals = signal_watch::make([&](process_signal signal) {
    job_host* jobs = running;
    if (signal == process_signal::user1) {
      if (jobs) print_stderr(render_figures(jobs->figures()));
    } else if (!jobs) {
      signal_watch::die_of(signal);
    } else if (++interrupts == 1) {
      jobs->drain();
    } else {
      jobs->cancel();
    }
  });
  if (!signals.ok()) return report(signals.error());
  auto made = job_host::make(std::move(script), plugins, options);
  if (!made.ok()) return report(made.error());
  host = std::move(*made);
  if (auto s = host->start(); !s.ok()) return report(s);
  running = host.get();
  if (host->was_finished()) {
    print_stderr("levada: this job had read its input to the end; --fresh starts over\n");
    return EX_OK;
  }
  bool progress = !quiet && stderr_is_terminal() && !stdout_is_terminal();
  if (progress) {
    while (!host->wait_for(progress_interval_us)) {
      std::string line = render_progress(host->figures());
      if (!line.empty()) print_stderr("\r\033[K" + line);
    }
    print_stderr("\r\033[K");
  }
  auto outcome = host->wait();
  if (!quiet) print_stderr(render_figures(host->figures()));
  if (!outcome.ok() && outcome.code() == errc::cancelled && interrupts > 0) return 130;
  return outcome.ok() ? EX_OK : report(outcome);
}

int run_command(const run_request& request) {
  registry plugins = builtin_registry();
  auto script = load_script(request.files, plugins);
  if (!script.ok()) return report(script.error());
  if (!script->ok()) return EX_CONFIG;
  if (!request.state_dir.empty()) {
    for (const auto& j : script->jobs) {
      if (j.kind == job_kind::explain || j.settings.checkpoint_interval.count() > 0) continue;
      return report({errc::invalid_option,
                     "--state needs epochs: add SET 'execution.checkpointing.interval' = '1 s'; to the script or "
                     "--set execution.checkpointing.interval='1 s'"});
    }
  }
  for (const auto& j : script->jobs) {
    if (j.kind == job_kind::explain) std::fputs(j.text.c_str(), stdout);
  }
  // Rows are written past stdio.
  std::fflush(stdout);
  bool only_explains =
      std::all_of(script->jobs.begin(), script->jobs.end(), [](const auto& j) { return j.kind == job_kind::explain; });
  if (only_explains && !script->jobs.empty()) return EX_OK;
  host_options options;
  options.state_dir = request.state_dir;
  options.fresh = request.fresh;
  options.warn = print_warning;
  return run_until_stopped(std::move(*script), plugins, options, request.quiet);
}

} // namespace levada
