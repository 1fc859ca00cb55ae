// Plans scripts as a program would: the built-in plug-ins, a virtual clock, and a connector `rows` that reads and
// writes nothing, so that only the plan matters.
#pragma once

#include <string>

#include "runtime/sql/planner.hpp"

namespace levada::testing {

class plan_rig {
 public:
  plan_rig();

  planned_script plan(std::string_view text);
  // EXPLAIN of the script's last job, or what is wrong with it.
  std::string explain(std::string_view text);
  // The rendered diagnostics; the file is called `q.sql`.
  std::string errors(std::string_view text);

  plan_options options;

 private:
  registry plugins_;
  manual_clock clock_{1'000'000'000};
};

} // namespace levada::testing
