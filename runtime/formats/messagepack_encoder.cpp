#include "runtime/datetime.hpp"
#include "runtime/formats/messagepack.hpp"
#include "runtime/formats/time_text.hpp"
#include "runtime/functions/decimal.hpp"
#include "storage/msgpack.hpp"

namespace levada {

namespace {

// The 12-byte form of the timestamp extension: nanoseconds u32, seconds i64, both big-endian.
std::string timestamp_bytes(int64_t microseconds) {
  int64_t seconds = floor_div(microseconds, us_per_second);
  auto nanoseconds = static_cast<uint64_t>(floor_mod(microseconds, us_per_second)) * 1000;
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(nanoseconds >> shift);
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(static_cast<uint64_t>(seconds) >> shift);
  return bytes;
}

class messagepack_encoder final : public encoder {
 public:
  explicit messagepack_encoder(std::vector<field> fields) : fields_(std::move(fields)) {}

  status encode(const batch& rows, std::string& out, std::vector<size_t>* row_ends) override {
    msgpack_writer writer{out};
    row_set selected = rows.selected();
    for (uint32_t i = 0; i < selected.count; ++i) {
      uint32_t row = selected[i];
      if (rows.kind(row) != row_kind::insert) {
        return {errc::unsupported, "messagepack cannot carry the change " + std::string(to_string(rows.kind(row)))};
      }
      writer.put_map_header(static_cast<uint32_t>(fields_.size()));
      for (size_t k = 0; k < fields_.size(); ++k) {
        writer.put_str(fields_[k].name);
        write_value(*rows.columns[k], row, writer);
      }
      if (row_ends) row_ends->push_back(out.size());
    }
    return {};
  }

 private:
  void write_value(const column& from, uint32_t row, msgpack_writer& writer) {
    if (from.is_null(row)) return writer.put_nil();
    scratch_.clear();
    switch (from.type().kind()) {
    case type_kind::boolean: return writer.put_bool(from.at<uint8_t>(row) != 0);
    case type_kind::tinyint: return writer.put_int(from.at<int8_t>(row));
    case type_kind::smallint: return writer.put_int(from.at<int16_t>(row));
    case type_kind::integer: return writer.put_int(from.at<int32_t>(row));
    case type_kind::bigint: return writer.put_int(from.at<int64_t>(row));
    case type_kind::float32: return writer.put_float(from.at<float>(row));
    case type_kind::float64: return writer.put_double(from.at<double>(row));
    case type_kind::decimal: append_decimal(from.at<int128>(row), from.type().scale(), scratch_); break;
    case type_kind::character:
    case type_kind::varchar: return writer.put_str(from.at<string_ref>(row).view());
    case type_kind::binary:
    case type_kind::varbinary: return writer.put_bin(from.at<string_ref>(row).view());
    case type_kind::date: append_date(from.at<int32_t>(row), scratch_); break;
    case type_kind::time: append_time_text(scratch_, from.at<int32_t>(row)); break;
    case type_kind::timestamp:
      append_timestamp_text(scratch_, from.at<int64_t>(row), timestamp_style::iso_8601, false);
      break;
    case type_kind::timestamp_ltz:
      return writer.put_ext(messagepack_timestamp_type, timestamp_bytes(from.at<int64_t>(row)));
    case type_kind::array:
    case type_kind::map: return write_list(from, from.at<list_ref>(row), writer);
    case type_kind::row: {
      uint32_t inner = from.is_constant() ? 0 : row;
      writer.put_map_header(static_cast<uint32_t>(from.children().size()));
      for (size_t i = 0; i < from.children().size(); ++i) {
        writer.put_str(from.type().fields()[i].name);
        write_value(from.children()[i], inner, writer);
      }
      return;
    }
    default: check(false);
    }
    writer.put_str(scratch_);
  }

  void write_list(const column& from, list_ref list, msgpack_writer& writer) {
    bool map = from.type().kind() == type_kind::map;
    if (map) writer.put_map_header(list.length);
    else writer.put_array_header(list.length);
    for (uint32_t i = list.offset; i < list.offset + list.length; ++i) {
      for (const column& child : from.children()) write_value(child, i, writer);
    }
  }

  std::vector<field> fields_;
  std::string scratch_;
};

} // namespace

result<std::unique_ptr<encoder>> make_messagepack_encoder(const format_spec& spec) {
  for (const field& each : spec.fields) {
    if (auto s = check_messagepack_type(each.name, each.type); !s.ok()) return s;
  }
  return std::unique_ptr<encoder>(new messagepack_encoder(spec.fields));
}

} // namespace levada
