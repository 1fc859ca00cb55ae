#include "runtime/functions/coercion.hpp"

#include <algorithm>

namespace levada {

namespace {

status no_common_type(const data_type& a, const data_type& b) {
  return {errc::type_mismatch,
          "no common type for " + a.as_nullable().to_string() + " and " + b.as_nullable().to_string()};
}

// `leftmost`: of FLOAT and DOUBLE the one written first counts, and DECIMAL with either is DOUBLE.
data_type common_number(const data_type& a, const data_type& b, bool leftmost) {
  if (a.is_approximate() || b.is_approximate()) {
    if (a.is_approximate() && b.is_approximate()) {
      if (leftmost) return a;
      return a.kind() == type_kind::float64 ? a : b;
    }
    const data_type& approximate = a.is_approximate() ? a : b;
    bool with_decimal = a.kind() == type_kind::decimal || b.kind() == type_kind::decimal;
    return with_decimal && leftmost ? data_type::float64() : approximate;
  }
  if (a.is_integer() && b.is_integer()) return a.kind() > b.kind() ? a : b;
  data_type x = as_decimal(a);
  data_type y = as_decimal(b);
  int scale = std::max(x.scale(), y.scale());
  int integer_digits = std::max(x.precision() - x.scale(), y.precision() - y.scale());
  int precision = std::min(integer_digits + scale, decimal_precision_max);
  // Too many digits cost fraction digits, never integer digits.
  return data_type::decimal(precision, std::min(scale, precision - integer_digits));
}

data_type common_text(const data_type& a, const data_type& b) {
  bool bytes = a.is_bytes();
  int32_t length = std::max(a.length(), b.length());
  type_kind fixed = bytes ? type_kind::binary : type_kind::character;
  if (a.kind() == fixed && b.kind() == fixed && a.length() == b.length()) return a;
  return bytes ? data_type::varbinary(length) : data_type::varchar(length);
}

result<data_type> common_of(const data_type& a, const data_type& b, bool leftmost);

result<data_type> common_nested(const data_type& a, const data_type& b, bool leftmost) {
  if (a.fields().size() != b.fields().size()) return no_common_type(a, b);
  std::vector<field> fields;
  for (size_t i = 0; i < a.fields().size(); ++i) {
    auto type = common_of(a.fields()[i].type, b.fields()[i].type, leftmost);
    if (!type.ok()) return type.error();
    fields.push_back({a.fields()[i].name, std::move(*type)});
  }
  switch (a.kind()) {
  case type_kind::array: return data_type::array(fields[0].type);
  case type_kind::map: return data_type::map(fields[0].type, fields[1].type);
  default: return data_type::row(std::move(fields));
  }
}

result<data_type> common_ignoring_nullability(const data_type& a, const data_type& b, bool leftmost) {
  if (a.kind() == type_kind::null) return b;
  if (b.kind() == type_kind::null || a.same_ignoring_nullability(b)) return a;
  if (a.is_numeric() && b.is_numeric()) return common_number(a, b, leftmost);
  if ((a.is_string() && b.is_string()) || (a.is_bytes() && b.is_bytes())) return common_text(a, b);
  if (a.is_timestamp() && b.is_timestamp()) {
    if (a.precision() == b.precision()) return a;
    int precision = std::max(a.precision(), b.precision());
    bool local = a.kind() == type_kind::timestamp_ltz || b.kind() == type_kind::timestamp_ltz;
    return local ? data_type::timestamp_ltz(precision) : data_type::timestamp(precision);
  }
  if (a.kind() != b.kind()) return no_common_type(a, b);
  if (a.kind() == type_kind::time) return data_type::time(std::max(a.precision(), b.precision()));
  if (a.is_nested()) return common_nested(a, b, leftmost);
  return a;
}

result<data_type> common_of(const data_type& a, const data_type& b, bool leftmost) {
  auto type = common_ignoring_nullability(a, b, leftmost);
  if (!type.ok()) return type;
  bool nullable = a.nullable() || b.nullable() || a.kind() == type_kind::null || b.kind() == type_kind::null;
  return type->as_nullable(nullable);
}

result<data_type> fold(std::span<const data_type> types, bool leftmost) {
  check(!types.empty());
  data_type common = types[0];
  for (const auto& type : types.subspan(1)) {
    auto next = common_of(common, type, leftmost);
    if (!next.ok()) return next;
    common = std::move(*next);
  }
  return common;
}

} // namespace

data_type as_decimal(const data_type& type) {
  switch (type.kind()) {
  case type_kind::tinyint: return data_type::decimal(3, 0);
  case type_kind::smallint: return data_type::decimal(5, 0);
  case type_kind::integer: return data_type::decimal(10, 0);
  case type_kind::bigint: return data_type::decimal(19, 0);
  default: check(type.kind() == type_kind::decimal); return type;
  }
}

bool implicitly_castable(const data_type& from, const data_type& to) {
  if (from.kind() == type_kind::null) return true;
  switch (to.kind()) {
  case type_kind::tinyint:
  case type_kind::smallint:
  case type_kind::integer:
  case type_kind::bigint: return from.is_integer() && from.kind() <= to.kind();
  case type_kind::float32:
  case type_kind::float64: return from.is_numeric() && (from.kind() != type_kind::float64 || to.kind() == from.kind());
  case type_kind::decimal: return from.is_numeric();
  case type_kind::character: return from.kind() == type_kind::character;
  case type_kind::varchar: return from.is_string();
  case type_kind::binary: return from.kind() == type_kind::binary;
  case type_kind::varbinary: return from.is_bytes();
  case type_kind::date: return from.kind() == type_kind::date || from.kind() == type_kind::timestamp;
  case type_kind::time: return from.kind() == type_kind::time || from.kind() == type_kind::timestamp;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: return from.is_timestamp();
  case type_kind::array:
  case type_kind::map:
  case type_kind::row:
    if (from.kind() != to.kind() || from.fields().size() != to.fields().size()) return false;
    for (size_t i = 0; i < to.fields().size(); ++i) {
      if (!implicitly_castable(from.fields()[i].type, to.fields()[i].type)) return false;
    }
    return true;
  default: return from.kind() == to.kind();
  }
}

bool is_noop_cast(const data_type& from, const data_type& to) {
  if (from.same_ignoring_nullability(to)) return true;
  if (to.kind() == type_kind::varchar) return from.is_string() && from.length() <= to.length();
  if (to.kind() == type_kind::varbinary) return from.is_bytes() && from.length() <= to.length();
  if (from.kind() != to.kind()) return false;
  switch (to.kind()) {
  case type_kind::decimal: return from.scale() == to.scale() && from.precision() <= to.precision();
  case type_kind::time:
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: return from.precision() <= to.precision();
  default: return false;
  }
}

result<data_type> common_type(std::span<const data_type> types) { return fold(types, true); }
result<data_type> merged_type(std::span<const data_type> types) { return fold(types, false); }

result<data_type> comparison_type(const data_type& a, const data_type& b) {
  auto is_point_in_time = [](const data_type& t) {
    return t.kind() == type_kind::date || t.kind() == type_kind::time || t.is_timestamp();
  };
  if (a.is_numeric() && b.is_numeric()) {
    // As Java compares: BIGINT with FLOAT as FLOAT, DECIMAL with FLOAT as DOUBLE.
    if (a.is_approximate() != b.is_approximate() || !a.is_approximate()) {
      data_type type = common_number(a, b, true);
      return type.is_integer() && type.kind() < type_kind::integer ? data_type::integer() : type;
    }
    return a.kind() == b.kind() ? a : data_type::float64();
  }
  if (a.is_string() && is_point_in_time(b)) return b;
  if (b.is_string() && is_point_in_time(a)) return a;
  if (a.is_string() && b.is_string()) return data_type::string();
  if (a.is_bytes() && b.is_bytes()) return data_type::varbinary();
  if (a.is_timestamp() && b.is_timestamp() && a.kind() != b.kind()) {
    return data_type::timestamp_ltz(std::max(a.precision(), b.precision()));
  }
  const data_type types[] = {a, b};
  return common_type(types);
}

} // namespace levada
