#include "levada/column_values.hpp"

#include <limits>

#include "runtime/functions/decimal.hpp"
#include "runtime/value_text.hpp"

namespace levada {

namespace {

status mismatch(const value& v, const data_type& type) {
  static constexpr const char* names[] = {"NULL",     "a boolean",  "an integer", "a floating-point number",
                                          "a string", "a timestamp"};
  return {errc::type_mismatch, std::string(names[v.index()]) + " cannot become " + type.to_string()};
}

template <class T>
status append_integer(int64_t number, column& into) {
  if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
    return {errc::value_out_of_range, std::to_string(number) + " does not fit " + into.type().to_string()};
  }
  into.push<T>(static_cast<T>(number));
  return {};
}

status append_decimal(const value& v, column& into) {
  std::string text;
  if (auto* i = std::get_if<int64_t>(&v)) {
    text = std::to_string(*i);
  } else if (auto* s = std::get_if<std::string>(&v)) {
    text = *s;
  } else {
    return mismatch(v, into.type());
  }
  int128 parsed;
  if (parse_decimal(text, {into.type().precision(), into.type().scale()}, parsed) != decimal_parse::ok) {
    return {errc::value_out_of_range, "'" + text + "' is no value of " + into.type().to_string()};
  }
  into.push<int128>(parsed);
  return {};
}

} // namespace

status append_value(const value& v, column& into) {
  const data_type& type = into.type();
  if (v.is_null()) {
    if (!type.nullable()) return {errc::not_null_violation, "NULL cannot become " + type.to_string()};
    into.push_null();
    return {};
  }
  auto* integer = std::get_if<int64_t>(&v);
  switch (type.kind()) {
  case type_kind::boolean:
    if (auto* b = std::get_if<bool>(&v)) return into.push<uint8_t>(*b), status{};
    break;
  case type_kind::tinyint:
    if (integer) return append_integer<int8_t>(*integer, into);
    break;
  case type_kind::smallint:
    if (integer) return append_integer<int16_t>(*integer, into);
    break;
  case type_kind::integer:
  case type_kind::date:
  case type_kind::time:
  case type_kind::interval_month:
    if (integer) return append_integer<int32_t>(*integer, into);
    break;
  case type_kind::bigint:
  case type_kind::interval_day:
    if (integer) return append_integer<int64_t>(*integer, into);
    break;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    if (auto* t = std::get_if<timestamp_value>(&v)) return into.push<int64_t>(t->us), status{};
    break;
  case type_kind::float32:
    if (integer || std::holds_alternative<double>(v)) {
      return into.push<float>(static_cast<float>(v.as_double())), status{};
    }
    break;
  case type_kind::float64:
    if (integer || std::holds_alternative<double>(v)) return into.push<double>(v.as_double()), status{};
    break;
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::binary:
  case type_kind::varbinary:
    if (auto* s = std::get_if<std::string>(&v)) return into.push_string(*s), status{};
    break;
  case type_kind::decimal: return append_decimal(v, into);
  default: break;
  }
  return mismatch(v, type);
}

status append_row(const row& values, std::span<column> columns, const schema& shape) {
  if (values.size() != columns.size()) {
    return {errc::type_mismatch, "a row of " + std::to_string(values.size()) + " values for " +
                                     std::to_string(columns.size()) + " columns " + shape.to_string()};
  }
  uint32_t rows = columns.empty() ? 0 : columns[0].size();
  for (size_t i = 0; i < values.size(); ++i) {
    if (auto s = append_value(values[i], columns[i]); !s.ok()) {
      for (size_t k = 0; k < i; ++k) columns[k].resize(rows);
      return s.at("column '" + shape.fields[i].name + "'");
    }
  }
  return {};
}

value value_at(const column& from, uint32_t row_index) {
  if (from.is_null(row_index)) return {};
  switch (from.type().kind()) {
  case type_kind::boolean: return from.at<uint8_t>(row_index) != 0;
  case type_kind::tinyint: return int64_t{from.at<int8_t>(row_index)};
  case type_kind::smallint: return int64_t{from.at<int16_t>(row_index)};
  case type_kind::integer:
  case type_kind::date:
  case type_kind::time:
  case type_kind::interval_month: return int64_t{from.at<int32_t>(row_index)};
  case type_kind::bigint:
  case type_kind::interval_day: return from.at<int64_t>(row_index);
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: return timestamp_value{from.at<int64_t>(row_index)};
  case type_kind::float32: return double{from.at<float>(row_index)};
  case type_kind::float64: return from.at<double>(row_index);
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::binary:
  case type_kind::varbinary: return from.at<string_ref>(row_index).view();
  default: break;
  }
  std::string text;
  append_value_text(from, row_index, text);
  return text;
}

} // namespace levada
