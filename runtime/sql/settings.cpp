#include "runtime/sql/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime/quantity.hpp"
#include "runtime/spelling.hpp"
#include "runtime/sql/keywords.hpp"

namespace levada {

namespace {

using outcome = settings::outcome;

status refuse(std::string_view value, std::string_view wanted) {
  return {errc::invalid_option, "'" + std::string(value) + "' is not " + std::string(wanted)};
}

status assign(bool& to, std::string_view value) {
  const auto word = upper_case(value);
  if (word != "TRUE" && word != "FALSE") return refuse(value, "true or false");
  to = word == "TRUE";
  return {};
}

template <class Integer>
status assign_number(Integer& to, std::string_view value, Integer least) {
  Integer number{};
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size() || number < least)
    return refuse(value, "a whole number of at least " + std::to_string(least));
  to = number;
  return {};
}

status assign(std::chrono::milliseconds& to, std::string_view value) {
  const auto parsed = parse_duration_ms(value);
  if (!parsed) return refuse(value, "a duration; write '10 s', '5 min', '250 ms', '1 h' or '1 d'");
  to = std::chrono::milliseconds{*parsed};
  return {};
}

status assign_bytes(int64_t& to, std::string_view value) {
  const auto parsed = parse_memory_bytes(value);
  if (!parsed) return refuse(value, "a size; write '64 mb', '512 kb' or '1 gb'");
  to = *parsed;
  return {};
}

template <class Enum>
struct choice {
  std::string_view word;
  Enum meaning;
};

template <class Enum, size_t n>
status assign_choice(Enum& to, std::string_view value, const std::array<choice<Enum>, n>& choices) {
  std::string known;
  for (const auto& [word, meaning] : choices) {
    if (equal_ignoring_case(value, word)) {
      to = meaning;
      return {};
    }
    known += (known.empty() ? "one of " : ", ") + std::string(word);
  }
  return refuse(value, known);
}

// Expiry changes results, so it must not be taken and ignored.
status set_state_ttl(job_settings& job, std::string_view value) {
  if (auto s = assign(job.state_ttl, value); !s.ok() || job.state_ttl.count() == 0) return s;
  return {errc::unsupported, "state does not expire: leave the setting out, or bound the state by a window"};
}

status set_runtime_mode(job_settings& job, std::string_view value) {
  constexpr std::array<choice<bool>, 2> modes = {{{"STREAMING", false}, {"BATCH", true}}};
  return assign_choice(job.batch_mode, value, modes);
}

// 0 is levada's own: as many as there are cores.
status set_parallelism(job_settings& job, std::string_view value) {
  constexpr int32_t most = 128; // key groups
  auto done = assign_number<int32_t>(job.parallelism, value, 0);
  if (done.ok() && job.parallelism > most) return refuse(value, "at most 128, the number of key groups");
  return done;
}

status set_checkpoint_mode(job_settings&, std::string_view value) {
  bool ignored = false;
  constexpr std::array<choice<bool>, 2> modes = {{{"EXACTLY_ONCE", true}, {"EXACTLY-ONCE", true}}};
  return assign_choice(ignored, value, modes);
}

status set_checkpoint_dir(job_settings& job, std::string_view value) {
  constexpr std::string_view scheme = "file://";
  if (value.starts_with(scheme)) value.remove_prefix(scheme.size());
  else if (value.find("://") != std::string_view::npos) return refuse(value, "a directory of this machine");
  job.checkpoint_dir = value;
  return {};
}

status set_time_zone(job_settings& job, std::string_view value) {
  job.local_time_zone = value == "default" ? std::string_view{} : value;
  return {};
}

status set_not_null(job_settings& job, std::string_view value) {
  constexpr std::array<choice<not_null_enforcer>, 2> known = {
      {{"ERROR", not_null_enforcer::error}, {"DROP", not_null_enforcer::drop}}};
  return assign_choice(job.not_null, value, known);
}

status set_type_length(job_settings& job, std::string_view value) {
  constexpr std::array<choice<length_enforcer>, 3> known = {{{"IGNORE", length_enforcer::ignore},
                                                             {"TRIM_PAD", length_enforcer::trim_pad},
                                                             {"ERROR", length_enforcer::error}}};
  return assign_choice(job.type_length, value, known);
}

status set_legacy_cast(job_settings&, std::string_view value) {
  if (equal_ignoring_case(value, "DISABLED")) return {};
  return {errc::unsupported, "only 'disabled' is supported: a bad cast is an error, TRY_CAST gives NULL"};
}

status set_memory_limit(job_settings& job, std::string_view value) { return assign_bytes(job.memory_limit, value); }

status set_state_quota(job_settings& job, std::string_view value) {
  constexpr int64_t least = int64_t{16} << 20; // below, the reserve to drain with is most of it
  int64_t bytes = 0;
  if (auto s = assign_bytes(bytes, value); !s.ok()) return s;
  if (bytes < least) return {errc::value_out_of_range, "at least 16 mb"};
  job.state_quota = bytes;
  return {};
}

struct known_setting {
  std::string_view key;
  status (*apply)(job_settings&, std::string_view value);

  operator std::string_view() const { return key; } // compared by spelling
};

constexpr std::array<known_setting, 22> known_settings = {{
    {"batch.rows", [](job_settings& job, std::string_view v) { return assign_number(job.batch_rows_max, v, 1); }},
    {"execution.checkpointing.dir", set_checkpoint_dir},
    {"execution.checkpointing.interval",
     [](job_settings& job, std::string_view v) { return assign(job.checkpoint_interval, v); }},
    {"execution.checkpointing.mode", set_checkpoint_mode},
    {"execution.runtime-mode", set_runtime_mode},
    {"memory.limit", set_memory_limit},
    {"parallelism.default", set_parallelism},
    {"pipeline.auto-watermark-interval",
     [](job_settings& job, std::string_view v) { return assign(job.auto_watermark_interval, v); }},
    {"pipeline.name", [](job_settings& job, std::string_view v) { return job.pipeline_name = v, status{}; }},
    {"pipeline.operator-chaining",
     [](job_settings& job, std::string_view v) { return assign(job.operator_chaining, v); }},
    {"pipeline.operator-chaining.enabled",
     [](job_settings& job, std::string_view v) { return assign(job.operator_chaining, v); }},
    {"state.checkpoints.dir", set_checkpoint_dir},
    {"state.quota", set_state_quota},
    {"table.exec.legacy-cast-behaviour", set_legacy_cast},
    {"table.exec.mini-batch.allow-latency",
     [](job_settings& job, std::string_view v) { return assign(job.mini_batch_latency, v); }},
    {"table.exec.mini-batch.enabled", [](job_settings& job, std::string_view v) { return assign(job.mini_batch, v); }},
    {"table.exec.mini-batch.size",
     [](job_settings& job, std::string_view v) { return assign_number<int64_t>(job.mini_batch_size, v, -1); }},
    {"table.exec.sink.not-null-enforcer", set_not_null},
    {"table.exec.sink.type-length-enforcer", set_type_length},
    {"table.exec.source.idle-timeout",
     [](job_settings& job, std::string_view v) { return assign(job.source_idle_timeout, v); }},
    {"table.exec.state.ttl", set_state_ttl},
    {"table.local-time-zone", set_time_zone},
}};

// Flink's own key space: a file written for a cluster may hold any of these.
constexpr std::array<std::string_view, 27> flink_prefixes = {"akka.",
                                                             "blob.",
                                                             "classloader.",
                                                             "client.",
                                                             "cluster.",
                                                             "containerized.",
                                                             "env.",
                                                             "execution.",
                                                             "fs.",
                                                             "heartbeat.",
                                                             "high-availability",
                                                             "jobmanager.",
                                                             "kubernetes.",
                                                             "metrics.",
                                                             "parallelism.",
                                                             "pekko.",
                                                             "pipeline.",
                                                             "python.",
                                                             "resourcemanager.",
                                                             "rest.",
                                                             "restart-strategy",
                                                             "security.",
                                                             "sql-client.",
                                                             "state.",
                                                             "table.",
                                                             "taskmanager.",
                                                             "web."};

const known_setting* find_setting(std::string_view key) {
  const auto found = std::find_if(known_settings.begin(), known_settings.end(),
                                  [&](const known_setting& known) { return known.key == key; });
  return found == known_settings.end() ? nullptr : &*found;
}

bool is_flink_key(std::string_view key) {
  const auto begins = [&](std::string_view prefix) { return key.starts_with(prefix); };
  return std::any_of(flink_prefixes.begin(), flink_prefixes.end(), begins);
}

// REQUIRES !find_setting(key).
outcome unknown_key(std::string_view key) {
  outcome out;
  out.hint = spelling::suggestion(key, known_settings);
  if (out.hint.empty() && is_flink_key(key)) {
    out.warning = "the setting '" + std::string(key) + "' means nothing here and is ignored";
    return out;
  }
  out.error = {errc::invalid_option, "unknown setting '" + std::string(key) + "'"};
  if (out.hint.empty())
    out.hint = "levada's settings are Flink's, for example 'parallelism.default', and 'memory.limit', 'state.quota'";
  return out;
}

void report(const outcome& what, source_span key, source_span value, diagnostics& found) {
  const auto where = what.at_value ? value : key;
  if (!what.error.ok()) found.error(what.error.code(), where, std::string(what.error.message()), what.hint);
  else if (!what.warning.empty()) found.warning(errc::invalid_option, key, what.warning, what.hint);
}

} // namespace

outcome settings::set(std::string_view key, std::string_view value) {
  const auto* known = find_setting(key);
  if (!known) return unknown_key(key);
  outcome out;
  auto changed = job_;
  out.error = known->apply(changed, value).at(key);
  out.at_value = true;
  if (!out.error.ok()) return out;
  job_ = std::move(changed);
  std::erase_if(values_, [&](const auto& each) { return each.first == key; });
  values_.emplace_back(key, value);
  return out;
}

outcome settings::reset(std::string_view key) {
  const auto* known = find_setting(key);
  if (!known) return unknown_key(key);
  std::erase_if(values_, [&](const auto& each) { return each.first == key; });
  job_ = {};
  for (const auto& [set_key, set_value] : values_) check(find_setting(set_key)->apply(job_, set_value).ok());
  return {};
}

void settings::reset_all() {
  values_.clear();
  job_ = {};
}

void settings::apply(const ast::set_option& statement, diagnostics& found) {
  if (!statement.key) return;
  report(set(statement.key->value, statement.value.value), statement.key->span, statement.value.span, found);
}

void settings::apply(const ast::reset_option& statement, diagnostics& found) {
  if (!statement.key) return reset_all();
  report(reset(statement.key->value), statement.key->span, statement.key->span, found);
}

} // namespace levada
