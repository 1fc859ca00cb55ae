// What SET may say, and what it means to the engine. A key that looks like a misspelt known one is an error, a key
// of Flink's that means nothing here a warning, any other key an error: a setting never has no effect in silence.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/status.hpp"
#include "runtime/sql/ast.hpp"
#include "runtime/sql/diagnostic.hpp"

namespace levada {

enum class not_null_enforcer : uint8_t { error, drop };
enum class length_enforcer : uint8_t { ignore, trim_pad, error };

// The settings of one job. Durations of 0 mean off.
struct job_settings {
  using milliseconds = std::chrono::milliseconds;

  bool batch_mode = false;     // execution.runtime-mode
  int32_t parallelism = 0;     // parallelism.default; 0: as many as cores
  std::string pipeline_name;   // pipeline.name
  std::string local_time_zone; // table.local-time-zone; empty: the system's

  milliseconds checkpoint_interval{0}; // execution.checkpointing.interval
  std::string checkpoint_dir;          // execution.checkpointing.dir, a path; file:// is taken off

  bool mini_batch = false;            // table.exec.mini-batch.enabled
  milliseconds mini_batch_latency{0}; // table.exec.mini-batch.allow-latency
  int64_t mini_batch_size = -1;       // table.exec.mini-batch.size; -1: no bound

  milliseconds source_idle_timeout{0};     // table.exec.source.idle-timeout
  milliseconds auto_watermark_interval{0}; // pipeline.auto-watermark-interval; 0: a watermark per record
  milliseconds state_ttl{0};               // table.exec.state.ttl

  bool operator_chaining = true;                         // pipeline.operator-chaining.enabled
  not_null_enforcer not_null = not_null_enforcer::error; // table.exec.sink.not-null-enforcer
  length_enforcer type_length = length_enforcer::ignore; // table.exec.sink.type-length-enforcer

  int64_t memory_limit = 0;      // memory.limit in bytes, levada's own; 0: none
  int64_t state_quota = 1 << 30; // state.quota in bytes, levada's own: the most the state directory may hold
  int32_t batch_rows_max = 4096; // batch.rows, levada's own
};

// The keys set so far, and what they amount to.
class settings {
 public:
  // What became of one SET: neither error nor warning means it took effect.
  struct outcome {
    status error;        // the key or value was refused and nothing changed
    std::string warning; // accepted, without effect
    std::string hint;
    bool at_value = false; // the error is about the value, not the key
  };

  outcome set(std::string_view key, std::string_view value);
  // Forgets the key; an unknown one is an error. Without a key: forgets all.
  outcome reset(std::string_view key);
  void reset_all();

  // The same for statements, reporting at the key or the value.
  void apply(const ast::set_option& statement, diagnostics& found);
  void apply(const ast::reset_option& statement, diagnostics& found);

  const job_settings& job() const { return job_; }
  // In the order set, keys as canonical.
  const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }

 private:
  job_settings job_;
  std::vector<std::pair<std::string, std::string>> values_;
};

} // namespace levada
