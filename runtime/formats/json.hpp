// The two halves of the `json` format, and what they share.
#pragma once

#include "runtime/formats/format.hpp"
#include "runtime/formats/time_text.hpp"

namespace levada {

struct json_read_options {
  bool fail_on_missing_field = false;
  bool ignore_parse_errors = false; // a bad record is passed over, a bad field is NULL
  timestamp_style timestamps = timestamp_style::sql;
  bool messages = false; // each input is one message
};

enum class json_null_key : uint8_t { fail, drop, literal };

struct json_write_options {
  timestamp_style timestamps = timestamp_style::sql;
  bool plain_decimals = false; // 100.00, not 1E+2
  bool skip_nulls = false;
  json_null_key null_key = json_null_key::fail;
  std::string null_key_literal = "null";
};

// One document a line; a message may be one document that spreads over several. A document is an object, or an array of
// objects that are a row each. Only what is needed is looked at: of the rest a record, only the brackets count.
result<std::unique_ptr<decoder>> make_json_decoder(const std::vector<field>& needed, const json_read_options& options);
result<std::unique_ptr<encoder>> make_json_encoder(std::vector<field> fields, const json_write_options& options);

} // namespace levada
