// Sources and sinks. Each runs on a thread of its own (it may block for the disk, never for the network) and is driven
// by readiness: it is polled, and when it has nothing it says what to wait for. An idle source costs nothing.
//
// Durability contract: position() taken between two polls describes exactly the rows handed out so far. The engine
// commits it with their effects; then, and only then, committed() is called and the source may acknowledge to its peer.
// Without epochs (no state kept) committed() is called after the rows entered the pipeline.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"
#include "runtime/batch.hpp"
#include "runtime/formats/format.hpp"
#include "runtime/options.hpp"

namespace levada {

class clock_source;
class registry;

// What to wait for before the next poll: a descriptor, a time, or both. Neither: only a credit or a commit wakes it.
struct readiness {
  int descriptor = -1;
  short events = 0;         // poll(2) bits
  int64_t deadline_us = -1; // monotonic; < 0: none
};

struct column_spec {
  field column;
  // METADATA columns: the connector's key; empty: physical.
  std::string metadata_key;
};

struct table_spec {
  std::string name;                  // as in SQL, for messages
  std::vector<column_spec> columns;  // physical and metadata columns, in order of declaration
  std::vector<uint32_t> primary_key; // indices into columns
  table_options* options = nullptr;  // WITH; connector and format read theirs and mark them used
  const registry* formats = nullptr;
  const clock_source* clock = nullptr;
  const time_zone* session_zone = nullptr;
};

enum class poll_state : uint8_t {
  more,     // poll again at once
  idle,     // nothing now: wait()
  finished, // bounded input has ended
};

enum class epoch_need : uint8_t {
  none,        // the next row brings one
  at_interval, // the position has changed without a row
  at_once,     // unacknowledged input is piling up at the peer's limit
};

struct source_counters {
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t malformed = 0;   // skipped records
  uint64_t bytes_total = 0; // of a bounded input, 0 unknown: for the progress line
};

class source {
 public:
  virtual ~source() = default;
  // `position` as given by position() before, or empty for a fresh start.
  virtual status open(std::string_view position) = 0;
  // Appends rows (columns parallel to source_spec::needed) up to into.rows_max; returns early when the input is drained.
  virtual result<poll_state> poll(decode_target& into) = 0;
  virtual readiness wait() { return {}; }
  virtual std::string position() = 0;
  virtual void committed(std::string_view /*position*/) {}
  // What the peer is owed that no row brings about.
  virtual epoch_need wants_epoch() { return epoch_need::none; }
  // Called instead of poll() while back-pressure keeps rows from being taken: keeps the connection alive, and takes in
  // no more than a bounded buffer holds. Called again when what it returns is due.
  virtual result<readiness> hold() { return readiness{}; }
  virtual const source_counters& counters() const = 0;
  virtual void close() {}
};

struct source_spec {
  table_spec table;
  std::vector<uint32_t> needed; // ascending indices into table.columns
  uint32_t batch_rows = batch_rows_default;
};

enum class delivery : uint8_t { none, at_least_once, exactly_once };

class sink {
 public:
  virtual ~sink() = default;
  // `position` of the last committed epoch, or empty: what lies beyond it is undone (exactly-once).
  virtual status open(std::string_view position) = 0;
  // Takes the rows or fails for good. errc::would_block: nothing taken, wait() and call again with the same batch.
  virtual status write(const batch& rows) = 0;
  // Before an epoch commits: everything written is durable at the target as the guarantee says. errc::would_block: not
  // yet, wait() and call again.
  virtual status flush() { return {}; }
  virtual std::string position() { return {}; }
  virtual void committed(std::string_view /*position*/) {}
  virtual readiness wait() { return {}; }
  // Called when wait() is due although there is nothing to write (keep alive).
  virtual status service() { return {}; }
  // End of a bounded job: finish files, say goodbye.
  virtual status close() { return {}; }
};

struct sink_spec {
  table_spec table;
  delivery guarantee = delivery::at_least_once;
  bool updating = false; // input carries -U/+U/-D
};

struct connector_definition {
  std::string name; // "filesystem"
  std::string summary;
  std::vector<option_definition> options;
  std::vector<std::pair<std::string, data_type>> metadata; // readable METADATA keys
  bool accepts_updates = false;                            // sink takes -U/+U/-D
  bool exactly_once = false;                               // sink supports it
  bool needs_update_before = true;                         // sink wants -U in front of +U
  bool fields_by_name = false;                             // as format_definition's, of a source without 'format'
  std::function<bool(table_options&)> bounded;             // will a source with these options end? null: never
  std::function<result<std::unique_ptr<source>>(const source_spec&)> make_source; // null: cannot read
  std::function<result<std::unique_ptr<sink>>(const sink_spec&)> make_sink;       // null: cannot write
};

} // namespace levada
