// SenML as rows: one a record with the record's fields as columns, or one a moment with a column for each name.
#include <array>
#include <cmath>
#include <map>

#include "absl/strings/escaping.h"

#include "platform/clock.hpp"
#include "runtime/formats/senml_records.hpp"
#include "runtime/formats/text_cell.hpp"
#include "runtime/number_text.hpp"
#include "runtime/registry.hpp"

namespace levada::formats {

namespace {

constexpr std::array<std::string_view, 3> dialects = {"auto", "rfc8428", "senml-draft"};
constexpr std::array<std::string_view, 2> layouts = {"records", "row"};

enum class role : uint8_t { name, base_name, unit, value, text, boolean, data, sum, time, update, measured };

struct named_role {
  std::string_view name;
  role meaning;
};
constexpr std::array record_columns = {
    named_role{"n", role::name},      named_role{"name", role::name}, named_role{"bn", role::base_name},
    named_role{"u", role::unit},      named_role{"unit", role::unit}, named_role{"v", role::value},
    named_role{"value", role::value}, named_role{"vs", role::text},   named_role{"vb", role::boolean},
    named_role{"vd", role::data},     named_role{"s", role::sum},     named_role{"sum", role::sum},
    named_role{"t", role::time},      named_role{"time", role::time}, named_role{"ut", role::update},
};

struct wanted_column {
  std::string name;
  data_type type;
  role meaning = role::measured;
};

role role_of(std::string_view name) {
  for (const named_role& each : record_columns) {
    if (each.name == name) return each.meaning;
  }
  return role::measured;
}

status check_column(const wanted_column& wanted) {
  const data_type& type = wanted.type;
  bool good = false;
  std::string_view expected;
  switch (wanted.meaning) {
  case role::name:
  case role::base_name:
  case role::unit:
  case role::text: good = type.is_string(), expected = "STRING"; break;
  case role::value:
  case role::sum: good = type.is_numeric() || type.is_string(), expected = "DOUBLE"; break;
  case role::update: good = type.kind() == type_kind::float64, expected = "DOUBLE (seconds)"; break;
  case role::boolean: good = type.kind() == type_kind::boolean, expected = "BOOLEAN"; break;
  case role::data: good = type.is_bytes(), expected = "BYTES"; break;
  case role::time:
    good = type.is_timestamp() || type.kind() == type_kind::float64 || type.kind() == type_kind::bigint;
    expected = "TIMESTAMP_LTZ(3), DOUBLE (seconds) or BIGINT (milliseconds)";
    break;
  case role::measured: good = has_text_form(type) || type.is_bytes(), expected = "a type with one value"; break;
  }
  if (good) return {};
  return {errc::unsupported, "column '" + wanted.name + "' of senml-json: expected " + std::string(expected) +
                                 ", not " + type.to_string()};
}

class senml_decoder final : public decoder {
 public:
  senml_decoder(std::vector<wanted_column> columns, senml_dialect dialect, bool rows, bool ignore,
                const clock_source* clock, bool messages)
      : columns_(std::move(columns)), parser_(dialect), timestamps_(timestamp_style::sql), rows_(rows), ignore_(ignore),
        clock_(clock ? clock : &machine_), messages_(messages), filled_(columns_.size()) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].meaning == role::measured) by_name_[columns_[i].name] = static_cast<int>(i);
    }
  }

  result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into) override;

 private:
  // All rows of a pack, or none and failure_.
  bool read_pack(std::string_view text, decode_target& into);
  bool append_record(const senml_record& record, decode_target& into);
  bool append_moments(decode_target& into);
  void begin_moment(const senml_record& first);
  int find_column(const senml_record& record, size_t position);
  bool append_role(const wanted_column& wanted, const senml_record& record, column& to);
  bool append_measured(const wanted_column& wanted, const senml_record& record, column& to);
  bool append_number(const wanted_column& wanted, std::string_view text, double base, column& to);
  void append_text(std::string_view text, bool in_place, column& to) {
    if (share_ && in_place) to.push(string_ref{text});
    else to.push_string(text);
  }
  bool mismatch(const wanted_column& wanted, std::string_view text) {
    failure_ =
        "'" + wanted.name + "': expected " + wanted.type.to_string() + ", got " + std::string(text.substr(0, 60));
    return false;
  }
  static void append_time(const senml_record& record, column& to);

  std::vector<wanted_column> columns_;
  senml_parser parser_;
  timestamp_parser timestamps_;
  bool rows_;
  bool ignore_;
  system_clock machine_;
  const clock_source* clock_;
  bool messages_;
  bool share_ = false;
  int64_t now_us_ = 0; // of the chunk
  std::string failure_;
  std::string scratch_;

  // Layout 'row'.
  std::map<std::string, int, std::less<>> by_name_;
  struct expectation {
    std::string base_name;
    std::string name;
    int column = -1;
  };
  std::vector<expectation> expected_; // by position in the pack: it is the same in the next one
  std::vector<const senml_record*> filled_;
  const senml_record* moment_ = nullptr;
};

constexpr size_t remembered_names_max = 1024;

result<decode_result> senml_decoder::decode(const chunk& input, bool end_of_input, decode_target& into) {
  decode_result done;
  std::string_view rest = input.bytes;
  share_ = share_chunk(input, into);
  now_us_ = clock_->wall_us();
  while (!rest.empty() && into.rows < into.rows_max) {
    size_t newline = messages_ ? std::string_view::npos : rest.find('\n');
    if (newline == std::string_view::npos && !end_of_input) break;
    size_t end = std::min(newline, rest.size());
    size_t consumed = std::min(end + 1, rest.size());
    std::string_view text = trimmed(rest.substr(0, end));
    if (!text.empty() && !read_pack(text, into)) {
      if (!ignore_) {
        return status{errc::malformed_record,
                      "byte " + std::to_string(text.data() - input.bytes.data()) + ": " + failure_};
      }
      ++done.skipped;
    }
    done.consumed += consumed;
    rest.remove_prefix(consumed);
  }
  return done;
}

bool senml_decoder::read_pack(std::string_view text, decode_target& into) {
  if (!parser_.parse(text, now_us_)) {
    failure_ = parser_.reason();
    return false;
  }
  uint32_t before = into.rows;
  bool good = true;
  if (rows_) {
    good = append_moments(into);
  } else {
    for (const senml_record& record : parser_.records()) {
      good = append_record(record, into);
      if (!good) break;
      ++into.rows;
    }
  }
  if (good) return true;
  into.rows = before;
  for (column& c : into.columns) c.resize(before);
  return false;
}

bool senml_decoder::append_record(const senml_record& record, decode_target& into) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (append_role(columns_[i], record, into.columns[i])) continue;
    if (!ignore_) return false;
    into.columns[i].push_null();
  }
  return true;
}

void senml_decoder::append_time(const senml_record& record, column& to) {
  switch (to.type().kind()) {
  case type_kind::float64: to.push(static_cast<double>(record.time_us) / 1e6); break;
  case type_kind::bigint: to.push(record.time_us / 1000); break;
  default: to.push(record.time_us);
  }
}

bool senml_decoder::append_number(const wanted_column& wanted, std::string_view text, double base, column& to) {
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
  if (real && *real == static_cast<double>(static_cast<int64_t>(*real)) && std::abs(*real) < 9e15) {
    if (append_text_cell(to, std::to_string(static_cast<int64_t>(*real)), timestamps_)) return true;
  }
  return mismatch(wanted, text);
}

bool senml_decoder::append_role(const wanted_column& wanted, const senml_record& record, column& to) {
  switch (wanted.meaning) {
  case role::name:
    if (record.base_name.empty()) {
      append_text(record.name, record.text_in_place, to);
    } else {
      scratch_.assign(record.base_name).append(record.name);
      to.push_string(scratch_);
    }
    return true;
  case role::base_name: to.push_string(record.base_name); return true;
  case role::unit:
    if (record.unit.empty()) to.push_null();
    else to.push_string(record.unit);
    return true;
  case role::value: return append_number(wanted, record.number, record.base_value, to);
  case role::sum: return append_number(wanted, record.sum, record.base_sum, to);
  case role::text:
    if (record.has_text) append_text(record.text, record.text_in_place, to);
    else to.push_null();
    return true;
  case role::boolean:
    if (record.has_boolean) to.push(static_cast<uint8_t>(record.boolean));
    else to.push_null();
    return true;
  case role::data:
    if (!record.has_data) {
      to.push_null();
      return true;
    }
    if (!absl::WebSafeBase64Unescape({record.data.data(), record.data.size()}, &scratch_)) {
      return mismatch(wanted, record.data);
    }
    to.push_string(scratch_);
    return true;
  case role::time: append_time(record, to); return true;
  case role::update:
    if (record.has_update) to.push(record.update_seconds);
    else to.push_null();
    return true;
  case role::measured: break;
  }
  return append_measured(wanted, record, to);
}

bool senml_decoder::append_measured(const wanted_column& wanted, const senml_record& record, column& to) {
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

int senml_decoder::find_column(const senml_record& record, size_t position) {
  if (position < expected_.size()) {
    const expectation& likely = expected_[position];
    if (likely.name == record.name && likely.base_name == record.base_name) return likely.column;
  }
  scratch_.assign(record.base_name).append(record.name);
  auto found = by_name_.find(scratch_);
  // Where the base name is the device, columns are called by what follows it.
  if (found == by_name_.end()) found = by_name_.find(record.name);
  int column = found == by_name_.end() ? -1 : found->second;
  if (position < remembered_names_max) {
    if (expected_.size() <= position) expected_.resize(position + 1);
    expected_[position] = {std::string(record.base_name), std::string(record.name), column};
  }
  return column;
}

void senml_decoder::begin_moment(const senml_record& first) {
  moment_ = &first;
  std::fill(filled_.begin(), filled_.end(), nullptr);
}

// One row for all records of one time. A name met again begins a new row too: nothing is overwritten.
bool senml_decoder::append_moments(decode_target& into) {
  const auto& records = parser_.records();
  if (records.empty()) return true;
  begin_moment(records.front());
  auto emit = [&] {
    for (size_t i = 0; i < columns_.size(); ++i) {
      column& to = into.columns[i];
      const senml_record* record = filled_[i];
      if (columns_[i].meaning == role::time) {
        append_time(*moment_, to);
      } else if (columns_[i].meaning == role::base_name) {
        to.push_string(moment_->base_name);
      } else if (!record) {
        to.push_null();
      } else if (!append_measured(columns_[i], *record, to)) {
        if (!ignore_) return false;
        to.push_null();
      }
    }
    ++into.rows;
    return true;
  };
  for (size_t i = 0; i < records.size(); ++i) {
    const senml_record& record = records[i];
    int column = find_column(record, i);
    bool repeated = column >= 0 && filled_[static_cast<size_t>(column)];
    if (record.time_us != moment_->time_us || repeated) {
      if (!emit()) return false;
      begin_moment(record);
    }
    if (column >= 0) filled_[static_cast<size_t>(column)] = &record;
  }
  return emit();
}

result<std::unique_ptr<decoder>> make_decoder(const format_spec& spec) {
  table_options& options = *spec.options;
  auto dialect = options.one_of("senml-json.dialect", dialects, "auto");
  if (!dialect.ok()) return dialect.error();
  auto layout = options.one_of("senml-json.layout", layouts, "records");
  if (!layout.ok()) return layout.error();
  auto ignore = options.boolean("senml-json.ignore-parse-errors", false);
  if (!ignore.ok()) return ignore.error();
  bool rows = *layout == "row";
  std::vector<wanted_column> columns;
  for (uint32_t index : spec.needed) {
    wanted_column column{spec.fields[index].name, spec.fields[index].type, role_of(spec.fields[index].name)};
    if (rows && column.meaning != role::time && column.meaning != role::base_name) column.meaning = role::measured;
    if (!rows && column.meaning == role::measured) {
      return status{errc::unsupported, "column '" + column.name +
                                           "' is no field of a SenML record (n, u, v, vs, vb, vd, s, t, ut, bn); "
                                           "'senml-json.layout' = 'row' makes a column of each name"};
    }
    if (auto s = check_column(column); !s.ok()) return s;
    columns.push_back(std::move(column));
  }
  senml_dialect chosen = *dialect == "auto"      ? senml_dialect::any
                         : *dialect == "rfc8428" ? senml_dialect::rfc8428
                                                 : senml_dialect::draft;
  return std::unique_ptr<decoder>(
      new senml_decoder(std::move(columns), chosen, rows, *ignore, spec.clock, spec.messages));
}

} // namespace

void register_senml_json(registry& into) {
  format_definition definition;
  definition.name = "senml-json";
  definition.summary = "sensor measurement lists (RFC 8428, and the drafts before it)";
  definition.options = {
      {"senml-json.layout", "enum records|row", "records",
       "a row for each record with columns n, u, v, vs, vb, vd, s, t, ut; or a row for each time, a column for each "
       "name"},
      {"senml-json.dialect", "enum auto|rfc8428|senml-draft", "auto", "auto: RFC 8428 where a pack begins with ["},
      {"senml-json.ignore-parse-errors", "boolean", "false", "skip malformed packs, make malformed fields NULL"},
  };
  definition.make_decoder = make_decoder;
  into.add(std::move(definition));
}

} // namespace levada::formats
