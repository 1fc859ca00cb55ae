#include "runtime/operators/value_codec.hpp"

#include <cmath>
#include <limits>
#include <type_traits>

namespace levada {

namespace {

template <bool key>
double canonical(double value) {
  if (!key) return value;
  if (value == 0) return 0.0;
  return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
}

// Recursion is as deep as the type, which the parser bounds.
template <bool key>
void write(const column& c, uint32_t row, msgpack_writer& out) {
  if (c.is_null(row)) return out.put_nil();
  if (c.is_constant()) row = 0;
  switch (c.type().physical()) {
  case physical_type::none: return out.put_nil();
  case physical_type::u8: return out.put_bool(c.at<uint8_t>(row) != 0);
  case physical_type::i8: return out.put_int(c.at<int8_t>(row));
  case physical_type::i16: return out.put_int(c.at<int16_t>(row));
  case physical_type::i32: return out.put_int(c.at<int32_t>(row));
  case physical_type::i64: return out.put_int(c.at<int64_t>(row));
  case physical_type::f32: return out.put_float(static_cast<float>(canonical<key>(c.at<float>(row))));
  case physical_type::f64: return out.put_double(canonical<key>(c.at<double>(row)));
  case physical_type::i128: return out.put_int128(c.at<int128>(row));
  case physical_type::string: return out.put_bin(c.at<string_ref>(row).view());
  case physical_type::row:
    out.put_array_header(static_cast<uint32_t>(c.children().size()));
    for (const auto& child : c.children()) write<key>(child, row, out);
    return;
  case physical_type::array:
  case physical_type::map: {
    list_ref list = c.at<list_ref>(row);
    auto width = static_cast<uint32_t>(c.children().size());
    out.put_array_header(list.length * width);
    for (uint32_t i = list.offset; i < list.offset + list.length; ++i) {
      for (const auto& child : c.children()) write<key>(child, i, out);
    }
  }
  }
}

template <class T>
void read_integer(msgpack_reader& in, column& out) {
  int64_t value = in.get_int();
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    in.fail("an integer that its column cannot hold");
  }
  out.push(static_cast<T>(value));
}

void read_list(msgpack_reader& in, column& out) {
  auto width = static_cast<uint32_t>(out.type().fields().size());
  uint32_t items = in.get_array_header();
  if (items % width != 0) in.fail("a map with a key but no value");
  uint32_t at = out.size();
  out.resize(at + 1);
  uint32_t offset = out.children()[0].size();
  uint32_t length = 0;
  for (; length < items / width && in.ok(); ++length) {
    for (auto& child : out.children()) read_value(in, child);
  }
  out.data<list_ref>()[at] = {offset, length};
}

void read_row(msgpack_reader& in, column& out) {
  uint32_t fields = in.get_array_header();
  if (fields != out.type().fields().size()) in.fail("a row with another number of fields");
  if (!in.ok()) return out.push_null();
  // The children grow by themselves; resize() then only lengthens the row.
  if (out.children().empty()) out.resize(out.size());
  for (auto& child : out.children()) read_value(in, child);
  out.resize(out.size() + 1);
}

} // namespace

void write_value(const column& c, uint32_t row, msgpack_writer& out) { write<false>(c, row, out); }
void write_key_value(const column& c, uint32_t row, msgpack_writer& out) { write<true>(c, row, out); }

void read_value(msgpack_reader& in, column& out) {
  if (!in.ok()) return out.push_null();
  if (in.next_is_nil()) {
    in.get_nil();
    return out.push_null();
  }
  switch (out.type().physical()) {
  case physical_type::none: return in.fail("a value of a type without values");
  case physical_type::u8: return out.push(static_cast<uint8_t>(in.get_bool()));
  case physical_type::i8: return read_integer<int8_t>(in, out);
  case physical_type::i16: return read_integer<int16_t>(in, out);
  case physical_type::i32: return read_integer<int32_t>(in, out);
  case physical_type::i64: return out.push(in.get_int());
  case physical_type::f32: return out.push(static_cast<float>(in.get_double()));
  case physical_type::f64: return out.push(in.get_double());
  case physical_type::i128: return out.push(int128{in.get_int128()});
  case physical_type::string: return out.push_string(in.get_bin());
  case physical_type::array:
  case physical_type::map: return read_list(in, out);
  case physical_type::row: return read_row(in, out);
  }
}

} // namespace levada
