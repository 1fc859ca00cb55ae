#include <limits>

#include "runtime/datetime.hpp"
#include "runtime/functions/cast_kernels.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/utf8.hpp"
#include "runtime/number_text.hpp"
#include "runtime/time_zone.hpp"
#include "runtime/value_text.hpp"

namespace levada {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<uint8_t>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<uint8_t>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// A decimal fraction is allowed and cut off, as in Flink.
template <class T>
std::optional<T> integer_from_text(std::string_view text) {
  text = trimmed(text);
  size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  if (point != std::string_view::npos) {
    for (char c : text.substr(point + 1)) {
      if (c < '0' || c > '9') return std::nullopt;
    }
    if (whole.empty()) return T{0};
  }
  auto value = parse_integer(whole);
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) return std::nullopt;
  return static_cast<T>(*value);
}

std::optional<bool> boolean_from_text(std::string_view text) {
  auto is = [&](std::string_view word) {
    if (text.size() != word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i) {
      if ((text[i] | 0x20) != word[i] && text[i] != word[i]) return false;
    }
    return true;
  };
  if (is("true") || is("t") || is("yes") || is("y") || is("1")) return true;
  if (is("false") || is("f") || is("no") || is("n") || is("0")) return false;
  return std::nullopt;
}

constexpr size_t shown_max = 40; // bytes of a bad value in an error message

status bad_text(std::string_view text, const data_type& to) {
  std::string shown{text.substr(0, shown_max)};
  if (shown.size() < text.size()) shown += "...";
  return {errc::cast_failed, "'" + shown + "' is no " + to.as_nullable().to_string() + "; TRY_CAST gives NULL"};
}

// f(text, context) -> optional<T>; nullopt is NULL for TRY_CAST and a failure for CAST.
template <class F>
kernel parse_with(F f, const data_type& to, bool try_cast) {
  return [f, to, try_cast](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    operand<std::string_view> texts{*in.args[0]};
    for (uint32_t i = 0; i < in.rows.count; ++i) {
      uint32_t row = in.rows[i];
      if (out.is_null(row)) continue;
      auto value = f(texts[row], in.context);
      if (value) {
        store(out, row, *value);
      } else if (try_cast) {
        out.set_null(row);
      } else {
        return bad_text(texts[row], to);
      }
    }
    return {};
  };
}

// To the length of CHAR(n), VARCHAR(n) or STRING.
void fit(const data_type& to, std::string& text) {
  if (to.length() == string_length_max) return;
  text.resize(utf8_prefix(text, to.length()).size());
  if (to.kind() != type_kind::character) return;
  int64_t missing = to.length() - utf8_count(text);
  text.append(static_cast<size_t>(missing), ' ');
}

void fit_bytes(const data_type& to, std::string& bytes) {
  auto length = static_cast<size_t>(to.length());
  if (bytes.size() > length) bytes.resize(length);
  if (to.kind() == type_kind::binary && bytes.size() < length) bytes.resize(length, '\0');
}

} // namespace

kernel cast_from_text(const data_type&, const data_type& to, bool try_cast) {
  auto parse = [&](auto f) {
    return parse_with([f](std::string_view text, const eval_context&) { return f(text); }, to, try_cast);
  };
  switch (to.kind()) {
  case type_kind::boolean: return parse(boolean_from_text);
  case type_kind::tinyint: return parse(integer_from_text<int8_t>);
  case type_kind::smallint: return parse(integer_from_text<int16_t>);
  case type_kind::integer: return parse(integer_from_text<int32_t>);
  case type_kind::bigint: return parse(integer_from_text<int64_t>);
  case type_kind::float32: return parse([](std::string_view text) { return parse_float(trimmed(text)); });
  case type_kind::float64: return parse([](std::string_view text) { return parse_double(trimmed(text)); });
  case type_kind::decimal:
    return parse([shape = decimal_shape{to.precision(), to.scale()}](std::string_view text) -> std::optional<int128> {
      int128 value;
      if (parse_decimal(trimmed(text), shape, value) != decimal_parse::ok) return std::nullopt;
      return value;
    });
  case type_kind::date: return parse(parse_date);
  case type_kind::time:
    return parse([](std::string_view text) -> std::optional<int32_t> {
      auto ms = parse_time_ms(text);
      if (ms) *ms -= *ms % 1000; // TIME has no fraction in this dialect
      return ms;
    });
  case type_kind::timestamp:
    return parse([precision = to.precision()](std::string_view text) -> std::optional<int64_t> {
      auto us = parse_timestamp_us(text, datetime_style::sql);
      if (us) *us = truncate_us(*us, precision);
      return us;
    });
  case type_kind::timestamp_ltz:
    return parse_with(
        [precision = to.precision()](std::string_view text, const eval_context& context) -> std::optional<int64_t> {
          auto us = parse_timestamp_us(text, datetime_style::sql);
          if (us) *us = truncate_us(utc_from_local(context.session_zone, *us), precision);
          return us;
        },
        to, try_cast);
  default: return {};
  }
}

kernel cast_to_text(const data_type& from, const data_type& to) {
  if (to.is_bytes() && !from.is_string() && !from.is_bytes()) return {};
  return [to](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    std::string text;
    in.rows.for_each([&](uint32_t row) {
      if (out.is_null(row)) return;
      text.clear();
      append_value_text(*in.args[0], row, text, text_style::sql, in.context.session_zone);
      to.is_bytes() ? fit_bytes(to, text) : fit(to, text);
      store(out, row, text);
    });
    return {};
  };
}

} // namespace levada
