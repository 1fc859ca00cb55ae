// The files of a command line as one planned script.
#pragma once

#include "levada/commands.hpp"
#include "runtime/sql/planner.hpp"

namespace levada {

// Print diagnostics to stderr; the planned script's ok() says whether to go on. Errors: a file cannot be read, or a
// --set or --define without '='.
result<planned_script> load_script(const script_files& files, const registry& plugins);
// The text itself, `name` standing for a file in diagnostics. `settings`: KEY=VALUE.
result<planned_script> load_text(std::string_view text, std::string name, const std::vector<std::string>& settings,
                                 const registry& plugins);

} // namespace levada
