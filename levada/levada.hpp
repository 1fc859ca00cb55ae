// levada as a library: load SQL, push rows in, receive rows, register operators of your own.
//
//   levada::runtime engine;
//   engine.load("CREATE TABLE reading (sensor STRING, c DOUBLE) WITH ('connector' = 'push');"
//               "CREATE TABLE hot (sensor STRING, c DOUBLE) WITH ('connector' = 'callback');"
//               "INSERT INTO hot SELECT * FROM reading WHERE c > 50;");
//   engine.on_rows("hot", [](const levada::row_event& r) { ... });
//   engine.start();
//   engine.push("reading", {"boiler", 63.5});
//   engine.finish();
//
// Errors: every call that can fail returns levada::error; false in a condition means success. No exceptions are thrown,
// none may leave a callback. Threads: one thread configures and starts; push() and finish() may be called from any
// thread afterwards; callbacks run on the engine's threads, one at a time per table.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#if defined(__GNUC__)
#define LEVADA_API __attribute__((visibility("default")))
#else
#define LEVADA_API
#endif

namespace levada {
inline namespace v0 {

// Numbers as in docs/errors.md; 0 is success.
struct error {
  uint16_t code = 0;
  std::string message;
  explicit operator bool() const { return code != 0; }
};

// TIMESTAMP and TIMESTAMP_LTZ, microseconds since 1970-01-01.
struct timestamp_value {
  int64_t us = 0;
  friend bool operator==(const timestamp_value&, const timestamp_value&) = default;
};
struct null_value {
  friend bool operator==(const null_value&, const null_value&) { return true; }
};

// One SQL value. Integers of every width are int64_t, FLOAT and DOUBLE are double; DATE is days since 1970-01-01 and
// TIME milliseconds of the day, both as int64_t; DECIMAL, ARRAY, MAP and ROW are given and taken as text.
class value : public std::variant<null_value, bool, int64_t, double, std::string, timestamp_value> {
 public:
  using base = std::variant<null_value, bool, int64_t, double, std::string, timestamp_value>;
  value() = default;
  value(std::nullptr_t) {}
  value(bool v) : base(v) {}
  value(int v) : base(int64_t{v}) {}
  value(int64_t v) : base(v) {}
  value(double v) : base(v) {}
  value(const char* v) : base(std::string(v)) {}
  value(std::string v) : base(std::move(v)) {}
  value(std::string_view v) : base(std::string(v)) {}
  value(timestamp_value v) : base(v) {}

  bool is_null() const { return index() == 0; }
  // REQUIRES that kind of value, except as_double, which also takes an integer.
  bool as_bool() const { return std::get<bool>(*this); }
  int64_t as_int() const { return std::get<int64_t>(*this); }
  double as_double() const {
    if (auto* i = std::get_if<int64_t>(this)) return static_cast<double>(*i);
    return std::get<double>(*this);
  }
  const std::string& as_string() const { return std::get<std::string>(*this); }
  int64_t as_timestamp_us() const { return std::get<timestamp_value>(*this).us; }
};
using row = std::vector<value>;

enum class change : uint8_t { insert, update_before, update_after, erase };

struct row_event {
  change kind = change::insert;
  row values;
};

// What an operator of yours may do while it handles a row or a timer. State and timers belong to the current key (the
// PARTITION BY columns of the call), are part of every epoch and survive a kill.
class operator_call {
 public:
  virtual ~operator_call() = default;
  virtual const row& key() const = 0;
  virtual std::optional<value> get(std::string_view name) const = 0;
  virtual void put(std::string_view name, value v) = 0;
  virtual void erase(std::string_view name) = 0;
  // on_timer is called for this key once event time reaches `time_ms`. Setting the same time twice is one timer.
  virtual void set_timer(int64_t time_ms) = 0;
  virtual void clear_timer(int64_t time_ms) = 0;
  // Event time so far, milliseconds; INT64_MIN before the first watermark.
  virtual int64_t watermark_ms() const = 0;
  virtual void emit(row out) = 0;
  // Ends the job with this message.
  virtual void fail(std::string message) = 0;
};

struct operator_info {
  std::map<std::string, std::string> options; // named arguments of the call
  std::vector<std::string> columns;           // of the input
  uint32_t instance = 0;
  uint32_t parallelism = 1;
};

// An operator of your own. One object runs on one thread at a time; there is one for each parallel instance.
class user_operator {
 public:
  virtual ~user_operator() = default;
  virtual error open(const operator_info&) { return {}; }
  virtual void process(const row& in, operator_call& call) = 0;
  virtual void on_timer(int64_t /*time_ms*/, operator_call&) {}
  // Event time of the whole stream advanced. key() is empty here and there is no keyed state.
  virtual void on_watermark(int64_t /*watermark_ms*/, operator_call&) {}
  // State beyond the keyed one: bytes of your own, per instance, written with every epoch and given back after a start
  // from state. Empty: nothing to keep.
  virtual std::string snapshot() { return {}; }
  virtual error restore(std::string_view) { return {}; }
};

struct column_definition {
  std::string name;
  std::string type; // as in CREATE TABLE: "DOUBLE", "ROW<a INT>"
};

struct runtime_options {
  std::string state_dir;                       // with execution.checkpointing.interval set: state survives
  bool fresh = false;                          // forget what state_dir holds
  std::map<std::string, std::string> settings; // SET 'key' = 'value' before the script
  // CURRENT_TIMESTAMP and processing-time timers follow advance_clock() instead of the machine.
  bool virtual_clock = false;
  int64_t virtual_start_us = 0;
  uint32_t push_queue_rows = 4096; // rows a push table holds before push() waits
  // What people should know while the pipeline runs: the state fills up, the disk is full. From an engine's thread.
  std::function<void(std::string_view text)> on_warning;
};

// A pipeline put together in C++; each step is SQL on the one before, so the plan is the one SQL gives.
class LEVADA_API stream {
 public:
  stream filter(std::string_view condition) const;   // "c > 50"
  stream select(std::string_view expressions) const; // "sensor, c * 1.8 + 32 AS f"
  stream apply(std::string_view user_operator_name, const std::vector<std::string>& key_columns,
               const std::map<std::string, std::string>& options = {}) const;
  // The query as SQL text.
  const std::string& sql() const { return sql_; }

 private:
  friend class runtime;
  explicit stream(std::string sql) : sql_(std::move(sql)) {}
  std::string sql_;
};

class LEVADA_API runtime {
 public:
  explicit runtime(runtime_options options = {});
  ~runtime(); // cancels what still runs
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  // Before load(): the name becomes a table function, FROM name(TABLE t PARTITION BY k, 'option' => 'value').
  error add_operator(std::string name, const std::vector<column_definition>& output,
                     std::function<std::unique_ptr<user_operator>()> make);

  // Statements as in a .sql file; may be called more than once before start().
  error load(std::string_view sql);
  stream from(std::string_view table) const;
  // INSERT INTO table <the stream's query>.
  error insert_into(std::string_view table, const stream& query);
  // Rows of a table WITH ('connector' = 'callback').
  error on_rows(std::string_view table, std::function<void(const row_event&)> callback);

  error start();
  // Into a table WITH ('connector' = 'push'). Waits while the pipeline is behind (back-pressure).
  error push(std::string_view table, const row& values);
  // False at once instead of waiting.
  bool try_push(std::string_view table, const row& values);
  void advance_clock(int64_t us);

  // Ends the input of all push tables and waits until everything has come out.
  error finish();
  // Stops reading, keeps state, waits. Without state: lets all windows fire.
  error drain();
  error wait();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace v0
} // namespace levada
