#include <cstdio>
#include <cstdlib>

#include <sysexits.h>

#include <CLI/CLI.hpp>

#include "levada/commands.hpp"
#include "platform/heap.hpp"
#include "platform/signals.hpp"

namespace {

constexpr size_t kept_bytes_max = 4 << 20;

void add_script_options(CLI::App& command, levada::script_files& files) {
  command.add_option("pipeline", files.pipeline, "the .sql file; '-' reads standard input")->required();
  command.add_option("-i,--init", files.init, "a .sql file to read first: the tables of this environment; repeatable")
      ->type_name("FILE");
  command.add_option("--set", files.settings, "a setting, as SET in front of the script; repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command.add_option("-D,--define", files.variables, "a value for ${NAME} in table options; repeatable")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
}

} // namespace

int main(int argc, char** argv) {
  levada::exit_on_abort(EX_SOFTWARE);
  levada::keep_freed_memory(kept_bytes_max);
  CLI::App app("levada: streaming SQL for edge gateways", "levada");
  app.require_subcommand(0, 1);
  app.footer("Start with:\n"
             "  levada demo                                  simulated sensors, a sample pipeline, no broker\n"
             "  levada run -i tables.sql pipeline.sql        run until the input ends or Ctrl-C\n"
             "  levada run --state /var/lib/gw pipeline.sql  and go on after a crash where it stopped\n"
             "Exit codes follow sysexits.h: 0 ok, 64 usage, 65 bad data, 66 no such input, 69 peer unreachable,\n"
             "70 internal error, 74 disk, 75 memory ceiling, 77 not permitted, 78 bad SQL or configuration.");

  levada::run_request run;
  auto* run_app = app.add_subcommand("run", "run a pipeline in the foreground; Ctrl-C drains, a second one cancels");
  add_script_options(*run_app, run.files);
  run_app->add_option("--state", run.state_dir, "keep state here (needs execution.checkpointing.interval)")
      ->type_name("DIR");
  run_app->add_flag("--fresh", run.fresh, "forget what the state directory holds");
  run_app->add_flag("-q,--quiet", run.quiet, "no progress and no figures on standard error");
  run_app->footer("Rows of print tables and of a bare SELECT go to standard output, all else to standard error.\n"
                  "SIGUSR1 prints the figures of every operator; SIGTERM drains like Ctrl-C.");

  int64_t demo_rows = -1;
  bool demo_quiet = false;
  auto* demo_app = app.add_subcommand("demo", "simulated sensors through a sample pipeline; no broker, no network");
  demo_app->add_option("--rows", demo_rows, "stop after this many readings (not on a terminal: 5000)");
  demo_app->add_flag("-q,--quiet", demo_quiet, "no progress and no figures on standard error");

  levada::script_files check;
  auto* check_app = app.add_subcommand("check", "say everything that is wrong with a pipeline, without running it");
  add_script_options(*check_app, check);

  levada::script_files explain;
  auto* explain_app = app.add_subcommand("explain", "show the plan: operators, exchanges, parallelism, changelog");
  add_script_options(*explain_app, explain);

  std::string connector;
  auto* connectors_app = app.add_subcommand("connectors", "list connectors and formats, or the options of one");
  connectors_app->add_option("name", connector, "a connector or format");
  auto* version_app = app.add_subcommand("version", "the version and what it was built with");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : EX_USAGE;
  }
  if (*run_app) return levada::run_command(run);
  if (*demo_app) return levada::demo_command(demo_rows, demo_quiet);
  if (*check_app) return levada::check_command(check);
  if (*explain_app) return levada::explain_command(explain);
  if (*connectors_app) return levada::connectors_command(connector);
  if (*version_app) return levada::version_command();
  std::fputs(app.help().c_str(), stderr);
  return EX_USAGE;
}
