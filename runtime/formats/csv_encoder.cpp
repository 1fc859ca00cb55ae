#include <algorithm>
#include <cstring>

#include "absl/strings/escaping.h"

#include "runtime/datetime.hpp"
#include "runtime/formats/csv.hpp"
#include "runtime/formats/decimal_text.hpp"
#include "runtime/formats/integer_text.hpp"
#include "runtime/formats/time_text.hpp"
#include "runtime/number_text.hpp"

namespace levada {

namespace {

// Jackson looks into shorter texts only; longer ones are quoted unseen. Counted in UTF-16, as Java does.
constexpr size_t inspected_max = 24;

size_t utf16_length(std::string_view text) {
  size_t length = 0;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    length += (byte & 0xC0) != 0x80 ? 1 + (byte >= 0xF0 ? 1 : 0) : 0;
  }
  return length;
}

status check_scalar(const std::string& name, const data_type& type) {
  if (!type.is_nested() && !type.is_interval() && type.kind() != type_kind::null) return {};
  return {errc::unsupported, "column '" + name + "': csv cannot carry " + type.to_string()};
}

class csv_encoder final : public encoder {
 public:
  csv_encoder(const csv_dialect& dialect, size_t columns)
      : dialect_(dialect), safe_from_(static_cast<unsigned char>(std::max(dialect.delimiter, dialect.quote)) + 1U),
        written_(columns) {}

  status encode(const batch& rows, std::string& out, std::vector<size_t>* row_ends) override {
    row_set selected = rows.selected();
    char bytes[buffer_bytes];
    char* at = bytes;
    char* end = bytes + buffer_bytes;
    for (uint32_t i = 0; i < selected.count; ++i) {
      uint32_t row = selected[i];
      if (rows.kind(row) != row_kind::insert) {
        flush(bytes, at, out);
        return {errc::unsupported, "csv cannot carry the change " + std::string(to_string(rows.kind(row)))};
      }
      for (size_t k = 0; k < rows.columns.size(); ++k) {
        if (end - at < piece_bytes_max) at = flush(bytes, at, out);
        if (k > 0) *at++ = dialect_.delimiter;
        const column& from = *rows.columns[k];
        switch (from.is_null(row) ? type_kind::null : from.type().kind()) {
        case type_kind::bigint: at = put_number(at, from.at<int64_t>(row), written_[k]); break;
        case type_kind::integer: at = put_number(at, from.at<int32_t>(row), written_[k]); break;
        case type_kind::timestamp:
        case type_kind::timestamp_ltz: at = put_time(at, from, row, written_[k]); break;
        default: at = flush(bytes, at, out); write_field(from, row, out);
        }
      }
      *at++ = '\n';
      if (row_ends) {
        at = flush(bytes, at, out);
        row_ends->push_back(out.size());
      }
    }
    flush(bytes, at, out);
    return {};
  }

 private:
  // Short pieces are collected on the stack: the place to write at stays in a register from field to field.
  static constexpr size_t buffer_bytes = 2048;

  // Rows of one window share its times, rows of a join what they were joined with: the text of the last one is kept.
  struct written_value {
    static constexpr size_t time_bytes_max = 33; // "+292277-01-09 04:00:54.775807Z" and some
    static constexpr size_t bytes_max = (2 + 2 * time_bytes_max + 7) / 8 * 8; // quoted, every character doubled
    int64_t value = 0;
    uint32_t size = 0; // 0: none yet
    char text[bytes_max] = {};
  };
  static constexpr ptrdiff_t piece_bytes_max = written_value::bytes_max + 2; // with a delimiter and a line's end

  static char* flush(char* begin, const char* end, std::string& out) {
    out.append(begin, static_cast<size_t>(end - begin));
    return begin;
  }

  static char* put_number(char* at, int64_t value, written_value& last) {
    if (last.value != value || last.size == 0) return put_new_number(at, value, last);
    std::memcpy(at, last.text, integer_bytes_max);
    return at + last.size;
  }
  // Written twice: reading back what was just stored in other pieces would stall.
  [[gnu::noinline]] static char* put_new_number(char* at, int64_t value, written_value& last) {
    last.value = value;
    last.size = static_cast<uint32_t>(put_integer(last.text, value) - last.text);
    return put_integer(at, value);
  }
  char* put_time(char* at, const column& from, uint32_t row, written_value& last) {
    int64_t us = from.at<int64_t>(row);
    if (last.size == 0 || last.value != us) write_time(from, row, last);
    std::memcpy(at, last.text, sizeof last.text);
    return at + last.size;
  }
  void write_time(const column& from, uint32_t row, written_value& to) {
    std::string text;
    scratch_.clear();
    write_plain(from, row, scratch_);
    write_text(scratch_, text);
    check(text.size() <= sizeof to.text);
    std::memcpy(to.text, text.data(), text.size());
    to.size = static_cast<uint32_t>(text.size());
    to.value = from.at<int64_t>(row);
  }

  void write_field(const column& from, uint32_t row, std::string& out) {
    if (from.is_null(row)) {
      if (dialect_.null_literal) out += *dialect_.null_literal;
      return;
    }
    switch (from.type().kind()) {
    case type_kind::character:
    case type_kind::varchar: write_text(from.at<string_ref>(row).view(), out); break;
    case type_kind::array:
    case type_kind::map:
    case type_kind::row:
      scratch_.clear();
      write_list(from, row);
      write_text(scratch_, out);
      break;
    default: write_plain(from, row, out);
    }
  }

  // A value that needs no quotes, and a string without them.
  void write_plain(const column& from, uint32_t row, std::string& out) const {
    switch (from.type().kind()) {
    case type_kind::boolean: out += from.at<uint8_t>(row) ? "true" : "false"; break;
    case type_kind::tinyint: append_integer(from.at<int8_t>(row), out); break;
    case type_kind::smallint: append_integer(from.at<int16_t>(row), out); break;
    case type_kind::integer: append_integer(from.at<int32_t>(row), out); break;
    case type_kind::bigint: append_integer(from.at<int64_t>(row), out); break;
    case type_kind::float32: append_float(from.at<float>(row), out); break;
    case type_kind::float64: append_double(from.at<double>(row), out); break;
    case type_kind::decimal:
      if (dialect_.scientific_decimals) {
        append_scientific_decimal(from.at<int128>(row), from.type().scale(), out);
      } else {
        append_decimal(from.at<int128>(row), from.type().scale(), out);
      }
      break;
    case type_kind::character:
    case type_kind::varchar: out += from.at<string_ref>(row).view(); break;
    case type_kind::binary:
    case type_kind::varbinary: {
      std::string_view bytes = from.at<string_ref>(row).view();
      out += absl::Base64Escape({bytes.data(), bytes.size()});
      break;
    }
    case type_kind::date: append_date(from.at<int32_t>(row), out); break;
    case type_kind::time: append_time_text(out, from.at<int32_t>(row)); break;
    case type_kind::timestamp:
    case type_kind::timestamp_ltz:
      append_timestamp_text(out, from.at<int64_t>(row), timestamp_style::sql,
                            from.type().kind() == type_kind::timestamp_ltz);
      break;
    default: check(false);
    }
  }

  void write_list(const column& from, uint32_t row) {
    bool is_row = from.type().kind() == type_kind::row;
    list_ref list = is_row ? list_ref{0, static_cast<uint32_t>(from.children().size())} : from.at<list_ref>(row);
    for (uint32_t i = 0; i < list.length; ++i) {
      if (i > 0) scratch_ += dialect_.element_delimiter;
      const column& part = is_row ? from.children()[i] : from.children()[0];
      uint32_t at = is_row ? (from.is_constant() ? 0 : row) : list.offset + i;
      if (!part.is_null(at)) write_plain(part, at, scratch_);
      else if (dialect_.null_literal) scratch_ += *dialect_.null_literal;
    }
  }

  bool must_quote(std::string_view text) const {
    if (!dialect_.quoting) return false;
    if (text.size() > inspected_max && utf16_length(text) > inspected_max) return true;
    return std::any_of(text.begin(), text.end(),
                       [&](char c) { return static_cast<unsigned char>(c) < safe_from_ || c == '\\'; });
  }

  void write_text(std::string_view text, std::string& out) const {
    if (!must_quote(text)) {
      out += text;
      return;
    }
    out += dialect_.quote;
    for (char c : text) {
      if (c == dialect_.quote || (dialect_.escape && c == *dialect_.escape)) out += c;
      out += c;
    }
    out += dialect_.quote;
  }

  csv_dialect dialect_;
  unsigned safe_from_; // bytes from here on need no quotes
  std::string scratch_;
  std::vector<written_value> written_; // by column
};

} // namespace

result<std::unique_ptr<encoder>> make_csv_encoder(const std::vector<field>& fields, const csv_dialect& dialect) {
  for (const field& each : fields) {
    bool list = each.type.kind() == type_kind::array || each.type.kind() == type_kind::row;
    if (!list) {
      if (auto s = check_scalar(each.name, each.type); !s.ok()) return s;
    }
    for (const field& part : each.type.fields()) {
      if (auto s = check_scalar(each.name, part.type); !s.ok()) return s;
    }
  }
  return std::unique_ptr<encoder>(new csv_encoder(dialect, fields.size()));
}

} // namespace levada
