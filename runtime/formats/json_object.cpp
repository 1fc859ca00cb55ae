#include "runtime/formats/json_object.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "absl/strings/escaping.h"

#include "runtime/formats/integer_text.hpp"
#include "runtime/formats/text_cell.hpp"

namespace levada {

namespace {

// Digit by digit costs a mispredicted branch wherever lengths vary.
bool get_integer(ondemand::value& value, std::string_view token, int64_t& number) {
  return get_short_integer(token.data(), token.size(), number) || !value.get_int64().get(number);
}

template <class T>
bool push_integer(column& into, int64_t number) {
  if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) return false;
  into.push(static_cast<T>(number));
  return true;
}

// Of equal keys the last counts, as in a Java map. Rows are only copied when there are some.
void drop_repeated_keys(column& keys, column& values, list_ref& list) {
  std::vector<uint32_t> order(list.length);
  for (uint32_t i = 0; i < list.length; ++i) order[i] = list.offset + i;
  auto key = [&](uint32_t i) { return keys.at<string_ref>(i).view(); };
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  std::vector<uint32_t> kept;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i + 1 == order.size() || key(order[i]) != key(order[i + 1])) kept.push_back(order[i]);
  }
  if (kept.size() == order.size()) return;
  std::sort(kept.begin(), kept.end());
  column kept_keys = gather(keys, kept);
  column kept_values = gather(values, kept);
  keys.resize(list.offset);
  values.resize(list.offset);
  list.length = static_cast<uint32_t>(kept.size());
  for (uint32_t i = 0; i < list.length; ++i) {
    keys.push_from(kept_keys, i);
    values.push_from(kept_values, i);
  }
}

} // namespace

json_object_reader::json_object_reader(json_object_shape shape, const json_read_options& options)
    : shape_(std::move(shape)), options_(options), timestamps_(options.timestamps) {}

bool json_object_reader::read(ondemand::object& object, std::vector<column>& columns, uint32_t rows) {
  broken_ = false;
  if (read_fields(object, shape_, columns.data())) return true;
  for (column& c : columns) c.resize(rows);
  return false;
}

bool json_object_reader::fail(std::string reason) {
  reason_ = std::move(reason);
  return false;
}

bool json_object_reader::broken(simdjson::error_code code) {
  broken_ = true;
  return fail(simdjson::error_message(code));
}

bool json_object_reader::mismatch(const json_cell& what, std::string_view token) {
  constexpr size_t shown_max = 60;
  std::string shown(trimmed(token.substr(0, shown_max)));
  return fail("field '" + what.name + "': expected " + what.type.to_string() + ", got " + shown);
}

inline int json_object_reader::find_key(ondemand::field& from, json_object_shape& shape, size_t position) {
  const char* raw = from.key().raw();
  int index = shape.expected_at(position, raw);
  return index != json_object_shape::unknown ? index : look_up(from, shape, position);
}

int json_object_reader::look_up(ondemand::field& from, json_object_shape& shape, size_t position) {
  const char* raw = from.key().raw();
  const char* quote = raw;
  bool escaped = false;
  for (; *quote != '"'; ++quote) {
    if (*quote == '\\') {
      escaped = true;
      ++quote;
    }
  }
  std::string_view name{raw, static_cast<size_t>(quote - raw)};
  if (escaped && from.unescaped_key().get(name)) return json_object_shape::unwanted;
  int index = shape.find(name);
  if (!escaped) shape.remember(position, {raw, name.size() + 1}, index);
  return index;
}

bool json_object_reader::read_fields(ondemand::object& object, json_object_shape& shape, column* columns) {
  size_t found = 0;
  size_t position = 0;
  uint64_t number = ++shape.objects;
  for (auto next : object) {
    if (auto error = next.error()) return broken(error);
    // Not get(): copying a field stalls on its half-written words.
    ondemand::field& from = next.value_unsafe();
    int index = find_key(from, shape, position++);
    if (index < 0) continue;
    auto slot = static_cast<size_t>(index);
    json_cell& cell = shape.cells[slot];
    if (cell.seen_in == number) continue; // of equal keys the first counts
    if (!read_cell(from.value(), cell, columns[slot])) return false;
    cell.seen_in = number;
    if (++found == shape.cells.size()) return true;
  }
  for (size_t slot = 0; slot < shape.cells.size(); ++slot) {
    if (shape.cells[slot].seen_in == number) continue;
    if (options_.fail_on_missing_field) {
      broken_ = true;
      return fail("no field '" + shape.cells[slot].name + "'");
    }
    columns[slot].push_null();
  }
  return true;
}

bool json_object_reader::read_cell(ondemand::value& value, json_cell& what, column& into) {
  uint32_t before = into.size();
  if (read_value(value, what, into)) return true;
  into.resize(before);
  if (broken_ || !options_.ignore_parse_errors) return false;
  into.push_null();
  return true;
}

bool json_object_reader::read_value(ondemand::value& value, json_cell& what, column& into) {
  std::string_view token = value.raw_json_token();
  if (token.front() == 'n') {
    if (trimmed(token) != "null") return broken(simdjson::N_ATOM_ERROR);
    into.push_null();
    return true;
  }
  int64_t number;
  switch (what.type.kind()) {
  case type_kind::bigint:
    if (get_integer(value, token, number)) return into.push(number), true;
    break;
  case type_kind::integer:
    if (get_integer(value, token, number) && push_integer<int32_t>(into, number)) return true;
    break;
  case type_kind::smallint:
    if (get_integer(value, token, number) && push_integer<int16_t>(into, number)) return true;
    break;
  case type_kind::tinyint:
    if (get_integer(value, token, number) && push_integer<int8_t>(into, number)) return true;
    break;
  case type_kind::float64:
  case type_kind::float32: {
    double real;
    if (value.get_double().get(real)) break;
    if (what.type.kind() == type_kind::float64) into.push(real);
    else into.push(static_cast<float>(real));
    return true;
  }
  case type_kind::character:
  case type_kind::varchar: return read_string(value, token, into) || mismatch(what, token);
  case type_kind::array: return read_array(value, what, into);
  case type_kind::map: return read_map(value, what, into);
  case type_kind::row: {
    ondemand::object object;
    if (value.get_object().get(object)) return mismatch(what, token);
    uint32_t row = into.size();
    if (!read_fields(object, what.fields, into.children().data())) return false;
    into.resize(row + 1);
    return true;
  }
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: {
    int64_t microseconds;
    bool zoned = what.type.kind() == type_kind::timestamp_ltz;
    if (token.size() > 2 && token.front() == '"' && token.back() == '"' &&
        timestamps_.parse(token.substr(1, token.size() - 2), zoned, microseconds)) {
      into.push(microseconds);
      return true;
    }
    break;
  }
  default: break;
  }
  std::string_view text;
  if (!scalar_text(value, token, text)) return mismatch(what, token);
  if (what.type.is_bytes()) {
    if (!absl::Base64Unescape({text.data(), text.size()}, &scratch_)) return mismatch(what, token);
    into.push_string(scratch_);
    return true;
  }
  // Java truncates a number with a fraction for INT and BIGINT.
  double real;
  if ((what.type.kind() == type_kind::integer || what.type.kind() == type_kind::bigint) && token.front() != '"' &&
      text.find_first_of(".eE") != std::string_view::npos && !value.get_double().get(real)) {
    double low = what.type.kind() == type_kind::integer ? -2147483648.0 : -9223372036854775808.0;
    if (!(real >= low && real < -low)) return mismatch(what, token);
    if (what.type.kind() == type_kind::integer) into.push(static_cast<int32_t>(real));
    else into.push(static_cast<int64_t>(real));
    return true;
  }
  return append_text_cell(into, text, timestamps_) || mismatch(what, token);
}

bool json_object_reader::scalar_text(ondemand::value& value, std::string_view token, std::string_view& text) {
  text = token.back() > ' ' ? token : trimmed(token);
  if (text.empty() || text.front() == '{' || text.front() == '[') return false;
  if (text.front() != '"') return true;
  if (text.size() < 2 || text.back() != '"') return false;
  if (std::memchr(text.data(), '\\', text.size())) return !value.get_string().get(text);
  text = text.substr(1, text.size() - 2);
  return true;
}

bool json_object_reader::read_string(ondemand::value& value, std::string_view token, column& into) {
  if (token.front() == '{' || token.front() == '[') {
    // Flink gives the text of the object.
    std::string_view raw;
    bool object = token.front() == '{';
    ondemand::object as_object;
    ondemand::array as_array;
    if (object ? value.get_object().get(as_object) || as_object.raw_json().get(raw)
               : value.get_array().get(as_array) || as_array.raw_json().get(raw)) {
      broken_ = true;
      return false;
    }
    scratch_.resize(raw.size());
    size_t size = 0;
    if (simdjson::minify(raw.data(), raw.size(), scratch_.data(), size)) return false;
    into.push_string({scratch_.data(), size});
    return true;
  }
  std::string_view text;
  if (!scalar_text(value, token, text)) return false;
  if (share_text_ && text.data() >= token.data() && text.data() < token.data() + token.size())
    into.push(string_ref{text});
  else into.push_string(text);
  return true;
}

bool json_object_reader::read_array(ondemand::value& value, json_cell& what, column& into) {
  ondemand::array array;
  if (value.get_array().get(array)) return mismatch(what, value.raw_json_token());
  column& elements = into.children()[0];
  list_ref list{elements.size(), 0};
  for (auto next : array) {
    ondemand::value element;
    if (auto error = next.get(element)) return broken(error);
    if (!read_cell(element, what.elements[0], elements)) return false;
  }
  list.length = elements.size() - list.offset;
  into.push(list);
  return true;
}

bool json_object_reader::read_map(ondemand::value& value, json_cell& what, column& into) {
  ondemand::object object;
  if (value.get_object().get(object)) return mismatch(what, value.raw_json_token());
  column& keys = into.children()[0];
  column& values = into.children()[1];
  list_ref list{keys.size(), 0};
  for (auto next : object) {
    ondemand::field from;
    if (auto error = std::move(next).get(from)) return broken(error);
    std::string_view key;
    if (auto error = from.unescaped_key().get(key)) return broken(error);
    keys.push_string(key);
    if (!read_cell(from.value(), what.elements[0], values)) return keys.resize(values.size()), false;
  }
  list.length = keys.size() - list.offset;
  if (list.length > 1) drop_repeated_keys(keys, values, list);
  into.push(list);
  return true;
}

} // namespace levada
