// What the command line does, apart from parsing it. Each returns an exit code (sysexits.h).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/status.hpp"

namespace levada {

// EX_USAGE, EX_DATAERR, EX_NOINPUT, ...: what a failure is to a shell or a service manager.
int exit_code_of(errc code);
// "levada: LV0301: ..." on stderr; returns the exit code.
int report(const status& failure);

struct script_files {
  std::vector<std::string> init;      // read first: tables and settings of this environment
  std::string pipeline;               // "-": standard input
  std::vector<std::string> settings;  // KEY=VALUE
  std::vector<std::string> variables; // NAME=VALUE for ${NAME} in option values
};

struct run_request {
  script_files files;
  std::string state_dir;
  bool fresh = false;
  bool quiet = false; // no figures on exit, no progress
};

int run_command(const run_request& request);
int demo_command(int64_t rows, bool quiet);
int check_command(const script_files& files);
int explain_command(const script_files& files);
int connectors_command(const std::string& name);
int version_command();

} // namespace levada
