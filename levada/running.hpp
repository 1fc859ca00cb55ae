// A planned script in the foreground: signals, progress, figures, exit code.
#pragma once

#include "levada/job_host.hpp"

namespace levada {

// SIGINT and SIGTERM drain, a second one cancels; SIGUSR1 prints figures. Blocks those signals in the calling thread.
int run_until_stopped(planned_script script, const registry& plugins, const host_options& options, bool quiet);

} // namespace levada
