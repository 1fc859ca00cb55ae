#include <sysexits.h>

#include <cstdio>

#include "levada/commands.hpp"
#include "levada/demo_script.hpp"
#include "levada/running.hpp"
#include "levada/script_loader.hpp"
#include "platform/terminal.hpp"

namespace levada {

namespace {

constexpr int64_t rows_unattended = 5000;

} // namespace

int demo_command(int64_t rows, bool quiet) {
  bool attended = stdout_is_terminal();
  if (rows < 0 && !attended) rows = rows_unattended;
  std::string text = demo_tables_sql;
  if (rows >= 0) {
    // Nobody is there to press Ctrl-C: the sequence of readings ends by itself.
    const std::string endless = "'fields.n.end' = '1000000000'";
    auto at = text.find(endless);
    check(at != std::string::npos);
    text.replace(at, endless.size(), "'fields.n.end' = '" + std::to_string(rows > 0 ? rows - 1 : 0) + "'");
  }
  text += "\n;\n";
  text += demo_pipeline_sql;
  registry plugins = builtin_registry();
  auto script = load_text(text, "demo", {}, plugins);
  if (!script.ok()) return report(script.error());
  if (!script->ok()) return EX_SOFTWARE;
  if (attended && !quiet) {
    std::fputs("Eight simulated sensors, averages per minute of event time and alarms; Ctrl-C stops.\n", stderr);
  }
  return run_until_stopped(std::move(*script), plugins, {}, quiet);
}

} // namespace levada
