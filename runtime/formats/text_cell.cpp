#include "runtime/formats/text_cell.hpp"

#include <limits>

#include "absl/strings/match.h"

#include "runtime/functions/decimal.hpp"
#include "runtime/number_text.hpp"

namespace levada {

namespace {

template <class T>
bool append_integer(column& into, std::string_view text) {
  auto value = parse_integer(text);
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) return false;
  into.push(static_cast<T>(*value));
  return true;
}

template <class T>
bool append_parsed(column& into, std::optional<T> value) {
  if (!value) return false;
  into.push(*value);
  return true;
}

bool append_date(column& into, std::string_view text) {
  int32_t days;
  if (!parse_date_text(text, days)) return false;
  into.push(days);
  return true;
}

bool append_time(column& into, std::string_view text) {
  int32_t milliseconds;
  if (!parse_time_text(text, milliseconds)) return false;
  into.push(milliseconds);
  return true;
}

} // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

namespace {

constexpr size_t shared_chunk_bytes_min = 4096;

void adopt_chunk(column& into, const std::shared_ptr<const char[]>& owner, size_t bytes) {
  if (into.type().is_string()) into.strings().adopt(owner, bytes);
  for (auto& child : into.children()) adopt_chunk(child, owner, bytes);
}

} // namespace

bool share_chunk(const chunk& input, decode_target& into) {
  if (input.bytes.size() < shared_chunk_bytes_min) return false;
  // One chunk serves all columns: each counts its share.
  const size_t bytes = input.bytes.size() / std::max<size_t>(1, into.columns.size());
  for (column& c : into.columns) adopt_chunk(c, input.owner, bytes);
  return true;
}

bool has_text_form(const data_type& type) {
  return !type.is_nested() && !type.is_interval() && !type.is_bytes() && type.kind() != type_kind::null;
}

bool append_decimal_cell(column& into, std::string_view text) {
  int128 value;
  switch (parse_decimal(text, {into.type().precision(), into.type().scale()}, value)) {
  case decimal_parse::ok: into.push(value); return true;
  case decimal_parse::overflow: into.push_null(); return true;
  case decimal_parse::malformed: break;
  }
  return false;
}

bool append_text_cell(column& into, std::string_view text, timestamp_parser& timestamps) {
  if (into.type().is_string()) {
    into.push(string_ref{text});
    return true;
  }
  text = trimmed(text);
  switch (into.type().kind()) {
  case type_kind::boolean:
    into.push<uint8_t>(absl::EqualsIgnoreCase({text.data(), text.size()}, "true") ? 1 : 0);
    return true;
  case type_kind::tinyint: return append_integer<int8_t>(into, text);
  case type_kind::smallint: return append_integer<int16_t>(into, text);
  case type_kind::integer: return append_integer<int32_t>(into, text);
  case type_kind::bigint: return append_integer<int64_t>(into, text);
  case type_kind::float32: return append_parsed(into, parse_float(text));
  case type_kind::float64: return append_parsed(into, parse_double(text));
  case type_kind::decimal: return append_decimal_cell(into, text);
  case type_kind::date: return append_date(into, text);
  case type_kind::time: return append_time(into, text);
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: {
    int64_t microseconds;
    if (!timestamps.parse(text, into.type().kind() == type_kind::timestamp_ltz, microseconds)) return false;
    into.push(microseconds);
    return true;
  }
  default: return false;
  }
}

} // namespace levada
