#include "runtime/type.hpp"

#include "platform/check.hpp"

namespace levada {

namespace {

const std::vector<field> no_fields;

bool equal_types(const data_type& a, const data_type& b, bool nullability) {
  if (a.kind() != b.kind() || a.length() != b.length() || a.scale() != b.scale()) return false;
  if (nullability && a.nullable() != b.nullable()) return false;
  const auto& left = a.fields();
  const auto& right = b.fields();
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].name != right[i].name || !equal_types(left[i].type, right[i].type, nullability)) return false;
  }
  return true;
}

std::string quoted(std::string_view name) {
  std::string text = "`";
  for (char c : name) text.append(c == '`' ? 2 : 1, c);
  return text + "`";
}

std::string sized(const char* name, int size) { return std::string(name) + "(" + std::to_string(size) + ")"; }

} // namespace

data_type::data_type(type_kind kind, std::vector<field> children)
    : kind_(kind), fields_(std::make_shared<const std::vector<field>>(std::move(children))) {}

data_type data_type::decimal(int precision, int scale) {
  check(precision >= 1 && precision <= decimal_precision_max && scale >= 0 && scale <= precision);
  return {type_kind::decimal, precision, static_cast<int16_t>(scale)};
}

data_type data_type::array(data_type element) {
  return {type_kind::array, std::vector<field>{{"element", std::move(element)}}};
}

data_type data_type::map(data_type key, data_type value) {
  return {type_kind::map, std::vector<field>{{"key", std::move(key)}, {"value", std::move(value)}}};
}

data_type data_type::row(std::vector<field> fields) { return {type_kind::row, std::move(fields)}; }

data_type data_type::as_nullable(bool nullable) const {
  data_type type = *this;
  type.nullable_ = nullable;
  return type;
}

const std::vector<field>& data_type::fields() const { return fields_ ? *fields_ : no_fields; }

const data_type& data_type::element() const {
  check(kind_ == type_kind::array);
  return (*fields_)[0].type;
}

const data_type& data_type::key() const {
  check(kind_ == type_kind::map);
  return (*fields_)[0].type;
}

const data_type& data_type::value() const {
  check(kind_ == type_kind::map);
  return (*fields_)[1].type;
}

physical_type data_type::physical() const {
  switch (kind_) {
  case type_kind::null: return physical_type::u8;
  case type_kind::boolean: return physical_type::u8;
  case type_kind::tinyint: return physical_type::i8;
  case type_kind::smallint: return physical_type::i16;
  case type_kind::integer:
  case type_kind::date:
  case type_kind::time:
  case type_kind::interval_month: return physical_type::i32;
  case type_kind::bigint:
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
  case type_kind::interval_day: return physical_type::i64;
  case type_kind::float32: return physical_type::f32;
  case type_kind::float64: return physical_type::f64;
  case type_kind::decimal: return physical_type::i128;
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::binary:
  case type_kind::varbinary: return physical_type::string;
  case type_kind::array: return physical_type::array;
  case type_kind::map: return physical_type::map;
  case type_kind::row: return physical_type::row;
  }
  return physical_type::none;
}

std::string data_type::to_string() const {
  std::string text;
  switch (kind_) {
  case type_kind::null: return "NULL";
  case type_kind::boolean: text = "BOOLEAN"; break;
  case type_kind::tinyint: text = "TINYINT"; break;
  case type_kind::smallint: text = "SMALLINT"; break;
  case type_kind::integer: text = "INT"; break;
  case type_kind::bigint: text = "BIGINT"; break;
  case type_kind::float32: text = "FLOAT"; break;
  case type_kind::float64: text = "DOUBLE"; break;
  case type_kind::decimal: text = "DECIMAL(" + std::to_string(precision()) + ", " + std::to_string(scale_) + ")"; break;
  case type_kind::character: text = sized("CHAR", length()); break;
  case type_kind::varchar: text = length() == string_length_max ? "STRING" : sized("VARCHAR", length()); break;
  case type_kind::binary: text = sized("BINARY", length()); break;
  case type_kind::varbinary: text = length() == string_length_max ? "BYTES" : sized("VARBINARY", length()); break;
  case type_kind::date: text = "DATE"; break;
  case type_kind::time: text = sized("TIME", precision()); break;
  case type_kind::timestamp: text = sized("TIMESTAMP", precision()); break;
  case type_kind::timestamp_ltz: text = sized("TIMESTAMP_LTZ", precision()); break;
  case type_kind::interval_month: text = "INTERVAL YEAR TO MONTH"; break;
  case type_kind::interval_day: text = "INTERVAL DAY TO SECOND"; break;
  case type_kind::array: text = "ARRAY<" + element().to_string() + ">"; break;
  case type_kind::map: text = "MAP<" + key().to_string() + ", " + value().to_string() + ">"; break;
  case type_kind::row: {
    text = "ROW<";
    for (const auto& f : fields()) {
      if (text.size() > 4) text += ", ";
      text += quoted(f.name) + " " + f.type.to_string();
    }
    text += ">";
    break;
  }
  }
  return nullable_ ? text : text + " NOT NULL";
}

bool operator==(const data_type& a, const data_type& b) { return equal_types(a, b, true); }

bool data_type::same_ignoring_nullability(const data_type& other) const { return equal_types(*this, other, false); }

int schema::index_of(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

std::string schema::to_string() const {
  std::string text = "(";
  for (const auto& f : fields) {
    if (text.size() > 1) text += ", ";
    text += quoted(f.name) + " " + f.type.to_string();
  }
  return text + ")";
}

} // namespace levada
