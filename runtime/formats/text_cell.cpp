#include "runtime/formats/text_cell.hpp"

#include <charconv>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/match.h"

namespace levada {

namespace {

template <class T>
bool append_integer(column& into, std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return false;
  }
  T value;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  into.push(value);
  return true;
}

template <class T>
bool append_floating(column& into, std::string_view text) {
  bool negative = !text.empty() && text.front() == '-';
  std::string_view digits = text;
  if (!digits.empty() && (digits.front() == '-' || digits.front() == '+')) digits.remove_prefix(1);
  T value;
  if (digits == "NaN") {
    value = std::numeric_limits<T>::quiet_NaN();
  } else if (digits == "Infinity") {
    value = negative ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
  } else {
    // Words such as "inf" and "nan", which from_chars knows, are no numbers in Java.
    if (digits.empty() || !(absl::ascii_isdigit(static_cast<unsigned char>(digits.front())) || digits.front() == '.')) {
      return false;
    }
    char suffix = digits.back();
    if (suffix == 'd' || suffix == 'D' || suffix == 'f' || suffix == 'F') digits.remove_suffix(1);
    auto [end, error] = absl::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) return false;
    if (negative) value = -value;
  }
  into.push(value);
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

bool has_text_form(const data_type& type) {
  return !type.is_nested() && !type.is_interval() && !type.is_bytes() && type.kind() != type_kind::null;
}

bool append_decimal_cell(column& into, std::string_view text) {
  bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  int64_t shift = into.type().scale(); // value * 10^scale = digits * 10^shift
  if (size_t at = text.find_first_of("eE"); at != std::string_view::npos) {
    std::string_view tail = text.substr(at + 1);
    if (tail.size() > 1 && tail.front() == '+' && tail[1] != '-') tail.remove_prefix(1);
    int32_t exponent;
    auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), exponent);
    if (error != std::errc{} || end != tail.data() + tail.size()) return false;
    shift += exponent;
    text = text.substr(0, at);
  }
  size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() && fraction.empty()) return false;
  shift -= static_cast<int64_t>(fraction.size());
  auto digit_at = [&](size_t i) { return i < whole.size() ? whole[i] : fraction[i - whole.size()]; };
  size_t count = whole.size() + fraction.size();
  size_t first = count; // the first digit that is not zero
  for (size_t i = count; i-- > 0;) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit_at(i)))) return false;
    if (digit_at(i) != '0') first = i;
  }
  auto significant = static_cast<int64_t>(count - first);
  int64_t kept = significant + shift; // digits of the unscaled value, before rounding
  if (significant > 0 && kept > decimal_precision_max) return into.push_null(), true;
  int128 value = 0;
  for (int64_t i = 0; i < kept; ++i) {
    value = value * 10 + (i < significant ? digit_at(first + static_cast<size_t>(i)) - '0' : 0);
  }
  if (kept >= 0 && kept < significant && digit_at(first + static_cast<size_t>(kept)) >= '5') value += 1;
  int128 limit = 1;
  for (int i = 0; i < into.type().precision(); ++i) limit *= 10;
  if (value >= limit) return into.push_null(), true;
  into.push(negative ? -value : value);
  return true;
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
  case type_kind::float32: return append_floating<float>(into, text);
  case type_kind::float64: return append_floating<double>(into, text);
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
