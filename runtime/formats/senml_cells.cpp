#include "runtime/formats/senml_cells.hpp"

#include <array>
#include <cmath>

#include "absl/strings/escaping.h"

#include "runtime/number_text.hpp"

namespace levada {

namespace {

struct named_role {
  std::string_view name;
  senml_role meaning;
};
constexpr std::array record_columns = {
    named_role{"n", senml_role::name},       named_role{"name", senml_role::name},
    named_role{"bn", senml_role::base_name}, named_role{"u", senml_role::unit},
    named_role{"unit", senml_role::unit},    named_role{"v", senml_role::value},
    named_role{"value", senml_role::value},  named_role{"vs", senml_role::text},
    named_role{"vb", senml_role::boolean},   named_role{"vd", senml_role::data},
    named_role{"s", senml_role::sum},        named_role{"sum", senml_role::sum},
    named_role{"t", senml_role::time},       named_role{"time", senml_role::time},
    named_role{"ut", senml_role::update},
};

} // namespace

senml_role senml_role_of(std::string_view column) {
  for (const named_role& each : record_columns) {
    if (each.name == column) return each.meaning;
  }
  return senml_role::measured;
}

status check_senml_column(const senml_column& wanted) {
  const data_type& type = wanted.type;
  bool good = false;
  std::string_view expected;
  switch (wanted.meaning) {
  case senml_role::name:
  case senml_role::base_name:
  case senml_role::unit:
  case senml_role::text: good = type.is_string(), expected = "STRING"; break;
  case senml_role::value:
  case senml_role::sum: good = type.is_numeric() || type.is_string(), expected = "DOUBLE"; break;
  case senml_role::update: good = type.kind() == type_kind::float64, expected = "DOUBLE (seconds)"; break;
  case senml_role::boolean: good = type.kind() == type_kind::boolean, expected = "BOOLEAN"; break;
  case senml_role::data: good = type.is_bytes(), expected = "BYTES"; break;
  case senml_role::time:
    good = type.is_timestamp() || type.kind() == type_kind::float64 || type.kind() == type_kind::bigint;
    expected = "TIMESTAMP_LTZ(3), DOUBLE (seconds) or BIGINT (milliseconds)";
    break;
  case senml_role::measured: good = has_text_form(type) || type.is_bytes(), expected = "a type with one value"; break;
  }
  if (good) return {};
  return {errc::unsupported, "column '" + wanted.name + "' of senml-json: expected " + std::string(expected) +
                                 ", not " + type.to_string()};
}

void senml_cells::append_text(std::string_view text, bool in_place, column& to) {
  if (share_ && in_place) to.push(string_ref{text});
  else to.push_string(text);
}

bool senml_cells::mismatch(const senml_column& wanted, std::string_view text) {
  failure_ = "'" + wanted.name + "': expected " + wanted.type.to_string() + ", got " + std::string(text.substr(0, 60));
  return false;
}

void senml_cells::append_time(const senml_record& record, column& to) {
  switch (to.type().kind()) {
  case type_kind::float64: to.push(static_cast<double>(record.time_us) / 1e6); break;
  case type_kind::bigint: to.push(record.time_us / 1000); break;
  default: to.push(record.time_us);
  }
}

bool senml_cells::append_number(const senml_column& wanted, std::string_view text, double base, column& to) {
  if (text.empty()) {
    to.push_null();
    return true;
  }
  text = trimmed(text);
  if (base != 0) {
    auto value = parse_double(text);
    if (!value) return mismatch(wanted, text);
    scratch_.clear();
    append_double(base + *value, scratch_);
    text = scratch_;
  }
  if (wanted.type.is_string()) {
    to.push_string(text);
    return true;
  }
  if (append_text_cell(to, text, timestamps_)) return true;
  // "8.0" is a whole number too.
  auto real = wanted.type.is_integer() ? parse_double(text) : std::nullopt;
  if (real && std::abs(*real) < 9e15 && *real == std::trunc(*real)) {
    if (append_text_cell(to, std::to_string(static_cast<int64_t>(*real)), timestamps_)) return true;
  }
  return mismatch(wanted, text);
}

bool senml_cells::append(const senml_column& wanted, const senml_record& record, column& to) {
  switch (wanted.meaning) {
  case senml_role::name:
    if (record.base_name.empty()) {
      append_text(record.name, record.text_in_place, to);
    } else {
      scratch_.assign(record.base_name).append(record.name);
      to.push_string(scratch_);
    }
    return true;
  case senml_role::base_name: to.push_string(record.base_name); return true;
  case senml_role::unit:
    if (record.unit.empty()) to.push_null();
    else to.push_string(record.unit);
    return true;
  case senml_role::value: return append_number(wanted, record.number, record.base_value, to);
  case senml_role::sum: return append_number(wanted, record.sum, record.base_sum, to);
  case senml_role::text:
    if (record.has_text) append_text(record.text, record.text_in_place, to);
    else to.push_null();
    return true;
  case senml_role::boolean:
    if (record.has_boolean) to.push(static_cast<uint8_t>(record.boolean));
    else to.push_null();
    return true;
  case senml_role::data:
    if (!record.has_data) {
      to.push_null();
      return true;
    }
    if (!absl::WebSafeBase64Unescape({record.data.data(), record.data.size()}, &scratch_)) {
      return mismatch(wanted, record.data);
    }
    to.push_string(scratch_);
    return true;
  case senml_role::time: append_time(record, to); return true;
  case senml_role::update:
    if (record.has_update) to.push(record.update_seconds);
    else to.push_null();
    return true;
  case senml_role::measured: break;
  }
  return append_measured(wanted, record, to);
}

bool senml_cells::append_measured(const senml_column& wanted, const senml_record& record, column& to) {
  if (wanted.type.is_bytes()) {
    if (record.has_data && absl::WebSafeBase64Unescape({record.data.data(), record.data.size()}, &scratch_)) {
      to.push_string(scratch_);
      return true;
    }
    return mismatch(wanted, record.data);
  }
  if (!record.number.empty()) return append_number(wanted, record.number, record.base_value, to);
  if (record.has_text) {
    if (wanted.type.is_string()) append_text(record.text, record.text_in_place, to);
    else return append_text_cell(to, record.text, timestamps_) || mismatch(wanted, record.text);
    return true;
  }
  if (record.has_boolean) {
    return append_text_cell(to, record.boolean ? "true" : "false", timestamps_) || mismatch(wanted, "a boolean");
  }
  return mismatch(wanted, "a record without a value");
}

} // namespace levada
