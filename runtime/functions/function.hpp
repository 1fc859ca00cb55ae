// What a SQL scalar function is: a name, and a bind step that picks a kernel for argument types.
//
// A function lives in one file runtime/functions/<name>.cpp (a family of close relatives may share one), exports
// functions::register_<name>(registry&) and is listed in runtime/CMakeLists.txt.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "platform/status.hpp"
#include "runtime/batch.hpp"

namespace levada {

class clock_source;
class time_zone;

// What an evaluation may ask of its surroundings. All pointers outlive the evaluation.
struct eval_context {
  const clock_source* clock = nullptr;     // wall clock of CURRENT_TIMESTAMP, PROCTIME()
  const time_zone* session_zone = nullptr; // table.local-time-zone; null is UTC
  const batch* input = nullptr;            // set by evaluate(): watermarks for CURRENT_WATERMARK
};

struct kernel_args {
  std::span<const column* const> args; // each as long as the batch, or constant
  row_set rows;                        // where to compute
  uint32_t physical_rows;              // size of `out`
  const eval_context& context;
};

// Computes out[row] for each of args.rows; sets nulls itself. `out` has the bound result type and physical_rows rows,
// all valid. May keep compiled state (a pattern) in its closure. One call a batch; never called concurrently on one
// `out`, but concurrently from several threads on the same kernel: it must be const in effect.
using kernel = std::function<status(const kernel_args& in, column& out)>;

struct bind_request {
  std::span<const data_type> types;        // of the arguments as written
  std::span<const column* const> literals; // per argument: its value when a literal, else null
  const eval_context& context;
};

struct binding {
  data_type result;
  std::vector<data_type> arguments; // what the binder casts each argument to before the call (same count)
  kernel run;
  bool deterministic = true;
};

struct function_definition {
  std::string name;      // upper case: "SPLIT_INDEX"; operators under their symbol: "+", "LIKE"
  std::string signature; // for messages and docs: "SPLIT_INDEX(string, delimiter, index)"
  std::string summary;   // one sentence
  // errc::type_mismatch or errc::invalid_argument with a text that says what is accepted.
  std::function<result<binding>(const bind_request&)> bind;
};

} // namespace levada
