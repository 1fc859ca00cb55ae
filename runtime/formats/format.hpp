// Formats turn bytes into columns and back.
//
// A decoder appends rows to `columns`, one column for each requested field, never more than asked for: what the query
// does not read is skipped in the parse and never materialised. A decoder of a line format consumes whole records from
// a chunk; a message (one MQTT payload) is decoded with `end_of_input` true. Strings may point into the chunk: the
// caller hands over shared ownership of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"
#include "runtime/batch.hpp"
#include "runtime/options.hpp"

namespace levada {

class clock_source;
class time_zone;

// Where a decoder puts rows. `columns` are of equal length at every return.
struct decode_target {
  std::vector<column> columns; // parallel to format_spec::needed
  std::vector<row_kind> kinds; // changelog formats only, else empty
  uint32_t rows = 0;
  uint32_t rows_max = batch_rows_default; // stop after the record that reaches it
};

struct decode_result {
  size_t consumed = 0;  // bytes of whole records (and their separators) taken from the front
  uint64_t skipped = 0; // malformed records passed over (ignore-parse-errors)
};

// Readable bytes beyond the end of every chunk, required by the JSON parser.
constexpr size_t chunk_padding = 64;
constexpr size_t record_bytes_max = 16 * 1024 * 1024;

struct chunk {
  std::shared_ptr<const char[]> owner;
  std::string_view bytes; // inside owner, followed by chunk_padding readable bytes
};

class decoder {
 public:
  virtual ~decoder() = default;
  // Consumes records from the front of `input` until it is empty, only an incomplete record is left (and
  // !end_of_input), or the target is full. A malformed record that must not be skipped: errc::malformed_record with
  // "byte N: reason" (N within input); the rows before it are in the target.
  virtual result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into) = 0;
};

class encoder {
 public:
  virtual ~encoder() = default;
  // Appends the selected rows as records, each with its separator; row_ends (optional) receives out.size() after each.
  // errc::unsupported when a row's kind cannot be expressed.
  virtual status encode(const batch& rows, std::string& out, std::vector<size_t>* row_ends) = 0;
  // True: records are separated by the encoder (files, sockets just concatenate them).
  virtual bool self_delimiting() const { return true; }
};

struct format_spec {
  std::vector<field> fields;        // physical columns of the table, all of them, in order
  std::vector<uint32_t> needed;     // decoder: ascending indices of fields to produce; encoder: all
  table_options* options = nullptr; // reads "json.ignore-parse-errors" etc. through it; marks them used
  const time_zone* session_zone = nullptr;
  const clock_source* clock = nullptr; // for times relative to now; null: the machine's
  bool messages = false;               // each input is one message, decoded with end_of_input; else a stream of records
};

struct format_definition {
  std::string name; // "json"
  std::string summary;
  std::vector<option_definition> options;
  bool carries_changes = false; // records say whether a row was added or removed
  bool fields_by_name = false;  // the type of a ROW may lack fields that nobody reads: they are skipped
  std::function<result<std::unique_ptr<decoder>>(const format_spec&)> make_decoder; // null: cannot read
  std::function<result<std::unique_ptr<encoder>>(const format_spec&)> make_encoder; // null: cannot write
};

} // namespace levada
