#include "runtime/sql/bind_type.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "runtime/spelling.hpp"

namespace levada {

namespace {

using kind = ast::type_kind;

constexpr char supported_types[] =
    "BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL, CHAR, VARCHAR, STRING, BINARY, VARBINARY, BYTES, "
    "DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ, ARRAY, MAP and ROW are supported";

constexpr std::array<std::string_view, 21> type_names = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INT",       "BIGINT",        "FLOAT",     "DOUBLE",
    "DECIMAL", "CHAR",    "VARCHAR",  "STRING",    "BINARY",        "VARBINARY", "BYTES",
    "DATE",    "TIME",    "ARRAY",    "TIMESTAMP", "TIMESTAMP_LTZ", "ROW",       "INTEGER"};

class type_binder {
 public:
  explicit type_binder(diagnostics& found) : found_(found) {}

  std::optional<data_type> bind(const ast::data_type& t) {
    auto made = bind_bare(t);
    if (!made) return {};
    return t.not_null ? made->not_null() : *made;
  }

 private:
  std::optional<data_type> bind_bare(const ast::data_type& t) {
    switch (t.kind) {
    case kind::boolean_type: return data_type::boolean();
    case kind::tinyint: return data_type::tinyint();
    case kind::smallint: return data_type::smallint();
    case kind::integer: return data_type::integer();
    case kind::bigint: return data_type::bigint();
    case kind::float_type: return data_type::float32();
    case kind::double_type: return data_type::float64();
    case kind::decimal: return bind_decimal(t);
    case kind::char_type: return sized(t, 1, &data_type::character);
    case kind::varchar: return sized(t, string_length_max, &data_type::varchar);
    case kind::string: return data_type::string();
    case kind::binary: return sized(t, 1, &data_type::binary);
    case kind::varbinary: return sized(t, string_length_max, &data_type::varbinary);
    case kind::bytes: return data_type::varbinary();
    case kind::date: return data_type::date();
    case kind::time:
      if (!in_range(t, "TIME", 0, 9)) return {};
      return data_type::time(0);
    case kind::timestamp: return bind_timestamp(t, "TIMESTAMP", &data_type::timestamp);
    case kind::timestamp_ltz: return bind_timestamp(t, "TIMESTAMP_LTZ", &data_type::timestamp_ltz);
    case kind::interval:
      if (!t.qualifier) return data_type::interval_day();
      return t.qualifier->year_month() ? data_type::interval_month() : data_type::interval_day();
    case kind::array: return bind_array(t);
    case kind::map: return bind_map(t);
    case kind::row: return bind_row(t);
    case kind::multiset: return refuse(t, "MULTISET is not supported", "use ARRAY or MAP");
    case kind::null_type: return refuse(t, "NULL is no type of a value", supported_types);
    case kind::variant: return refuse(t, "VARIANT is not supported", "use STRING and the JSON functions, or ROW");
    case kind::unknown: break;
    }
    std::string name;
    for (const auto& part : t.type_name.parts) name += (name.empty() ? "" : ".") + part.text;
    std::string hint = spelling::suggestion(name, type_names);
    return refuse(t, "unknown type '" + name + "'", hint.empty() ? supported_types : hint);
  }

  std::nullopt_t refuse(const ast::data_type& t, std::string message, std::string hint) {
    found_.error(errc::unsupported, t.span, std::move(message), std::move(hint));
    return std::nullopt;
  }

  bool in_range(const ast::data_type& t, const char* name, int low, int high) {
    if (!t.precision || (*t.precision >= low && *t.precision <= high)) return true;
    found_.error(errc::value_out_of_range, t.span,
                 std::string("the precision of ") + name + " is a number from " + std::to_string(low) + " to " +
                     std::to_string(high));
    return false;
  }

  std::optional<data_type> bind_decimal(const ast::data_type& t) {
    if (!in_range(t, "DECIMAL", 1, decimal_precision_max)) return {};
    const int precision = t.precision.value_or(10);
    const int scale = t.scale.value_or(0);
    if (scale < 0 || scale > precision) {
      found_.error(errc::value_out_of_range, t.span, "the scale of DECIMAL is a number from 0 to its precision");
      return {};
    }
    return data_type::decimal(precision, scale);
  }

  std::optional<data_type> sized(const ast::data_type& t, int32_t otherwise, data_type (*make)(int32_t)) {
    if (t.precision && *t.precision < 1) {
      found_.error(errc::value_out_of_range, t.span, "a length is a number from 1 to 2147483647");
      return {};
    }
    return make(t.precision.value_or(otherwise));
  }

  std::optional<data_type> bind_timestamp(const ast::data_type& t, const char* name, data_type (*make)(int)) {
    if (!in_range(t, name, 0, timestamp_precision_max)) return {};
    return make(t.precision.value_or(6));
  }

  std::optional<data_type> bind_array(const ast::data_type& t) {
    auto element = bind(t.elements[0]);
    if (!element) return {};
    return data_type::array(std::move(*element));
  }

  std::optional<data_type> bind_map(const ast::data_type& t) {
    auto key = bind(t.elements[0]);
    auto value = bind(t.elements[1]);
    if (!key || !value) return {};
    return data_type::map(std::move(*key), std::move(*value));
  }

  std::optional<data_type> bind_row(const ast::data_type& t) {
    std::vector<field> fields;
    for (const auto& f : t.fields) {
      auto type = bind(f.type);
      if (!type) return {};
      const auto same = [&](const field& other) { return other.name == f.field.text; };
      if (std::any_of(fields.begin(), fields.end(), same)) {
        found_.error(errc::duplicate_name, f.field.span, "two fields are named '" + f.field.text + "'");
        return {};
      }
      fields.push_back({f.field.text, std::move(*type)});
    }
    return data_type::row(std::move(fields));
  }

  diagnostics& found_;
};

} // namespace

std::optional<data_type> bind_type(const ast::data_type& written, diagnostics& found) {
  return type_binder{found}.bind(written);
}

} // namespace levada
