#include "runtime/expression/expression.hpp"

#include <algorithm>
#include <charconv>

namespace levada {

namespace {

expression_ptr make_special(expression_kind kind, std::string name, data_type type, std::vector<expression_ptr> args) {
  expression e;
  e.kind = kind;
  e.type = std::move(type);
  e.name = std::move(name);
  for (const auto& arg : args) e.deterministic = e.deterministic && arg->deterministic;
  e.args = std::move(args);
  return std::make_shared<const expression>(std::move(e));
}

data_type truth_type(const std::vector<expression_ptr>& args) {
  bool nullable = std::any_of(args.begin(), args.end(), [](const auto& arg) { return arg->type.nullable(); });
  return data_type::boolean().as_nullable(nullable);
}

void append_columns(const expression& e, std::vector<uint32_t>& out) {
  if (e.kind == expression_kind::column) out.push_back(e.index);
  for (const auto& arg : e.args) append_columns(*arg, out);
}

void append_literal(const column& value, std::string& out) {
  if (value.is_null(0)) {
    out += "NULL";
    return;
  }
  auto number = [&](auto v) {
    char text[32];
    out.append(text, std::to_chars(text, text + sizeof text, v).ptr);
  };
  switch (value.type().physical()) {
  case physical_type::u8: out += value.at<uint8_t>(0) ? "TRUE" : "FALSE"; break;
  case physical_type::i8: number(value.at<int8_t>(0)); break;
  case physical_type::i16: number(value.at<int16_t>(0)); break;
  case physical_type::i32: number(value.at<int32_t>(0)); break;
  case physical_type::i64: number(value.at<int64_t>(0)); break;
  case physical_type::f32: number(value.at<float>(0)); break;
  case physical_type::f64: number(value.at<double>(0)); break;
  case physical_type::string: {
    out += '\'';
    string_ref text = value.at<string_ref>(0);
    for (char c : text.view()) {
      if (c == '\'') out += '\'';
      out += c;
    }
    out += '\'';
    break;
  }
  default: out += value.type().to_string();
  }
}

void append_text(const expression& e, const schema& input, std::string& out);

void append_args(const expression& e, const schema& input, std::string_view separator, std::string& out) {
  for (size_t i = 0; i < e.args.size(); ++i) {
    if (i > 0) out += separator;
    append_text(*e.args[i], input, out);
  }
}

void append_case(const expression& e, const schema& input, std::string& out) {
  out += "CASE";
  for (size_t i = 0; i + 1 < e.args.size(); i += 2) {
    out += " WHEN ";
    append_text(*e.args[i], input, out);
    out += " THEN ";
    append_text(*e.args[i + 1], input, out);
  }
  out += " ELSE ";
  append_text(*e.args.back(), input, out);
  out += " END";
}

void append_call(const expression& e, const schema& input, std::string& out) {
  bool is_symbol = !e.name.empty() && std::string_view{"=<>!+-*/%|"}.find(e.name[0]) != std::string_view::npos;
  bool is_infix = is_symbol || e.name == "LIKE" || e.name == "IS DISTINCT FROM" || e.name == "IS NOT DISTINCT FROM";
  if (is_infix && e.args.size() == 2) {
    out += '(';
    append_args(e, input, " " + e.name + " ", out);
    out += ')';
  } else if (e.name.starts_with("IS ") && e.args.size() == 1) {
    out += '(';
    append_args(e, input, "", out);
    out += " " + e.name + ")";
  } else if (e.name == "CAST" || e.name == "TRY_CAST") {
    out += e.name + "(";
    append_args(e, input, "", out);
    out += " AS " + e.type.as_nullable().to_string() + ")";
  } else if (e.name == "[]" && e.args.size() == 2) {
    append_text(*e.args[0], input, out);
    out += '[';
    append_text(*e.args[1], input, out);
    out += ']';
  } else {
    out += e.name + "(";
    append_args(e, input, ", ", out);
    out += ')';
  }
}

void append_text(const expression& e, const schema& input, std::string& out) {
  switch (e.kind) {
  case expression_kind::column:
    if (e.index < input.size()) {
      out += "`" + input.fields[e.index].name + "`";
    } else {
      out += "$" + std::to_string(e.index);
    }
    break;
  case expression_kind::literal: append_literal(*e.value, out); break;
  case expression_kind::call: append_call(e, input, out); break;
  case expression_kind::and_:
  case expression_kind::or_:
    out += '(';
    append_args(e, input, e.kind == expression_kind::and_ ? " AND " : " OR ", out);
    out += ')';
    break;
  case expression_kind::case_: append_case(e, input, out); break;
  case expression_kind::coalesce:
    out += "COALESCE(";
    append_args(e, input, ", ", out);
    out += ')';
    break;
  }
}

} // namespace

expression_ptr make_column(uint32_t index, data_type type) {
  expression e;
  e.kind = expression_kind::column;
  e.type = std::move(type);
  e.index = index;
  return std::make_shared<const expression>(std::move(e));
}

expression_ptr make_literal(column_ptr constant) {
  check(constant->is_constant());
  expression e;
  e.kind = expression_kind::literal;
  e.type = constant->type();
  e.value = std::move(constant);
  return std::make_shared<const expression>(std::move(e));
}

expression_ptr make_call(std::string name, binding bound, std::vector<expression_ptr> args) {
  expression e;
  e.kind = expression_kind::call;
  e.type = std::move(bound.result);
  e.name = std::move(name);
  e.run = std::move(bound.run);
  e.deterministic = bound.deterministic;
  for (const auto& arg : args) e.deterministic = e.deterministic && arg->deterministic;
  e.args = std::move(args);
  return std::make_shared<const expression>(std::move(e));
}

expression_ptr make_and(std::vector<expression_ptr> args) {
  data_type type = truth_type(args);
  return make_special(expression_kind::and_, "AND", std::move(type), std::move(args));
}

expression_ptr make_or(std::vector<expression_ptr> args) {
  data_type type = truth_type(args);
  return make_special(expression_kind::or_, "OR", std::move(type), std::move(args));
}

expression_ptr make_case(data_type type, std::vector<expression_ptr> args) {
  check(args.size() % 2 == 1);
  return make_special(expression_kind::case_, "CASE", std::move(type), std::move(args));
}

expression_ptr make_coalesce(data_type type, std::vector<expression_ptr> args) {
  check(!args.empty());
  return make_special(expression_kind::coalesce, "COALESCE", std::move(type), std::move(args));
}

void collect_columns(const expression& e, std::vector<uint32_t>& out) {
  append_columns(e, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

expression_ptr remap_columns(const expression_ptr& e, std::span<const uint32_t> new_index_of) {
  if (e->kind == expression_kind::column) {
    check(e->index < new_index_of.size());
    return make_column(new_index_of[e->index], e->type);
  }
  if (e->args.empty()) return e;
  expression copy = *e;
  for (auto& arg : copy.args) arg = remap_columns(arg, new_index_of);
  return std::make_shared<const expression>(std::move(copy));
}

std::string to_string(const expression& e, const schema& input) {
  std::string out;
  append_text(e, input, out);
  return out;
}

} // namespace levada
