// Constraints of a sink's columns: NOT NULL, also inside ROW, ARRAY and MAP, and the lengths of CHAR, VARCHAR, BINARY and
// VARBINARY. Texts are Flink's, with the path of a nested value: `r.x`, `list[2]`, `map[value]`.
//
// Options: "not-null" error | drop; "type-length" ignore | trim_pad | error; "table" for messages. Trimming and padding
// reach plain columns only and are refused for nested ones.
#include <algorithm>

#include "runtime/operators/operator.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

enum class length_rule : uint8_t { ignore, trim_pad, error };

bool has_length(const data_type& type) {
  return (type.is_string() || type.is_bytes()) && type.length() != string_length_max;
}

bool is_fixed_length(const data_type& type) {
  return type.kind() == type_kind::character || type.kind() == type_kind::binary;
}

// Does `wanted` hold for a type or, depth bounded by the parser, anything nested in it?
template <class F>
bool any_type(const data_type& type, F&& wanted) {
  if (wanted(type)) return true;
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [&](const field& f) { return any_type(f.type, wanted); });
}

int64_t length_of(const data_type& type, std::string_view text) {
  if (type.is_bytes()) return static_cast<int64_t>(text.size());
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

// The first `length` characters.
std::string_view prefix(const data_type& type, std::string_view text, int32_t length) {
  if (type.is_bytes()) return text.substr(0, static_cast<size_t>(length));
  size_t at = 0;
  for (int32_t taken = 0; at < text.size(); ++at) {
    if ((text[at] & 0xc0) != 0x80 && taken++ == length) break;
  }
  return text.substr(0, at);
}

class enforce final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    const operator_spec& spec = *context.spec;
    fields_ = spec.output.fields;
    auto option = [&](const char* key, const char* otherwise) {
      auto it = spec.options.find(key);
      return it == spec.options.end() ? std::string{otherwise} : it->second;
    };
    table_ = option("table", "");
    drops_ = option("not-null", "error") == "drop";
    std::string length = option("type-length", "ignore");
    lengths_ = length == "error"      ? length_rule::error
               : length == "trim_pad" ? length_rule::trim_pad
                                      : length_rule::ignore;
    for (uint32_t k = 0; k < fields_.size(); ++k) {
      const data_type& type = fields_[k].type;
      bool lengthy = lengths_ != length_rule::ignore && any_type(type, has_length);
      if (lengthy && lengths_ == length_rule::trim_pad) {
        if (type.is_nested()) {
          return {errc::unsupported, "column '" + fields_[k].name + "': strings inside " + type.to_string() +
                                         " cannot be trimmed or padded; set 'table.exec.sink.type-length-enforcer' to "
                                         "'IGNORE' or 'ERROR'"};
        }
        fitted_.push_back(k);
      }
      bool strict = any_type(type, [](const data_type& t) { return !t.nullable(); });
      if (strict || (lengthy && lengths_ == length_rule::error)) checked_.push_back(k);
    }
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    if (in.rows > 0) {
      std::vector<uint8_t> dropped;
      for (uint32_t k : checked_) {
        if (auto s = check_column(in, k, dropped); !s.ok()) return s;
      }
      if (!dropped.empty()) keep_others(in, dropped);
      for (uint32_t k : fitted_) in.columns[k] = fitted(in.columns[k], fields_[k].type, in.selected(), in.rows);
    }
    counters_.rows_out += in.selected_count();
    counters_.watermark = in.watermark_after;
    out.push(std::move(in));
    return {};
  }

 private:
  status check_column(const batch& in, uint32_t k, std::vector<uint8_t>& dropped) {
    const column& c = *in.columns[k];
    const data_type& type = fields_[k].type;
    bool lengthy = lengths_ == length_rule::error && has_length(type);
    if (!type.is_nested() && !lengthy && c.valid().all_valid()) return {};
    row_set rows = in.selected();
    for (uint32_t i = 0; i < rows.count; ++i) {
      path_ = fields_[k].name;
      status s = check_value(c, rows[i], type);
      if (s.ok()) continue;
      if (!drops_ || s.code() != errc::not_null_violation) return s;
      dropped.resize(in.rows);
      dropped[rows[i]] = 1;
    }
    return {};
  }

  // Recursion is as deep as the type.
  status check_value(const column& c, uint32_t row, const data_type& type) {
    if (c.is_null(row)) {
      if (type.nullable()) return {};
      return violation(errc::not_null_violation,
                       "is NOT NULL, however, a null value is being written into it. You can set job configuration "
                       "'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop such records "
                       "silently.");
    }
    if (c.is_constant()) row = 0;
    switch (type.kind()) {
    case type_kind::row: return check_row(c, row, type);
    case type_kind::array: return check_list(c, row, type, 0);
    case type_kind::map: {
      auto s = check_list(c, row, type, 0);
      return s.ok() ? check_list(c, row, type, 1) : s;
    }
    default: return check_length(c, row, type);
    }
  }

  status check_row(const column& c, uint32_t row, const data_type& type) {
    size_t length = path_.size();
    for (size_t k = 0; k < type.fields().size(); ++k) {
      path_ += "." + type.fields()[k].name;
      if (auto s = check_value(c.children()[k], row, type.fields()[k].type); !s.ok()) return s;
      path_.resize(length);
    }
    return {};
  }

  status check_list(const column& c, uint32_t row, const data_type& type, size_t child) {
    size_t length = path_.size();
    list_ref list = c.at<list_ref>(row);
    for (uint32_t i = 0; i < list.length; ++i) {
      if (type.kind() == type_kind::array) path_ += "[" + std::to_string(i + 1) + "]";
      else path_ += child == 0 ? "[key]" : "[value]";
      if (auto s = check_value(c.children()[child], list.offset + i, type.fields()[child].type); !s.ok()) return s;
      path_.resize(length);
    }
    return {};
  }

  status check_length(const column& c, uint32_t row, const data_type& type) {
    if (lengths_ != length_rule::error || !has_length(type)) return {};
    int64_t length = length_of(type, c.at<string_ref>(row).view());
    if (length == type.length() || (length < type.length() && !is_fixed_length(type))) return {};
    return violation(errc::value_out_of_range, "is " + type.as_nullable().to_string() +
                                                   ", however, a string of length " + std::to_string(length) +
                                                   " is being written into it. You can set job configuration "
                                                   "'table.exec.sink.type-length-enforcer' to control this behaviour.");
  }

  status violation(errc code, const std::string& what) const {
    std::string where = table_.empty() ? "" : "table '" + table_ + "': ";
    return {code, where + "Column '" + path_ + "' " + what};
  }

  static void keep_others(batch& in, const std::vector<uint8_t>& dropped) {
    auto kept = std::make_shared<std::vector<uint32_t>>();
    in.selected().for_each([&](uint32_t row) {
      if (!dropped[row]) kept->push_back(row);
    });
    in.selection = std::move(kept);
  }

  // The column itself when every value fits.
  static column_ptr fitted(column_ptr from, const data_type& type, row_set rows, uint32_t physical_rows) {
    const column& c = *from;
    bool fits = true;
    rows.for_each([&](uint32_t row) {
      if (c.is_null(row)) return;
      int64_t length = length_of(type, c.at<string_ref>(row).view());
      fits = fits && (length == type.length() || (length < type.length() && !is_fixed_length(type)));
    });
    if (fits) return from;
    auto made = std::make_shared<column>(type, physical_rows);
    std::string text;
    rows.for_each([&](uint32_t row) {
      if (c.is_null(row)) return made->set_null(row);
      // A view of an inline string is one of the column's own row.
      text = prefix(type, c.at<string_ref>(row).view(), type.length());
      int64_t missing = is_fixed_length(type) ? type.length() - length_of(type, text) : 0;
      if (missing > 0) text.append(static_cast<size_t>(missing), type.is_bytes() ? '\0' : ' ');
      made->data<string_ref>()[row] = made->strings().store(text);
    });
    return made;
  }

  std::vector<field> fields_;
  std::string table_;
  bool drops_ = false;
  length_rule lengths_ = length_rule::ignore;
  std::vector<uint32_t> checked_;
  std::vector<uint32_t> fitted_;
  std::string path_;
};

} // namespace

void register_enforce(registry& into) {
  into.add_operator("enforce", [] { return std::make_unique<enforce>(); });
}

} // namespace levada::operators
