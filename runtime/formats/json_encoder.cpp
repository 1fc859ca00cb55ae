#include <cmath>

#include "absl/strings/escaping.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

#include "runtime/datetime.hpp"
#include "runtime/formats/decimal_text.hpp"
#include "runtime/formats/json.hpp"
#include "runtime/number_text.hpp"

namespace levada {

namespace {

status check_type(const std::string& name, const data_type& type) {
  if (type.is_interval() || type.kind() == type_kind::null) {
    return {errc::unsupported, "column '" + name + "': json cannot carry " + type.to_string()};
  }
  if (type.kind() == type_kind::map && !type.key().is_string()) {
    return {errc::unsupported,
            "column '" + name + "': a JSON object's keys are strings, not " + type.key().to_string()};
  }
  for (const field& part : type.fields()) {
    if (auto s = check_type(name, part.type); !s.ok()) return s;
  }
  return {};
}

class json_encoder final : public encoder {
 public:
  json_encoder(std::vector<field> fields, const json_write_options& options)
      : fields_(std::move(fields)), options_(options) {}

  status encode(const batch& rows, std::string& out, std::vector<size_t>* row_ends) override {
    row_set selected = rows.selected();
    for (uint32_t i = 0; i < selected.count; ++i) {
      uint32_t row = selected[i];
      if (rows.kind(row) != row_kind::insert) {
        return {errc::unsupported, "json cannot carry the change " + std::string(to_string(rows.kind(row)))};
      }
      buffer_.Clear();
      writer_.Reset(buffer_);
      writer_.StartObject();
      for (size_t k = 0; k < fields_.size(); ++k) {
        if (options_.skip_nulls && rows.columns[k]->is_null(row)) continue;
        write_key(fields_[k].name);
        if (!write_value(*rows.columns[k], row)) {
          return {errc::invalid_argument, "column '" + fields_[k].name +
                                              "': a MAP key is NULL; 'json.map-null-key.mode' = 'DROP' or 'LITERAL'"};
        }
      }
      writer_.EndObject();
      buffer_.Put('\n');
      out.append(buffer_.GetString(), buffer_.GetSize());
      if (row_ends) row_ends->push_back(out.size());
    }
    return {};
  }

 private:
  void write_key(std::string_view key) { writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size())); }
  void write_text(std::string_view text) { writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
  void write_number(std::string_view text) { writer_.RawValue(text.data(), text.size(), rapidjson::kNumberType); }

  template <class T>
  void write_real(T value) {
    scratch_.clear();
    if constexpr (sizeof(T) == 8) append_double(value, scratch_);
    else append_float(value, scratch_);
    // JSON has no word for these; Jackson, and so Flink, writes a string.
    if (std::isfinite(value)) write_number(scratch_);
    else write_text(scratch_);
  }

  // False: a NULL key that must not be.
  bool write_value(const column& from, uint32_t row);
  bool write_map(const column& from, list_ref list);

  std::vector<field> fields_;
  json_write_options options_;
  rapidjson::StringBuffer buffer_; // one record
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
  std::string scratch_;
};

bool json_encoder::write_value(const column& from, uint32_t row) {
  if (from.is_null(row)) return writer_.Null();
  scratch_.clear();
  switch (from.type().kind()) {
  case type_kind::boolean: return writer_.Bool(from.at<uint8_t>(row) != 0);
  case type_kind::tinyint: return writer_.Int(from.at<int8_t>(row));
  case type_kind::smallint: return writer_.Int(from.at<int16_t>(row));
  case type_kind::integer: return writer_.Int(from.at<int32_t>(row));
  case type_kind::bigint: return writer_.Int64(from.at<int64_t>(row));
  case type_kind::float32: write_real(from.at<float>(row)); break;
  case type_kind::float64: write_real(from.at<double>(row)); break;
  case type_kind::decimal:
    if (options_.plain_decimals) append_decimal(from.at<int128>(row), from.type().scale(), scratch_);
    else append_scientific_decimal(from.at<int128>(row), from.type().scale(), scratch_);
    write_number(scratch_);
    break;
  case type_kind::character:
  case type_kind::varchar: write_text(from.at<string_ref>(row).view()); break;
  case type_kind::binary:
  case type_kind::varbinary: {
    std::string_view bytes = from.at<string_ref>(row).view();
    absl::Base64Escape({bytes.data(), bytes.size()}, &scratch_);
    write_text(scratch_);
    break;
  }
  case type_kind::date:
    append_date(from.at<int32_t>(row), scratch_);
    write_text(scratch_);
    break;
  case type_kind::time:
    append_time_text(scratch_, from.at<int32_t>(row));
    write_text(scratch_);
    break;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    append_timestamp_text(scratch_, from.at<int64_t>(row), options_.timestamps,
                          from.type().kind() == type_kind::timestamp_ltz);
    write_text(scratch_);
    break;
  case type_kind::array: {
    auto list = from.at<list_ref>(row);
    writer_.StartArray();
    for (uint32_t i = 0; i < list.length; ++i) {
      if (!write_value(from.children()[0], list.offset + i)) return false;
    }
    return writer_.EndArray();
  }
  case type_kind::map: return write_map(from, from.at<list_ref>(row));
  case type_kind::row: {
    writer_.StartObject();
    uint32_t inner = from.is_constant() ? 0 : row;
    for (size_t i = 0; i < from.children().size(); ++i) {
      if (options_.skip_nulls && from.children()[i].is_null(inner)) continue;
      write_key(from.type().fields()[i].name);
      if (!write_value(from.children()[i], inner)) return false;
    }
    return writer_.EndObject();
  }
  default: check(false);
  }
  return true;
}

bool json_encoder::write_map(const column& from, list_ref list) {
  const column& keys = from.children()[0];
  writer_.StartObject();
  for (uint32_t i = list.offset; i < list.offset + list.length; ++i) {
    if (!keys.is_null(i)) {
      write_key(keys.at<string_ref>(i).view());
    } else {
      if (options_.null_key == json_null_key::fail) return false;
      if (options_.null_key == json_null_key::drop) continue;
      write_key(options_.null_key_literal);
    }
    if (!write_value(from.children()[1], i)) return false;
  }
  return writer_.EndObject();
}

} // namespace

result<std::unique_ptr<encoder>> make_json_encoder(std::vector<field> fields, const json_write_options& options) {
  for (const field& each : fields) {
    if (auto s = check_type(each.name, each.type); !s.ok()) return s;
  }
  return std::unique_ptr<encoder>(new json_encoder(std::move(fields), options));
}

} // namespace levada
