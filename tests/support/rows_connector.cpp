#include "tests/support/rows_connector.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "runtime/value_text.hpp"

namespace levada::testing {

namespace {

// How far each reader of a run has come in the common sequence.
struct reading {
  std::vector<size_t> next; // by reader: index into input of its next row, or the end
};

class rows_source final : public source {
 public:
  rows_source(std::shared_ptr<test_rows> rows, std::shared_ptr<reading> all, std::string table,
              std::unique_ptr<decoder> with)
      : rows_(std::move(rows)), all_(std::move(all)), table_(std::move(table)), decoder_(std::move(with)) {}

  status open(std::string_view) override {
    me_ = all_->next.size();
    all_->next.push_back(find(0));
    return {};
  }

  result<poll_state> poll(decode_target& into) override {
    size_t& next = all_->next[me_];
    while (next < rows_->input.size() && into.rows < into.rows_max) {
      if (next > *std::min_element(all_->next.begin(), all_->next.end())) return poll_state::idle;
      if (auto s = decode(rows_->input[next].json, into); !s.ok()) return s;
      ++counters_.rows;
      next = find(next + 1);
    }
    if (next < rows_->input.size()) return poll_state::more;
    // As in the oracle: a table that has no more rows does not end, and let event time run on, before the others.
    const size_t slowest = *std::min_element(all_->next.begin(), all_->next.end());
    return slowest < rows_->input.size() ? poll_state::idle : poll_state::finished;
  }

  std::string position() override { return {}; }
  const source_counters& counters() const override { return counters_; }

 private:
  size_t find(size_t from) const {
    while (from < rows_->input.size() && rows_->input[from].table != table_) ++from;
    return from;
  }

  status decode(const std::string& line, decode_target& into) {
    std::string_view json = line;
    for (uint8_t k = 0; k < 4; ++k) {
      const auto kind = static_cast<row_kind>(k);
      if (json.substr(0, 3) != std::string(to_string(kind)) + " ") continue;
      json.remove_prefix(3);
      if (into.kinds.empty()) into.kinds.assign(into.rows, row_kind::insert);
      into.kinds.push_back(kind);
      break;
    }
    auto bytes = std::shared_ptr<char[]>(new char[json.size() + chunk_padding]());
    std::copy(json.begin(), json.end(), bytes.get());
    const chunk input{bytes, {bytes.get(), json.size()}};
    const uint32_t room = std::exchange(into.rows_max, into.rows + 1);
    auto done = decoder_->decode(input, true, into);
    into.rows_max = room;
    if (!into.kinds.empty() && into.kinds.size() < into.rows) into.kinds.push_back(row_kind::insert);
    return done.error();
  }

  std::shared_ptr<test_rows> rows_;
  std::shared_ptr<reading> all_;
  std::string table_;
  std::unique_ptr<decoder> decoder_;
  size_t me_ = 0;
  source_counters counters_;
};

class collecting_sink final : public sink {
 public:
  collecting_sink(std::shared_ptr<test_rows> rows, std::string table)
      : rows_(std::move(rows)), table_(std::move(table)) {}
  status open(std::string_view) override { return {}; }
  status write(const batch& in) override {
    in.selected().for_each([&](uint32_t row) { rows_->written[table_].push_back(row_text(in, row)); });
    return {};
  }

 private:
  std::shared_ptr<test_rows> rows_;
  std::string table_;
};

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      out += code;
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_bytes(std::string_view bytes, std::string& out) {
  out += '"';
  for (unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  out += '"';
}

// 2020-01-01T00:00:05.100 of the print style as the oracle writes it: a blank, seconds always, 0, 3 or 6 digits.
std::string timestamp_text(int64_t us) {
  const int64_t day = us >= 0 ? us / 86400000000 : -((-us + 86399999999) / 86400000000);
  const int64_t in_day = us - day * 86400000000;
  column date{data_type::date()};
  date.push(static_cast<int32_t>(day));
  std::string text;
  append_value_text(date, 0, text);
  const int64_t second = in_day / 1000000;
  const int64_t fraction = in_day % 1000000;
  char clock[32];
  std::snprintf(clock, sizeof clock, " %02d:%02d:%02d", static_cast<int>(second / 3600),
                static_cast<int>(second / 60 % 60), static_cast<int>(second % 60));
  text += clock;
  if (fraction == 0) return text;
  const bool whole_ms = fraction % 1000 == 0;
  std::snprintf(clock, sizeof clock, whole_ms ? ".%03d" : ".%06d",
                static_cast<int>(whole_ms ? fraction / 1000 : fraction));
  return text + clock;
}

void append_json(const column& values, uint32_t row, std::string& out);

void append_list(const column& elements, uint32_t first, uint32_t count, std::string& out) {
  out += '[';
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    append_json(elements, first + i, out);
  }
  out += ']';
}

void append_map(const column& map, uint32_t row, std::string& out) {
  const auto list = map.at<list_ref>(row);
  std::map<std::string, std::string> sorted;
  for (uint32_t i = list.offset; i < list.offset + list.length; ++i) {
    std::string key;
    std::string value;
    append_value_text(map.children()[0], i, key);
    append_json(map.children()[1], i, value);
    sorted[key] = value;
  }
  out += '{';
  const char* separator = "";
  for (const auto& [key, value] : sorted) {
    out += separator;
    append_quoted(key, out);
    out += ": " + value;
    separator = ", ";
  }
  out += '}';
}

void append_row(const column& values, uint32_t row, std::string& out) {
  out += '[';
  for (size_t i = 0; i < values.children().size(); ++i) {
    if (i > 0) out += ", ";
    append_json(values.children()[i], values.is_constant() ? 0 : row, out);
  }
  out += ']';
}

void append_json(const column& values, uint32_t row, std::string& out) {
  if (values.is_null(row)) {
    out += "null";
    return;
  }
  const data_type& type = values.type();
  switch (type.kind()) {
  case type_kind::character:
  case type_kind::varchar: return append_quoted(values.at<string_ref>(row).view(), out);
  case type_kind::binary:
  case type_kind::varbinary: return append_bytes(values.at<string_ref>(row).view(), out);
  case type_kind::timestamp: return append_quoted(timestamp_text(values.at<int64_t>(row)), out);
  case type_kind::timestamp_ltz: return append_quoted(timestamp_text(values.at<int64_t>(row)) + "Z", out);
  case type_kind::array: {
    const auto list = values.at<list_ref>(row);
    return append_list(values.children()[0], list.offset, list.length, out);
  }
  case type_kind::map: return append_map(values, row, out);
  case type_kind::row: return append_row(values, row, out);
  default: break;
  }
  std::string text;
  append_value_text(values, row, text);
  const bool bare = type.kind() == type_kind::boolean || type.is_integer() || type.kind() == type_kind::decimal ||
                    (type.is_approximate() && text.find_first_of("0123456789") != std::string::npos);
  if (bare) out += text;
  else append_quoted(text, out);
}

} // namespace

std::string row_text(const batch& rows, uint32_t row) {
  std::string text = "[\"" + std::string(to_string(rows.kind(row))) + "\"";
  for (const auto& c : rows.columns) {
    text += ", ";
    append_json(*c, row, text);
  }
  return text + "]";
}

std::unique_ptr<sink> make_collecting_sink(std::shared_ptr<test_rows> rows, std::string table) {
  return std::make_unique<collecting_sink>(std::move(rows), std::move(table));
}

void register_rows(registry& into, const std::shared_ptr<test_rows>& rows) {
  auto all = std::make_shared<reading>();
  connector_definition d;
  d.name = "rows";
  d.accepts_updates = true;
  d.fields_by_name = true;
  d.make_source = [rows, all](const source_spec& spec) -> result<std::unique_ptr<source>> {
    const auto* json = spec.table.formats->format("json");
    check(json != nullptr);
    format_spec format;
    for (const auto& c : spec.table.columns) format.fields.push_back(c.column);
    format.needed = spec.needed;
    format.options = spec.table.options;
    format.session_zone = spec.table.session_zone;
    auto with = json->make_decoder(format);
    if (!with.ok()) return with.error();
    return std::unique_ptr<source>(new rows_source(rows, all, spec.table.name, std::move(*with)));
  };
  d.make_sink = [rows](const sink_spec& spec) -> result<std::unique_ptr<sink>> {
    return make_collecting_sink(rows, spec.table.name);
  };
  d.bounded = [](table_options&) { return true; };
  into.add(std::move(d));
}

} // namespace levada::testing
