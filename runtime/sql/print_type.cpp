#include <algorithm>

#include "runtime/sql/keywords.hpp"
#include "runtime/sql/print.hpp"
#include "runtime/sql/printer.hpp"

namespace levada::ast {

namespace {

bool is_plain_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), inner);
}

std::string_view type_word(type_kind kind) {
  switch (kind) {
  case type_kind::boolean_type: return "BOOLEAN";
  case type_kind::tinyint: return "TINYINT";
  case type_kind::smallint: return "SMALLINT";
  case type_kind::integer: return "INT";
  case type_kind::bigint: return "BIGINT";
  case type_kind::float_type: return "FLOAT";
  case type_kind::double_type: return "DOUBLE";
  case type_kind::decimal: return "DECIMAL";
  case type_kind::char_type: return "CHAR";
  case type_kind::varchar: return "VARCHAR";
  case type_kind::string: return "STRING";
  case type_kind::binary: return "BINARY";
  case type_kind::varbinary: return "VARBINARY";
  case type_kind::bytes: return "BYTES";
  case type_kind::date: return "DATE";
  case type_kind::time: return "TIME";
  case type_kind::timestamp: return "TIMESTAMP";
  case type_kind::timestamp_ltz: return "TIMESTAMP_LTZ";
  case type_kind::interval: return "INTERVAL ";
  case type_kind::array: return "ARRAY";
  case type_kind::multiset: return "MULTISET";
  case type_kind::map: return "MAP";
  case type_kind::row: return "ROW";
  case type_kind::null_type: return "NULL";
  case type_kind::variant: return "VARIANT";
  case type_kind::unknown: return "";
  }
  return "";
}

} // namespace

void printer::print(const identifier& what) {
  const bool bare = !what.quoted && is_plain_name(what.text) && classify_word(what.text) == word_class::free;
  if (bare) return write(what.text);
  write("`");
  for (const char c : what.text) {
    if (c == '`') out_ += c;
    out_ += c;
  }
  write("`");
}

void printer::print(const name& what) {
  bool first = true;
  for (const auto& part : what.parts) {
    if (!first) write(".");
    first = false;
    print(part);
  }
}

void printer::print_names(const std::vector<identifier>& names) {
  write("(");
  list(names, [&](const identifier& each) { print(each); });
  write(")");
}

void printer::print_string(std::string_view value) {
  write("'");
  for (const char c : value) {
    if (c == '\'') out_ += c;
    out_ += c;
  }
  write("'");
}

void printer::print(const interval_qualifier& what) {
  write(time_unit_name(what.from));
  const bool fraction_here = !what.to && what.fraction_precision;
  if (what.leading_precision) {
    write("(" + std::to_string(*what.leading_precision));
    if (fraction_here) write(", " + std::to_string(*what.fraction_precision));
    write(")");
  }
  if (!what.to) return;
  write(" TO ");
  write(time_unit_name(*what.to));
  if (what.fraction_precision) write("(" + std::to_string(*what.fraction_precision) + ")");
}

void printer::print(const data_type& what) {
  write(type_word(what.kind));
  if (what.kind == type_kind::unknown) print(what.type_name);
  if (what.precision) {
    write("(" + std::to_string(*what.precision));
    if (what.scale) write(", " + std::to_string(*what.scale));
    write(")");
  }
  if (what.qualifier) print(*what.qualifier);
  if (!what.elements.empty()) {
    write("<");
    list(what.elements, [&](const data_type& element) { print(element); });
    write(">");
  }
  if (what.kind == type_kind::row) {
    write("<");
    list(what.fields, [&](const row_field& field) {
      print(field.field);
      write(" ");
      print(field.type);
      if (!field.comment) return;
      write(" ");
      print_string(field.comment->value);
    });
    write(">");
  }
  if (what.not_null) write(" NOT NULL");
}

std::string to_sql(const name& what) {
  printer out;
  out.print(what);
  return out.take();
}

std::string to_sql(const data_type& what) {
  printer out;
  out.print(what);
  return out.take();
}

} // namespace levada::ast
