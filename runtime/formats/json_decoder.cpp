#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

#include "absl/strings/escaping.h"
#include "simdjson.h"

#include "runtime/formats/json.hpp"
#include "runtime/formats/text_cell.hpp"

namespace levada {

namespace {

namespace ondemand = simdjson::ondemand;

// Key positions remembered per object; later ones are looked up by name.
constexpr size_t remembered_keys_max = 1024;
// A remembered key is compared without looking for its end, which the padding behind a chunk makes safe.
constexpr size_t remembered_key_bytes_max = chunk_padding;

struct cell;

// The wanted fields of an object. Records of a stream nearly always have the same keys in the same order: what was
// found at a position is expected there the next time, and costs one comparison of bytes.
struct object_shape {
  struct expectation {
    std::string token; // the key and its closing quote, as in the text
    int index = -1;    // in cells; -1: not wanted
  };
  std::vector<cell> cells;
  std::map<std::string, int, std::less<>> by_name;
  std::vector<expectation> expected;
  std::vector<uint64_t> seen;
};

struct cell {
  std::string name;
  data_type type;
  object_shape fields;        // ROW
  std::vector<cell> elements; // ARRAY: 1, MAP: 1 (the value)
};

status compile(const std::vector<field>& fields, object_shape& shape);

status compile(const field& from, cell& into) {
  into.name = from.name;
  into.type = from.type;
  switch (from.type.kind()) {
  case type_kind::row: return compile(from.type.fields(), into.fields);
  case type_kind::map:
    if (!from.type.key().is_string()) {
      return {errc::unsupported,
              "column '" + from.name + "': a JSON object's keys are strings, not " + from.type.key().to_string()};
    }
    into.elements.resize(1);
    return compile(field{from.name, from.type.value()}, into.elements[0]);
  case type_kind::array:
    into.elements.resize(1);
    return compile(field{from.name, from.type.element()}, into.elements[0]);
  default:
    if (has_text_form(from.type) || from.type.is_bytes()) return {};
    return {errc::unsupported, "column '" + from.name + "': json cannot carry " + from.type.to_string()};
  }
}

status compile(const std::vector<field>& fields, object_shape& shape) {
  shape.cells.resize(fields.size());
  shape.seen.resize((fields.size() + 63) / 64);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (auto s = compile(fields[i], shape.cells[i]); !s.ok()) return s;
    shape.by_name[fields[i].name] = static_cast<int>(i);
  }
  return {};
}

class json_decoder final : public decoder {
 public:
  json_decoder(object_shape shape, const json_read_options& options)
      : shape_(std::move(shape)), options_(options), timestamps_(options.timestamps) {}

  result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into) override;

 private:
  // Appends the rows of one document, or nothing and says why in failure_.
  bool read_document(std::string_view text, decode_target& into);
  bool read_row(ondemand::object& object, decode_target& into);
  bool read_fields(ondemand::object& object, object_shape& shape, column* columns);
  bool read_cell(ondemand::value& value, cell& what, column& into);
  bool read_value(ondemand::value& value, cell& what, column& into);
  bool read_string(ondemand::value& value, std::string_view token, column& into);
  bool read_array(ondemand::value& value, cell& what, column& into);
  bool read_map(ondemand::value& value, cell& what, column& into);
  int find_key(ondemand::field& from, object_shape& shape, size_t position);
  // The text of a string or of any other scalar; valid until the next document.
  bool scalar_text(ondemand::value& value, std::string_view token, std::string_view& text);

  bool fail(std::string reason) {
    failure_ = std::move(reason);
    return false;
  }
  bool broken(simdjson::error_code code) {
    broken_ = true;
    return fail(simdjson::error_message(code));
  }
  bool mismatch(const cell& what, std::string_view token) {
    constexpr size_t shown_max = 60;
    std::string shown(trimmed(token.substr(0, shown_max)));
    return fail("field '" + what.name + "': expected " + what.type.to_string() + ", got " + shown);
  }

  object_shape shape_;
  json_read_options options_;
  timestamp_parser timestamps_;
  ondemand::parser parser_;
  std::string scratch_;
  std::string failure_;
  bool broken_ = false;      // the document is no JSON: nothing more can be read from it
  bool share_chunk_ = false; // strings may point into the chunk
};

result<decode_result> json_decoder::decode(const chunk& input, bool end_of_input, decode_target& into) {
  decode_result done;
  const char* begin = input.bytes.data();
  const char* end = begin + input.bytes.size();
  share_chunk_ = share_chunk(input, into);
  while (begin + done.consumed < end && into.rows < into.rows_max) {
    const char* line = begin + done.consumed;
    const auto* newline = static_cast<const char*>(std::memchr(line, '\n', static_cast<size_t>(end - line)));
    if (!newline && !end_of_input) break;
    const char* stop = newline ? newline : end;
    std::string_view text = trimmed({line, static_cast<size_t>(stop - line)});
    size_t consumed = static_cast<size_t>((newline ? newline + 1 : end) - begin);
    if (!text.empty() && !read_document(text, into)) {
      std::string reason = failure_;
      size_t at = static_cast<size_t>(text.data() - begin);
      std::string_view rest = trimmed({line, static_cast<size_t>(end - line)});
      // A message may be one document over several lines.
      if (done.consumed == 0 && end_of_input && rest.size() > text.size() && read_document(rest, into)) {
        consumed = input.bytes.size();
      } else if (options_.ignore_parse_errors) {
        ++done.skipped;
      } else {
        return status{errc::malformed_record, "byte " + std::to_string(at) + ": " + reason};
      }
    }
    done.consumed = consumed;
  }
  return done;
}

bool json_decoder::read_document(std::string_view text, decode_target& into) {
  broken_ = false;
  // On-Demand does not look behind what is asked for, so that a record cut short is found by its last byte.
  char last = text.front() == '[' ? ']' : '}';
  if (text.front() != '{' && text.front() != '[') return fail("expected a JSON object");
  if (text.back() != last) return fail("the JSON object has no end");
  ondemand::document document;
  if (auto error = parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING).get(document)) {
    return fail(simdjson::error_message(error));
  }
  if (last == '}') {
    ondemand::object object;
    if (auto error = document.get_object().get(object)) return fail(simdjson::error_message(error));
    return read_row(object, into);
  }
  ondemand::array array;
  if (auto error = document.get_array().get(array)) return fail(simdjson::error_message(error));
  uint32_t rows_before = into.rows;
  for (auto element : array) {
    ondemand::object object;
    bool good = !element.get_object().get(object) ? read_row(object, into) : fail("expected an array of JSON objects");
    if (good) continue;
    if (into.rows > rows_before) {
      into.rows = rows_before;
      for (auto& c : into.columns) c.resize(rows_before);
    }
    return false;
  }
  return true;
}

bool json_decoder::read_row(ondemand::object& object, decode_target& into) {
  if (!read_fields(object, shape_, into.columns.data())) {
    for (auto& c : into.columns) c.resize(into.rows);
    return false;
  }
  ++into.rows;
  return true;
}

int json_decoder::find_key(ondemand::field& from, object_shape& shape, size_t position) {
  const char* raw = from.key().raw();
  if (position < shape.expected.size()) {
    const auto& expected = shape.expected[position];
    if (std::memcmp(raw, expected.token.data(), expected.token.size()) == 0) return expected.index;
  }
  const char* quote = raw;
  bool escaped = false;
  for (; *quote != '"'; ++quote) {
    if (*quote == '\\') {
      escaped = true;
      ++quote;
    }
  }
  std::string_view name{raw, static_cast<size_t>(quote - raw)};
  if (escaped && from.unescaped_key().get(name)) return -1;
  auto it = shape.by_name.find(name);
  int index = it == shape.by_name.end() ? -1 : it->second;
  if (!escaped && position < remembered_keys_max && name.size() < remembered_key_bytes_max) {
    if (shape.expected.size() <= position) shape.expected.resize(position + 1, {"\"", -1});
    shape.expected[position] = {std::string(raw, static_cast<size_t>(quote + 1 - raw)), index};
  }
  return index;
}

bool json_decoder::read_fields(ondemand::object& object, object_shape& shape, column* columns) {
  size_t found = 0;
  size_t position = 0;
  std::fill(shape.seen.begin(), shape.seen.end(), 0);
  for (auto next : object) {
    ondemand::field from;
    if (auto error = std::move(next).get(from)) return broken(error);
    int index = find_key(from, shape, position++);
    if (index < 0) continue;
    auto slot = static_cast<size_t>(index);
    uint64_t bit = uint64_t{1} << (slot & 63);
    if (shape.seen[slot >> 6] & bit) continue; // of equal keys the first counts
    if (!read_cell(from.value(), shape.cells[slot], columns[slot])) return false;
    shape.seen[slot >> 6] |= bit;
    if (++found == shape.cells.size()) return true;
  }
  for (size_t slot = 0; slot < shape.cells.size(); ++slot) {
    if (shape.seen[slot >> 6] >> (slot & 63) & 1) continue;
    if (options_.fail_on_missing_field) {
      broken_ = true;
      return fail("no field '" + shape.cells[slot].name + "'");
    }
    columns[slot].push_null();
  }
  return true;
}

bool json_decoder::read_cell(ondemand::value& value, cell& what, column& into) {
  uint32_t before = into.size();
  if (read_value(value, what, into)) return true;
  into.resize(before);
  if (broken_ || !options_.ignore_parse_errors) return false;
  into.push_null();
  return true;
}

template <class T>
bool push_integer(column& into, int64_t number) {
  if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) return false;
  into.push(static_cast<T>(number));
  return true;
}

bool json_decoder::read_value(ondemand::value& value, cell& what, column& into) {
  std::string_view token = value.raw_json_token();
  if (token.front() == 'n') {
    if (trimmed(token) != "null") return broken(simdjson::N_ATOM_ERROR);
    into.push_null();
    return true;
  }
  int64_t number;
  switch (what.type.kind()) {
  case type_kind::bigint:
    if (!value.get_int64().get(number)) return into.push(number), true;
    break;
  case type_kind::integer:
    if (!value.get_int64().get(number) && push_integer<int32_t>(into, number)) return true;
    break;
  case type_kind::smallint:
    if (!value.get_int64().get(number) && push_integer<int16_t>(into, number)) return true;
    break;
  case type_kind::tinyint:
    if (!value.get_int64().get(number) && push_integer<int8_t>(into, number)) return true;
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

bool json_decoder::scalar_text(ondemand::value& value, std::string_view token, std::string_view& text) {
  text = trimmed(token);
  if (text.empty() || text.front() == '{' || text.front() == '[') return false;
  if (text.front() != '"') return true;
  if (text.size() < 2 || text.back() != '"') return false;
  if (std::memchr(text.data(), '\\', text.size())) return !value.get_string().get(text);
  text = text.substr(1, text.size() - 2);
  return true;
}

bool json_decoder::read_string(ondemand::value& value, std::string_view token, column& into) {
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
  if (share_chunk_ && text.data() >= token.data() && text.data() < token.data() + token.size())
    into.push(string_ref{text});
  else into.push_string(text);
  return true;
}

bool json_decoder::read_array(ondemand::value& value, cell& what, column& into) {
  ondemand::array array;
  if (value.get_array().get(array)) return mismatch(what, value.raw_json_token());
  column& elements = into.children()[0];
  list_ref list{elements.size(), 0};
  for (auto next : array) {
    ondemand::value element;
    if (auto error = std::move(next).get(element)) return broken(error);
    if (!read_cell(element, what.elements[0], elements)) return false;
  }
  list.length = elements.size() - list.offset;
  into.push(list);
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

bool json_decoder::read_map(ondemand::value& value, cell& what, column& into) {
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

} // namespace

result<std::unique_ptr<decoder>> make_json_decoder(std::vector<field> needed, const json_read_options& options) {
  object_shape shape;
  if (auto s = compile(needed, shape); !s.ok()) return s;
  return std::unique_ptr<decoder>(new json_decoder(std::move(shape), options));
}

} // namespace levada
