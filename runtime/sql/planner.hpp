// SQL text in, jobs out: parse, bind, optimise, lay out as job graphs. Nothing is opened and nothing runs. Reports
// everything that is wrong with a script in one go: after a bad statement it goes on with the next.
// Threads: plan() may be called from any thread; the result is a value.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "runtime/job_graph.hpp"
#include "runtime/registry.hpp"
#include "runtime/sql/diagnostic.hpp"
#include "runtime/sql/explain.hpp"
#include "runtime/sql/settings.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

struct plan_options {
  const registry* plugins = nullptr;            // outlives the jobs
  const clock_source* clock = nullptr;          // outlives the jobs
  std::map<std::string, std::string> settings;  // as if SET in front of the script
  std::map<std::string, std::string> variables; // ${NAME} in option values
  // The sink of a bare SELECT. Null: a bare SELECT is an error.
  std::function<result<std::unique_ptr<sink>>(const sink_spec&)> make_collect;
};

enum class job_kind : uint8_t { insert, query, explain };

struct planned_job {
  job_kind kind = job_kind::insert;
  job_graph graph;
  job_settings settings; // as SET so far in the script
  std::shared_ptr<const time_zone> session_zone;
  schema output;         // query: of the rows; names as in SQL
  bool updating = false; // query: rows may be -U, +U, -D
  std::string text;      // explain
};

struct planned_script {
  source_text source;
  diagnostics found;     // errors: jobs is empty; else warnings
  job_settings settings; // at the end of the script
  std::vector<planned_job> jobs;

  bool ok() const { return !found.failed(); }
};

planned_script plan(source_text text, const plan_options& options);

} // namespace levada
