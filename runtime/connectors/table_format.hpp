// What every connector with a 'format' does: find the format, tell it which physical columns are wanted, and keep the
// METADATA columns, which the connector fills itself, apart from them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/connector.hpp"

namespace levada {

// A source's decoder and where its columns go. One decode() call takes one chunk; the rows it appends share their
// metadata (they come from one file or one message).
class table_decoder {
 public:
  // `messages` as in format_spec.
  static result<table_decoder> make(const source_spec& spec, bool messages = false);

  // As decoder::decode; the metadata columns of `into` are left as they were: fill them by append_metadata before the
  // next call. On a malformed record the rows before it are in `into`.
  result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into);

  struct metadata_column {
    uint32_t target = 0; // in decode_target::columns
    std::string key;
  };
  // What is wanted of the connector's METADATA keys.
  const std::vector<metadata_column>& metadata() const { return metadata_; }

 private:
  std::unique_ptr<decoder> decoder_;
  std::vector<uint32_t> physical_; // decoder's column -> into.columns
  std::vector<metadata_column> metadata_;
  decode_target inner_; // only while decoding, and only when there is metadata
};

// A sink's encoder: over all columns of the table.
result<std::unique_ptr<encoder>> make_table_encoder(const table_spec& table);

// "byte N: reason" of a decoder becomes "WHERE: byte BASE+N: reason".
status malformed_at(const status& failure, std::string_view where, uint64_t base);

} // namespace levada
