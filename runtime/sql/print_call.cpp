#include <array>
#include <string_view>

#include "runtime/sql/keywords.hpp"
#include "runtime/sql/power.hpp"
#include "runtime/sql/printer.hpp"

namespace levada::ast {

namespace {

using namespace levada::grammar;

std::string_view json_words(json_behaviour behaviour) {
  constexpr std::array<std::string_view, 8> words = {"NULL",     "ERROR", "EMPTY ARRAY", "EMPTY OBJECT",
                                                     "DEFAULT ", "TRUE",  "FALSE",       "UNKNOWN"};
  return words[static_cast<size_t>(behaviour)];
}

// A function's word may be reserved: COUNT and LEFT need no quotes where they are called.
void print_name(printer& out, const name& function) {
  const auto& last = function.parts.back();
  if (function.parts.size() == 1 && !last.quoted && classify_word(last.text) != word_class::free)
    return out.write(last.text);
  out.print(function);
}

// True if it was one of the forms with keywords among its arguments.
bool print_special_form(printer& out, const function_call& call) {
  if (call.function.parts.size() != 1 || call.function.parts[0].quoted) return false;
  const std::string_view word = call.function.parts[0].text;
  const size_t count = call.arguments.size();
  const auto argument_at = [&](size_t index, int power = 0) { out.print(*call.arguments[index].value, power); };
  const auto separated = [&](std::string_view first, std::string_view second = {}, std::string_view third = {}) {
    argument_at(0);
    for (size_t i = 1; i < count; ++i) {
      out.write(i == 1 ? first : i == 2 ? second : third);
      argument_at(i);
    }
  };
  if (word == "EXTRACT") {
    separated(" FROM ");
  } else if ((word == "FLOOR" || word == "CEIL") && count == 2 && call.arguments[1].value->as<unit_argument>()) {
    separated(" TO ");
  } else if (word == "TRIM" && count == 3) {
    separated(" ", " FROM ");
  } else if (word == "OVERLAY") {
    separated(" PLACING ", " FROM ", " FOR ");
  } else if (word == "POSITION") {
    argument_at(0, power_range + 1);
    out.write(" IN ");
    argument_at(1);
    if (count > 2) {
      out.write(" FROM ");
      argument_at(2);
    }
  } else {
    return false;
  }
  return true;
}

void print_arguments(printer& out, const function_call& call) {
  if (call.distinct) out.write("DISTINCT ");
  const bool pairs =
      call.json && equal_ignoring_case(std::string_view{call.function.parts.back().text}.substr(0, 11), "JSON_OBJECT");
  size_t index = 0;
  for (const auto& each : call.arguments) {
    if (index > 0) out.write(pairs && index % 2 == 1 ? " VALUE " : ", ");
    ++index;
    if (each.argument_name) {
      out.print(*each.argument_name);
      out.write(" => ");
    }
    out.print(*each.value);
  }
}

void print_json_on_clause(printer& out, const json_on& clause, std::string_view when) {
  out.write(" ");
  out.write(json_words(clause.behaviour));
  if (clause.default_value) out.print(*clause.default_value);
  out.write(when);
}

void print_json_suffix(printer& out, const json_clauses& clauses) {
  if (clauses.absent_on_null) out.write(*clauses.absent_on_null ? " ABSENT ON NULL" : " NULL ON NULL");
  if (clauses.returning) {
    out.write(" RETURNING ");
    out.print(*clauses.returning);
  }
  if (clauses.wrapper) {
    constexpr std::array<std::string_view, 3> words = {" WITHOUT", " WITH CONDITIONAL", " WITH UNCONDITIONAL"};
    out.write(words[static_cast<size_t>(*clauses.wrapper)]);
    out.write(" ARRAY WRAPPER");
  }
  if (clauses.on_empty) print_json_on_clause(out, *clauses.on_empty, " ON EMPTY");
  if (clauses.on_error) print_json_on_clause(out, *clauses.on_error, " ON ERROR");
}

} // namespace

void printer::print(const function_call& n) {
  print_name(*this, n.function);
  if (!n.parentheses) return;
  write("(");
  if (!print_special_form(*this, n)) print_arguments(*this, n);
  if (n.json) print_json_suffix(*this, *n.json);
  write(")");
  if (!n.within_group.empty()) {
    write(" WITHIN GROUP (ORDER BY ");
    print_order(n.within_group);
    write(")");
  }
  if (n.ignore_nulls) write(*n.ignore_nulls ? " IGNORE NULLS" : " RESPECT NULLS");
  if (n.filter) {
    write(" FILTER (WHERE ");
    print(*n.filter);
    write(")");
  }
  if (!n.over) return;
  write(" OVER ");
  print(*n.over);
}

} // namespace levada::ast
