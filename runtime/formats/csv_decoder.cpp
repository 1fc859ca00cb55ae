#include <charconv>

#include "absl/strings/escaping.h"

#include "runtime/datetime.hpp"
#include "runtime/formats/csv.hpp"
#include "runtime/formats/integer_text.hpp"
#include "runtime/formats/text_cell.hpp"

namespace levada {

namespace {

status check_scalar(const std::string& name, const data_type& type) {
  if (has_text_form(type) || type.is_bytes()) return {};
  return {errc::unsupported, "column '" + name + "': csv cannot carry " + type.to_string()};
}

status check_type(const field& column) {
  const data_type& type = column.type;
  if (type.kind() != type_kind::array && type.kind() != type_kind::row) return check_scalar(column.name, type);
  for (const field& part : type.fields()) {
    if (auto s = check_scalar(column.name, part.type); !s.ok()) return s;
  }
  return {};
}

// java.sql.Date.valueOf: month and day may have one digit, days up to 31 run over into the next month.
bool parse_loose_date(std::string_view text, int32_t& days) {
  uint32_t parts[3];
  const char* at = text.data();
  const char* end = at + text.size();
  for (int i = 0; i < 3; ++i) {
    auto [next, error] = std::from_chars(at, end, parts[i]);
    auto length = next - at;
    if (error != std::errc{} || (i == 0 ? length != 4 : length > 2)) return false;
    if (i < 2 && (next == end || *next != '-')) return false;
    at = next + (i < 2 ? 1 : 0);
  }
  if (at != end || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 || parts[2] > 31) return false;
  days = static_cast<int32_t>(days_from_civil(parts[0], parts[1], 1) + parts[2] - 1);
  return true;
}

class csv_decoder final : public decoder {
 public:
  csv_decoder(const std::vector<field>& fields, std::vector<uint32_t> needed, const csv_dialect& dialect)
      : fields_(fields), needed_(std::move(needed)), dialect_(dialect), splitter_(dialect),
        timestamps_(timestamp_style::sql) {}

  result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into) override;

 private:
  using field_text = csv_splitter::field_text;

  // False: failure_ says why and nothing was appended.
  bool read_row(decode_target& into);
  bool read_cell(const std::string& name, field_text text, column& into);
  bool read_value(field_text text, column& into);
  bool read_scalar(field_text text, column& into);
  bool read_list(field_text text, column& into);

  std::vector<field> fields_;
  std::vector<uint32_t> needed_;
  csv_dialect dialect_;
  csv_splitter splitter_;
  timestamp_parser timestamps_;
  std::string scratch_;
  std::string failure_;
  bool share_chunk_ = false;
};

result<decode_result> csv_decoder::decode(const chunk& input, bool end_of_input, decode_target& into) {
  decode_result done;
  share_chunk_ = share_chunk(input, into);
  while (done.consumed < input.bytes.size() && into.rows < into.rows_max) {
    size_t consumed = 0;
    auto outcome = splitter_.split(input.bytes.substr(done.consumed), end_of_input, consumed);
    if (outcome == csv_splitter::outcome::incomplete) break;
    bool good = true;
    if (outcome == csv_splitter::outcome::record) {
      good = read_row(into);
    } else if (outcome == csv_splitter::outcome::malformed) {
      good = false;
      failure_ = splitter_.reason();
    }
    if (!good) {
      if (!dialect_.ignore_parse_errors) {
        return status{errc::malformed_record, "byte " + std::to_string(done.consumed) + ": " + failure_};
      }
      ++done.skipped;
    }
    done.consumed += consumed;
  }
  return done;
}

bool csv_decoder::read_row(decode_target& into) {
  const auto texts = splitter_.fields();
  // One more delimiter at the end is let pass.
  bool too_many = texts.size() > fields_.size() + 1 || (texts.size() > fields_.size() && !texts.back().text.empty());
  if (too_many || (texts.size() < fields_.size() && !dialect_.ignore_parse_errors)) {
    failure_ = "expected " + std::to_string(fields_.size()) + " fields, got " + std::to_string(texts.size());
    return false;
  }
  for (size_t i = 0; i < needed_.size(); ++i) {
    if (needed_[i] >= texts.size()) {
      into.columns[i].push_null();
    } else if (!read_cell(fields_[needed_[i]].name, texts[needed_[i]], into.columns[i])) {
      for (column& c : into.columns) c.resize(into.rows);
      return false;
    }
  }
  ++into.rows;
  return true;
}

bool csv_decoder::read_cell(const std::string& name, field_text text, column& into) {
  uint32_t before = into.size();
  if (read_value(text, into)) return true;
  into.resize(before);
  if (dialect_.ignore_parse_errors) {
    into.push_null();
    return true;
  }
  constexpr size_t shown_max = 60;
  failure_ = "field '" + name + "': expected " + into.type().to_string() + ", got '" +
             std::string(text.text.substr(0, shown_max)) + "'";
  return false;
}

bool csv_decoder::read_value(field_text text, column& into) {
  if (dialect_.null_literal && text.text == *dialect_.null_literal) {
    into.push_null();
    return true;
  }
  return into.type().is_nested() ? read_list(text, into) : read_scalar(text, into);
}

bool csv_decoder::read_scalar(field_text text, column& into) {
  switch (into.type().kind()) {
  case type_kind::character:
  case type_kind::varchar:
    if (share_chunk_ && !text.copied) into.push(string_ref{text.text});
    else into.push_string(text.text);
    return true;
  case type_kind::binary:
  case type_kind::varbinary:
    if (!absl::Base64Unescape({text.text.data(), text.text.size()}, &scratch_)) return false;
    into.push_string(scratch_);
    return true;
  case type_kind::date: {
    int32_t days;
    if (!parse_loose_date(trimmed(text.text), days)) return false;
    into.push(days);
    return true;
  }
  case type_kind::time: {
    int32_t milliseconds;
    if (!parse_time_text(trimmed(text.text), milliseconds, true)) return false;
    into.push(milliseconds);
    return true;
  }
  case type_kind::bigint: {
    // A part of the chunk has its padding behind it.
    int64_t number;
    if (text.copied || !get_short_integer(text.text.data(), text.text.size(), number)) break;
    into.push(number);
    return true;
  }
  default: break;
  }
  return append_text_cell(into, text.text, timestamps_);
}

bool csv_decoder::read_list(field_text text, column& into) {
  bool row = into.type().kind() == type_kind::row;
  auto& children = into.children();
  uint32_t at = into.size();
  list_ref list{row ? 0 : children[0].size(), 0};
  std::string_view rest = text.text;
  bool more = row || !rest.empty();
  while (more) {
    size_t end = rest.find(dialect_.element_delimiter);
    more = end != std::string_view::npos;
    field_text part{rest.substr(0, end), text.copied};
    if (more) rest.remove_prefix(end + dialect_.element_delimiter.size());
    if (row && list.length == children.size()) return false;
    column& child = row ? children[list.length] : children[0];
    uint32_t before = child.size();
    if (!read_value(part, child)) {
      child.resize(before);
      if (!dialect_.ignore_parse_errors) return false;
      child.push_null();
    }
    ++list.length;
  }
  if (!row) {
    into.push(list);
    return true;
  }
  if (list.length < children.size() && !dialect_.ignore_parse_errors) return false;
  for (; list.length < children.size(); ++list.length) children[list.length].push_null();
  into.resize(at + 1);
  return true;
}

} // namespace

result<std::unique_ptr<decoder>> make_csv_decoder(const std::vector<field>& fields, const std::vector<uint32_t>& needed,
                                                  const csv_dialect& dialect) {
  for (const field& each : fields) {
    if (auto s = check_type(each); !s.ok()) return s;
  }
  return std::unique_ptr<decoder>(new csv_decoder(fields, needed, dialect));
}

} // namespace levada
