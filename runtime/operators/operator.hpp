// What a stream operator is. Operators know nothing of actors or threads: a chain calls them one after another on one
// thread, under plain Catch2 as under the engine.
//
// Contract:
//   open      once, before anything else.
//   restore   once after open when the job goes on from a committed epoch.
//   process   one batch of one input. The batch carries watermarks (batch.hpp); `in.watermark_before` may be beyond the
//             last one seen (event time advanced between batches). With two inputs the chain has already replaced
//             each batch's watermarks by the minimum over the inputs. A batch with no rows is a pure watermark step.
//             An operator must pass on event time: whatever it emits last carries in.watermark_after (or what it holds
//             back). A batch with no rows and watermark_end is the end of bounded input.
//   snapshot  at a barrier: put the entries dirtied since the last snapshot into the delta. Must be quick: copying is
//             the only pause. Timers and watermarks belong to it.
//   wake      processing-time timers: next_wake_us() on the monotonic clock, or none.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/status.hpp"
#include "runtime/batch.hpp"
#include "runtime/expression/expression.hpp"
#include "storage/delta.hpp"

namespace levada {

class registry;

// Where an operator's batches go: the next operator of the chain, or the edges. `push` takes everything at once and
// never fails: back-pressure acts between batches, before the chain is called again.
class output {
 public:
  virtual ~output() = default;
  virtual void push(batch out) = 0;
};

// COUNT(*) has no argument. `filter` < 0: none.
struct aggregate_call {
  std::string name;           // "SUM"
  std::vector<uint32_t> args; // input columns
  int filter = -1;            // BOOLEAN input column
  bool distinct = false;
  data_type result;
};

// attached: the rows carry their window already (columns start_column and end_column).
enum class window_kind : uint8_t { tumble, hop, cumulate, session, attached };

// All in milliseconds. TUMBLE: size; HOP: size and slide; CUMULATE: size is the maximum and slide the step; SESSION:
// size is the gap and partition columns are the keys.
struct window_spec {
  window_kind kind = window_kind::tumble;
  uint32_t time_column = 0;  // all but attached
  uint32_t start_column = 0; // attached only; window_join: of both inputs via window and window_right
  uint32_t end_column = 0;
  int64_t size_ms = 0;
  int64_t slide_ms = 0;
  int64_t offset_ms = 0;
  bool local_zone = false; // time attribute is TIMESTAMP_LTZ: align to session-zone wall clock
};

// Everything the planner says about one operator: one descriptor for all kinds, so that no operator needs a logical
// and a physical twin.
//
//   filter            expressions[0]: the predicate
//   project           expressions: one an output column; branches: per branch a predicate, then as project
//   watermark         time_column, expressions[0]: the watermark expression; options "idle-timeout-ms", "interval-ms"
//   window_table      window; output: input columns, window_start, window_end, window_time
//   session_table     window, keys[0]: the partition; output: as window_table. in_time: window (attached)
//   window_aggregate  window, keys[0], aggregates; output: keys, aggregate results, window_start, window_end, window_time
//   group_aggregate   keys[0], aggregates, updating[0], emit_update_before; output: keys, aggregate results
//   window_join       window, window_right (attached), keys[0], keys[1], expressions[0] (optional) over left ++ right;
//                     output: left columns, right columns
//   enforce           NOT NULL and length constraints of a sink: the output schema; options "not-null" error|drop,
//                     "type-length" ignore|trim_pad|error, "table"
// Windows: window_start and window_end are TIMESTAMP(3) NOT NULL, window_time has the type of the time attribute.
struct operator_spec {
  std::string kind; // registry name: "filter", "project", "window_aggregate", ...
  std::string id;   // stable within the query: names its state
  std::vector<schema> inputs;
  schema output;
  std::vector<expression_ptr> expressions; // filter: one predicate; project: one an output column
  std::vector<std::vector<uint32_t>> keys; // per input: key columns (group keys, join keys, partition keys)
  std::vector<aggregate_call> aggregates;
  window_spec window;
  window_spec window_right;                   // window_join: the second input's attached columns
  int time_column = -1;                       // watermark assigner: column of the rowtime
  std::vector<bool> updating;                 // per input: may it carry -U/+U/-D?
  bool emit_update_before = true;             // does anything downstream need -U?
  std::map<std::string, std::string> options; // user-defined operators: their named arguments
};

struct operator_context {
  const operator_spec* spec = nullptr; // outlives the operator
  const registry* functions = nullptr; // aggregates are looked up here
  eval_context eval;
  uint32_t instance = 0;
  uint32_t parallelism = 1; // this instance owns the key groups with group * parallelism / key_groups == instance
  uint32_t batch_rows = batch_rows_default; // largest batch to emit
  bool keeps_state = false;                 // false: no epochs, dirty tracking may be skipped
  bool mini_batch = false;                  // emit updates only when flush() is called
};

// Counted by operators, read by metrics; plain members, written by the one thread that runs the chain.
struct operator_counters {
  uint64_t rows_in = 0;
  uint64_t rows_out = 0;
  uint64_t rows_late = 0;
  uint64_t state_entries = 0;
  uint64_t state_bytes = 0;
  int64_t watermark = watermark_none;
};

class stream_operator {
 public:
  virtual ~stream_operator() = default;

  virtual status open(const operator_context& context) = 0;
  virtual status process(batch in, uint32_t input, output& out) = 0;

  // At a barrier, after a flush. Stateless operators keep the default.
  virtual status snapshot(delta_writer& delta);
  // One entry of the committed state, in commit order: later ones replace earlier, a null value removes.
  virtual status restore(uint16_t key_group, std::string_view key, const std::string_view* value);
  // False: restore() gets the entries of this instance's key groups. True: of all groups, and the operator picks.
  virtual bool restores_all_groups() const { return false; }
  // After the last entry.
  virtual status restored() { return {}; }

  // Emit what mini-batching held back. Called when the input is drained long enough, and before barriers.
  virtual status flush(output&) { return {}; }

  // Processing time (monotonic, microseconds) at which wake() wants to be called; < 0: never.
  virtual int64_t next_wake_us() const { return -1; }
  virtual status wake(int64_t /*now_us*/, output&) { return {}; }

  // Watermark assigners only: the input has been silent for the idle time-out and must not hold event time back.
  virtual bool is_idle() const { return false; }

  const operator_counters& counters() const { return counters_; }

 protected:
  operator_counters counters_;
};

using operator_factory = std::function<std::unique_ptr<stream_operator>()>;

// The group of a key may not change between runs, parallelism may.
constexpr uint32_t key_groups = key_group_count;
constexpr uint32_t instance_of(uint32_t key_group, uint32_t parallelism) {
  return key_group * parallelism / key_groups;
}

} // namespace levada
