// Formats and connectors without SQL: a table from fields and options, rows as text.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "runtime/registry.hpp"

namespace levada::tests {

using texts = std::vector<std::string>;
using option_map = std::map<std::string, std::string>;

// "1, abc, null, [1, 2], {k=v}, (nested, row)"; bytes as they are, times as numbers.
std::string cell_text(const column& from, uint32_t row);
texts rows_text(const std::vector<column>& columns, uint32_t rows);

decode_target make_target(const std::vector<field>& fields, uint32_t rows_max = batch_rows_default);
batch make_batch(decode_target rows);
// Padded, as every chunk must be.
chunk make_chunk(std::string_view bytes);

// A format by itself.
struct format_rig {
  void (*add)(registry&);
  const char* name;
  const clock_source* clock = nullptr;

  // `needed` empty: all fields.
  result<std::unique_ptr<decoder>> make_decoder(const std::vector<field>& fields, option_map options = {},
                                                bool messages = false, std::vector<uint32_t> needed = {}) const;
  result<std::unique_ptr<encoder>> make_encoder(const std::vector<field>& fields, option_map options = {}) const;
  // The rows as text, or the error.
  std::string write(const std::vector<field>& fields, decode_target rows, option_map options = {}) const;
};

struct decoded {
  texts rows;
  uint64_t skipped = 0;
  size_t left = 0; // bytes not consumed
  status error;
};
// The whole input in one chunk.
decoded decode_all(decoder& with, const std::vector<field>& fields, std::string_view input);
// The input in chunks that end at `cut` and at its end, what is not consumed carried over.
decoded decode_cut(decoder& with, const std::vector<field>& fields, std::string_view input, size_t cut);

struct table_rig {
  registry formats;
  manual_clock clock{1'000'000'000};
  std::vector<column_spec> columns;
  table_options options;

  table_spec table() { return {"t", columns, {}, &options, &formats, &clock, nullptr}; }
  source_spec reading(std::vector<uint32_t> needed = {});
  sink_spec writing(delivery guarantee = delivery::at_least_once) { return {table(), guarantee, false}; }
  std::vector<field> fields() const;
};

struct polled {
  texts rows;
  poll_state last = poll_state::idle;
  status error;
};
// Polls until idle, finished or an error, or until `rows_max` rows.
polled poll_all(source& from, const source_spec& spec, uint32_t batch_rows = batch_rows_default,
                size_t rows_max = SIZE_MAX);

} // namespace levada::tests
