#include <cmath>
#include <limits>
#include <map>

#include "runtime/formats/messagepack.hpp"
#include "runtime/formats/text_cell.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/number_text.hpp"
#include "storage/msgpack.hpp"

namespace levada {

namespace {

struct cell;

// The wanted fields of a record or ROW.
struct record_shape {
  std::vector<cell> cells;
  std::vector<int> by_position; // of all fields: index in cells, or -1
  std::map<std::string, int, std::less<>> by_name;
  std::vector<uint64_t> seen;
  // The keys of the record before, which mostly has the same ones in the same order.
  struct key_place {
    std::string name;
    int index = -1; // in cells
  };
  static constexpr size_t places_max = 256;
  std::vector<key_place> places;

  int find(std::string_view key, size_t position) {
    if (position < places.size() && places[position].name == key) return places[position].index;
    auto found = by_name.find(key);
    int index = found == by_name.end() ? -1 : found->second;
    if (position < places_max) {
      if (places.size() <= position) places.resize(position + 1);
      places[position].name.assign(key);
      places[position].index = index;
    }
    return index;
  }
};

struct cell {
  std::string name;
  record_shape fields;     // ROW
  std::vector<cell> parts; // ARRAY: the element; MAP: key, value
};

cell make_cell(const field& from);

record_shape make_shape(const std::vector<field>& fields, const std::vector<uint32_t>& needed) {
  record_shape shape;
  shape.by_position.assign(fields.size(), -1);
  for (uint32_t index : needed) {
    shape.by_position[index] = static_cast<int>(shape.cells.size());
    shape.by_name[fields[index].name] = shape.by_position[index];
    shape.cells.push_back(make_cell(fields[index]));
  }
  shape.seen.resize((needed.size() + 63) / 64);
  return shape;
}

cell make_cell(const field& from) {
  cell made;
  made.name = from.name;
  const auto& parts = from.type.fields();
  if (from.type.kind() == type_kind::row) {
    std::vector<uint32_t> all;
    for (uint32_t i = 0; i < parts.size(); ++i) all.push_back(i);
    made.fields = make_shape(parts, all);
  } else {
    for (const field& part : parts) made.parts.push_back(make_cell({from.name, part.type}));
  }
  return made;
}

// Big-endian, as all of MessagePack.
uint64_t big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

// The three forms of the timestamp extension.
bool read_timestamp(const msgpack_token& token, int64_t& microseconds) {
  if (token.ext_type != messagepack_timestamp_type) return false;
  std::string_view bytes = token.bytes;
  int64_t seconds;
  uint64_t nanoseconds = 0;
  if (bytes.size() == 4) {
    seconds = static_cast<int64_t>(big_endian(bytes));
  } else if (bytes.size() == 8) {
    uint64_t both = big_endian(bytes);
    seconds = static_cast<int64_t>(both & 0x3FFFFFFFF);
    nanoseconds = both >> 34;
  } else if (bytes.size() == 12) {
    nanoseconds = big_endian(bytes.substr(0, 4));
    seconds = static_cast<int64_t>(big_endian(bytes.substr(4)));
  } else {
    return false;
  }
  constexpr int64_t seconds_max = std::numeric_limits<int64_t>::max() / 1'000'000 - 1;
  if (nanoseconds > 999'999'999 || seconds > seconds_max || seconds < -seconds_max) return false;
  microseconds = seconds * 1'000'000 + static_cast<int64_t>(nanoseconds / 1000);
  return true;
}

template <class T>
bool push_whole(column& into, const msgpack_token& token) {
  if (token.kind == msgpack_kind::uint) {
    if (token.uint > static_cast<uint64_t>(std::numeric_limits<T>::max())) return false;
    into.push(static_cast<T>(token.uint));
    return true;
  }
  if (token.kind == msgpack_kind::sint) {
    if (token.sint < std::numeric_limits<T>::min()) return false;
    into.push(static_cast<T>(token.sint));
    return true;
  }
  return false;
}

bool is_number(const msgpack_token& token) {
  return token.kind == msgpack_kind::uint || token.kind == msgpack_kind::sint || token.kind == msgpack_kind::float32 ||
         token.kind == msgpack_kind::float64;
}

double real_of(const msgpack_token& token) {
  if (token.kind == msgpack_kind::uint) return static_cast<double>(token.uint);
  if (token.kind == msgpack_kind::sint) return static_cast<double>(token.sint);
  return token.number;
}

std::string number_text(const msgpack_token& token) {
  std::string text;
  switch (token.kind) {
  case msgpack_kind::uint: return std::to_string(token.uint);
  case msgpack_kind::sint: return std::to_string(token.sint);
  case msgpack_kind::float32: append_float(static_cast<float>(token.number), text); return text;
  default: append_double(token.number, text); return text;
  }
}

class messagepack_decoder final : public decoder {
 public:
  messagepack_decoder(record_shape shape, bool ignore, bool messages)
      : shape_(std::move(shape)), ignore_(ignore), messages_(messages), timestamps_sql_(timestamp_style::sql),
        timestamps_iso_(timestamp_style::iso_8601) {}

  result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into) override {
    decode_result done;
    share_ = share_chunk(input, into);
    while (done.consumed < input.bytes.size() && into.rows < into.rows_max) {
      msgpack_reader reader{input.bytes.substr(done.consumed)};
      failure_.clear();
      bool good = read_record(reader, shape_, into.columns.data());
      if (good) {
        ++into.rows;
        done.consumed += reader.position();
        continue;
      }
      for (column& c : into.columns) c.resize(into.rows);
      if (!reader.ok() && reader.short_of_bytes() && !end_of_input) break;
      // A wrong value costs its record. Broken bytes cost the rest of the message; where there is no message, nothing
      // says where the next record begins.
      size_t next = input.bytes.size();
      if (reader.ok()) {
        msgpack_reader whole{input.bytes.substr(done.consumed)};
        whole.skip();
        if (!whole.ok() && whole.short_of_bytes() && !end_of_input) break;
        if (whole.ok()) next = done.consumed + whole.position();
        else if (!messages_) reader.fail("broken after a wrong value");
      }
      std::string reason = reader.ok() ? failure_ : std::string(reader.failure().message());
      if (!ignore_ || (!reader.ok() && !messages_)) {
        return status{errc::malformed_record, "byte " + std::to_string(done.consumed) + ": " + reason};
      }
      ++done.skipped;
      done.consumed = next;
    }
    return done;
  }

 private:
  bool fail(const std::string& what) {
    failure_ = what;
    return false;
  }

  // A map by name or an array by position.
  bool read_record(msgpack_reader& reader, record_shape& shape, column* columns) {
    msgpack_token head = reader.next();
    if (!reader.ok()) return false;
    if (head.kind != msgpack_kind::map && head.kind != msgpack_kind::array) return fail("expected a map or an array");
    return read_members(reader, head, shape, columns);
  }

  bool read_members(msgpack_reader& reader, const msgpack_token& head, record_shape& shape, column* columns) {
    std::fill(shape.seen.begin(), shape.seen.end(), 0);
    for (uint32_t i = 0; i < head.count && reader.ok(); ++i) {
      int index = -1;
      if (head.kind == msgpack_kind::array) {
        index = i < shape.by_position.size() ? shape.by_position[i] : -1;
      } else {
        std::string_view key = reader.get_str();
        if (!reader.ok()) return false;
        index = shape.find(key, i);
      }
      auto slot = static_cast<size_t>(index);
      if (index < 0 || (shape.seen[slot >> 6] >> (slot & 63) & 1)) {
        reader.skip();
        continue;
      }
      shape.seen[slot >> 6] |= uint64_t{1} << (slot & 63);
      if (!read_cell(reader, shape.cells[slot], columns[slot])) return false;
    }
    if (!reader.ok()) return false;
    for (size_t slot = 0; slot < shape.cells.size(); ++slot) {
      if (!(shape.seen[slot >> 6] >> (slot & 63) & 1)) columns[slot].push_null();
    }
    return true;
  }

  bool read_cell(msgpack_reader& reader, cell& what, column& into) {
    uint32_t before = into.size();
    msgpack_token token = reader.next();
    if (!reader.ok()) return false;
    if (token.kind == msgpack_kind::nil) {
      into.push_null();
      return true;
    }
    bool container = token.kind == msgpack_kind::array || token.kind == msgpack_kind::map;
    bool nested = into.type().is_nested();
    bool matches = into.type().kind() == type_kind::map     ? token.kind == msgpack_kind::map
                   : into.type().kind() == type_kind::array ? token.kind == msgpack_kind::array
                                                            : nested == container;
    if (matches && (nested ? read_nested(reader, token, what, into) : read_scalar(token, into))) return true;
    into.resize(before);
    if (!reader.ok() || (matches && nested)) return false;
    // What the wrong container holds is passed over.
    for (uint64_t items = container ? uint64_t{token.count} * (token.kind == msgpack_kind::map ? 2 : 1) : 0;
         items > 0 && reader.ok(); --items) {
      reader.skip();
    }
    if (!reader.ok()) return false;
    if (!ignore_) return fail("field '" + what.name + "': expected " + into.type().to_string());
    into.push_null();
    return true;
  }

  bool read_nested(msgpack_reader& reader, const msgpack_token& head, cell& what, column& into) {
    if (into.type().kind() == type_kind::row) {
      uint32_t at = into.size();
      if (!read_members(reader, head, what.fields, into.children().data())) return false;
      into.resize(at + 1);
      return true;
    }
    list_ref list{into.children()[0].size(), head.count};
    for (uint32_t i = 0; i < head.count && reader.ok(); ++i) {
      for (size_t part = 0; part < into.children().size(); ++part) {
        if (!read_cell(reader, what.parts[part], into.children()[part])) {
          for (column& each : into.children()) each.resize(list.offset);
          return false;
        }
      }
    }
    if (!reader.ok()) return false;
    into.push(list);
    return true;
  }

  bool read_scalar(const msgpack_token& token, column& into) {
    const data_type& type = into.type();
    bool text = token.kind == msgpack_kind::str;
    switch (type.kind()) {
    case type_kind::boolean:
      if (token.kind != msgpack_kind::boolean) break;
      into.push(static_cast<uint8_t>(token.boolean));
      return true;
    case type_kind::tinyint:
      if (push_whole<int8_t>(into, token)) return true;
      break;
    case type_kind::smallint:
      if (push_whole<int16_t>(into, token)) return true;
      break;
    case type_kind::integer:
      if (push_whole<int32_t>(into, token)) return true;
      break;
    case type_kind::bigint:
      if (push_whole<int64_t>(into, token)) return true;
      break;
    case type_kind::float32:
      if (!is_number(token)) break;
      into.push(static_cast<float>(real_of(token)));
      return true;
    case type_kind::float64:
      if (!is_number(token)) break;
      into.push(real_of(token));
      return true;
    case type_kind::decimal:
      if (is_number(token)) return append_decimal_cell(into, number_text(token));
      break;
    case type_kind::timestamp:
    case type_kind::timestamp_ltz: return read_time(token, into);
    case type_kind::character:
    case type_kind::varchar:
    case type_kind::binary:
    case type_kind::varbinary:
      if (text || token.kind == msgpack_kind::bin) {
        if (share_) into.push(string_ref{token.bytes});
        else into.push_string(token.bytes);
        return true;
      }
      if (type.is_bytes()) return false;
      if (token.kind == msgpack_kind::boolean) into.push_string(token.boolean ? "true" : "false");
      else if (is_number(token)) into.push_string(number_text(token));
      else return false;
      return true;
    default: break;
    }
    return text && append_text_cell(into, token.bytes, timestamps_iso_);
  }

  bool read_time(const msgpack_token& token, column& into) {
    int64_t microseconds;
    bool zoned = into.type().kind() == type_kind::timestamp_ltz;
    bool good = token.kind == msgpack_kind::ext
                    ? read_timestamp(token, microseconds)
                    : token.kind == msgpack_kind::str && (timestamps_iso_.parse(token.bytes, zoned, microseconds) ||
                                                          timestamps_sql_.parse(token.bytes, zoned, microseconds));
    if (good) into.push(microseconds);
    return good;
  }

  record_shape shape_;
  bool ignore_;
  bool messages_;
  bool share_ = false;
  timestamp_parser timestamps_sql_;
  timestamp_parser timestamps_iso_;
  std::string failure_;
};

} // namespace

result<std::unique_ptr<decoder>> make_messagepack_decoder(const format_spec& spec, bool ignore_parse_errors) {
  for (const field& each : spec.fields) {
    if (auto s = check_messagepack_type(each.name, each.type); !s.ok()) return s;
  }
  return std::unique_ptr<decoder>(
      new messagepack_decoder(make_shape(spec.fields, spec.needed), ignore_parse_errors, spec.messages));
}

} // namespace levada
