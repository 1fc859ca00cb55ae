#include "runtime/sql/grammar.hpp"
#include "runtime/sql/keywords.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace levada::grammar {

namespace {

using ast::json_behaviour;

constexpr std::array<std::string_view, 7> functions = {"JSON_ARRAY",     "JSON_ARRAYAGG", "JSON_EXISTS", "JSON_OBJECT",
                                                       "JSON_OBJECTAGG", "JSON_QUERY",    "JSON_VALUE"};

void add(ast::function_call& call, ast::expression_ptr value) {
  call.arguments.push_back({std::nullopt, std::move(value)});
}

// KEY k VALUE v, k VALUE v, k : v
void parse_pair(token_cursor& in, ast::function_call& call) {
  if (in.at("KEY") && !in.at(".", 1)) in.advance();
  add(call, parse_expression(in));
  if (!in.accept("VALUE") && !in.accept(":")) in.fail_expected("VALUE between the key and the value");
  add(call, parse_expression(in));
}

void parse_null_clause(token_cursor& in, ast::json_clauses& clauses) {
  if (in.accept("NULL", "ON", "NULL")) clauses.absent_on_null = false;
  else if (in.accept("ABSENT", "ON", "NULL")) clauses.absent_on_null = true;
}

void parse_wrapper(token_cursor& in, ast::json_clauses& clauses) {
  if (in.at("WITHOUT")) {
    in.advance();
    clauses.wrapper = ast::json_wrapper::without;
  } else if (in.accept("WITH", "CONDITIONAL")) {
    clauses.wrapper = ast::json_wrapper::conditional;
  } else if (in.at("WITH")) {
    in.advance();
    in.accept("UNCONDITIONAL");
    clauses.wrapper = ast::json_wrapper::unconditional;
  } else {
    return;
  }
  in.accept("ARRAY");
  in.expect("WRAPPER", "at the end of the wrapper clause");
}

std::optional<ast::json_on> parse_behaviour(token_cursor& in) {
  if (in.accept("NULL")) return ast::json_on{json_behaviour::null_value, nullptr};
  if (in.accept("ERROR")) return ast::json_on{json_behaviour::error, nullptr};
  if (in.accept("EMPTY", "ARRAY")) return ast::json_on{json_behaviour::empty_array, nullptr};
  if (in.accept("EMPTY", "OBJECT")) return ast::json_on{json_behaviour::empty_object, nullptr};
  if (in.accept("TRUE")) return ast::json_on{json_behaviour::true_value, nullptr};
  if (in.accept("FALSE")) return ast::json_on{json_behaviour::false_value, nullptr};
  if (in.accept("UNKNOWN")) return ast::json_on{json_behaviour::unknown, nullptr};
  if (in.accept("DEFAULT")) return ast::json_on{json_behaviour::default_value, parse_expression(in)};
  return std::nullopt;
}

// behaviour ON EMPTY, behaviour ON ERROR, in this order.
void parse_behaviours(token_cursor& in, ast::json_clauses& clauses) {
  while (auto behaviour = parse_behaviour(in)) {
    if (in.accept("ON", "EMPTY")) clauses.on_empty = std::move(behaviour);
    else if (in.accept("ON", "ERROR")) clauses.on_error = std::move(behaviour);
    else return in.fail_expected("ON EMPTY or ON ERROR");
  }
}

} // namespace

bool is_json_function(std::string_view upper) {
  return std::find(functions.begin(), functions.end(), upper) != functions.end();
}

void parse_json_arguments(token_cursor& in, ast::function_call& call) {
  call.json = std::make_unique<ast::json_clauses>();
  auto& clauses = *call.json;
  const auto& name = call.function.parts.back().text;
  const bool pairs = equal_ignoring_case(name, "JSON_OBJECT") || equal_ignoring_case(name, "JSON_OBJECTAGG");
  const bool at_clause = (in.at("NULL") || in.at("ABSENT")) && in.at("ON", 1);
  if (!in.at(")") && !at_clause) {
    do {
      if (pairs) parse_pair(in, call);
      else add(call, parse_expression(in));
    } while (in.accept(","));
  }
  parse_null_clause(in, clauses);
  if (in.accept("RETURNING")) clauses.returning = parse_type(in);
  parse_wrapper(in, clauses);
  parse_behaviours(in, clauses);
}

} // namespace levada::grammar
