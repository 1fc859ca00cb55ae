// SenML packs (RFC 8428) into resolved records: base values added, times absolute. Also the forms before the RFC, as
// devices still send them: an object with the records in "e", values as strings, optionally behind "MILLIS,".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"

namespace levada {

enum class senml_dialect : uint8_t {
  any,     // by the first byte: '[' is RFC 8428, all else a draft
  rfc8428, // [{"bn":..,"n":..,"v":1.5},..]; times are seconds, relative to now when below 2^28
  draft, // {"bn":..,"bt":..,"e":[{"n":..,"v":"1.5"},{"n":..,"sv":"text"},..]}; a time of 10^11 or more is milliseconds
};

struct senml_record {
  // What it views lives until the next parse (or as long as the text).
  std::string_view base_name;
  std::string_view name; // without the base name
  std::string_view unit;
  // Its text, not yet known to be a number; empty: no value. `base_value` is not added yet.
  std::string_view number;
  std::string_view text;
  std::string_view data; // base64url
  double base_value = 0;
  std::string_view sum; // as number
  double base_sum = 0;
  int64_t time_us = 0; // since 1970, UTC
  double update_seconds = 0;
  bool boolean = false;
  bool has_text = false;
  bool has_boolean = false;
  bool has_data = false;
  bool has_update = false;
  // Whether text (and names, units) are parts of the text given to parse(), not unescaped copies.
  bool text_in_place = true;
};

class senml_parser {
 public:
  explicit senml_parser(senml_dialect dialect);
  ~senml_parser();
  senml_parser(const senml_parser&) = delete;
  senml_parser& operator=(const senml_parser&) = delete;

  // One pack; `text` is followed by chunk_padding readable bytes. False: reason() says what is wrong.
  bool parse(std::string_view text, int64_t now_us);
  const std::vector<senml_record>& records() const { return records_; }
  const std::string& reason() const { return reason_; }

 private:
  struct reader; // simdjson's part
  std::unique_ptr<reader> reader_;
  senml_dialect dialect_;
  std::vector<senml_record> records_;
  std::string reason_;
};

} // namespace levada
