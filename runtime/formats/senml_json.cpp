// SenML as rows: one a record with the record's fields as columns, or one a moment with a column for each name.
#include <array>
#include <map>

#include "platform/clock.hpp"
#include "runtime/formats/senml_cells.hpp"
#include "runtime/registry.hpp"

namespace levada::formats {

namespace {

constexpr std::array<std::string_view, 3> dialects = {"auto", "rfc8428", "senml-draft"};
constexpr std::array<std::string_view, 2> layouts = {"records", "row"};

class senml_decoder final : public decoder {
 public:
  senml_decoder(std::vector<senml_column> columns, senml_dialect dialect, bool rows, bool ignore,
                const clock_source* clock, bool messages)
      : columns_(std::move(columns)), parser_(dialect), rows_(rows), ignore_(ignore), clock_(clock ? clock : &machine_),
        messages_(messages), filled_(columns_.size()) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].meaning == senml_role::measured) by_name_[columns_[i].name] = static_cast<int>(i);
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

  std::vector<senml_column> columns_;
  senml_parser parser_;
  senml_cells cells_;
  bool rows_;
  bool ignore_;
  system_clock machine_;
  const clock_source* clock_;
  bool messages_;
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
  cells_.share_text(share_chunk(input, into));
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
  failure_ = cells_.failure();
  into.rows = before;
  for (column& c : into.columns) c.resize(before);
  return false;
}

bool senml_decoder::append_record(const senml_record& record, decode_target& into) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (cells_.append(columns_[i], record, into.columns[i])) continue;
    if (!ignore_) return false;
    into.columns[i].push_null();
  }
  return true;
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
      if (columns_[i].meaning == senml_role::time) {
        senml_cells::append_time(*moment_, to);
      } else if (columns_[i].meaning == senml_role::base_name) {
        to.push_string(moment_->base_name);
      } else if (!record) {
        to.push_null();
      } else if (!cells_.append_measured(columns_[i], *record, to)) {
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
  std::vector<senml_column> columns;
  for (uint32_t index : spec.needed) {
    senml_column column{spec.fields[index].name, spec.fields[index].type, senml_role_of(spec.fields[index].name)};
    if (rows && column.meaning != senml_role::time && column.meaning != senml_role::base_name)
      column.meaning = senml_role::measured;
    if (!rows && column.meaning == senml_role::measured) {
      return status{errc::unsupported, "column '" + column.name +
                                           "' is no field of a SenML record (n, u, v, vs, vb, vd, s, t, ut, bn); "
                                           "'senml-json.layout' = 'row' makes a column of each name"};
    }
    if (auto s = check_senml_column(column); !s.ok()) return s;
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
