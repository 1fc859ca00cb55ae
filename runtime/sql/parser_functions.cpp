#include "runtime/sql/grammar.hpp"
#include "runtime/sql/keywords.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace levada::grammar {

namespace {

using ast::argument;
using ast::expression_ptr;
using ast::function_call;

// Reserved words that are called like any function although Flink's list does not mark them so.
constexpr std::array<std::string_view, 9> callable = {"ARRAY_CONCAT_AGG", "JSON_ARRAY",  "JSON_ARRAYAGG",
                                                      "JSON_EXISTS",      "JSON_OBJECT", "JSON_OBJECTAGG",
                                                      "JSON_QUERY",       "JSON_VALUE",  "CLASSIFIER"};

constexpr std::array<std::string_view, 5> without_parentheses = {"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
                                                                 "LOCALTIME", "LOCALTIMESTAMP"};

template <size_t n>
bool at_one_of(const token_cursor& in, const std::array<std::string_view, n>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return in.at(word); });
}

expression_ptr parse_descriptor(token_cursor& in) {
  const auto start = in.span();
  in.advance();
  ast::descriptor node{parse_name_list(in, "a column name in DESCRIPTOR")};
  return make(in, in.since(start), std::move(node));
}

// PARTITION BY and ORDER BY of a table argument: one item, or several in parentheses.
void parse_table_clauses(token_cursor& in, ast::table_argument& node) {
  if (in.accept("PARTITION", "BY")) {
    if (in.accept("(")) {
      node.partition_by = parse_expression_list(in);
      in.expect(")", "after the partition columns");
    } else {
      node.partition_by.push_back(parse_expression(in));
    }
  }
  if (in.accept("ORDER", "BY")) {
    if (in.accept("(")) {
      node.order_by = parse_order_items(in);
      in.expect(")", "after the sort columns");
    } else {
      node.order_by.push_back(parse_order_item(in));
    }
  }
}

expression_ptr parse_table_argument(token_cursor& in) {
  const auto start = in.span();
  in.advance();
  ast::table_argument node;
  node.table = in.compound_name("a table name after TABLE");
  parse_table_clauses(in, node);
  return make(in, in.since(start), std::move(node));
}

expression_ptr parse_argument_value(token_cursor& in) {
  const auto start = in.span();
  if (in.at("TABLE")) return parse_table_argument(in);
  if (in.at("DESCRIPTOR") && in.at("(", 1)) return parse_descriptor(in);
  if (in.at("MODEL") && in.at_identifier(1)) {
    in.advance();
    ast::model_argument node{in.compound_name("a model name")};
    return make(in, in.since(start), std::move(node));
  }
  if (in.at("DEFAULT")) {
    in.advance();
    return make(in, start, ast::default_value{});
  }
  auto value = parse_expression(in);
  auto* query = value->as<ast::scalar_query>();
  if (!query || !(in.at("PARTITION") || in.at("ORDER"))) return value;
  ast::table_argument node;
  node.subquery = std::move(query->subquery);
  parse_table_clauses(in, node);
  return make(in, in.since(start), std::move(node));
}

argument parse_argument(token_cursor& in) {
  argument out;
  if (in.at_identifier() && in.at("=>", 1)) {
    out.argument_name = in.identifier("an argument name");
    in.advance();
  }
  out.value = parse_argument_value(in);
  return out;
}

void parse_arguments(token_cursor& in, function_call& call) {
  const auto start = in.span();
  if (in.accept("*")) {
    call.arguments.push_back({std::nullopt, make(in, start, ast::star{})});
    return;
  }
  if (in.accept("DISTINCT")) call.distinct = true;
  else in.accept("ALL");
  do call.arguments.push_back(parse_argument(in));
  while (in.accept(","));
  if (in.at("ORDER"))
    in.fail(errc::unsupported, in.span(), "ORDER BY inside an aggregate is not supported",
            "sort in a subquery; values are aggregated in the order they arrive");
}

void parse_call_suffixes(token_cursor& in, function_call& call) {
  if (in.accept("WITHIN", "GROUP")) {
    in.expect("(", "after WITHIN GROUP");
    if (!in.accept("ORDER", "BY")) in.fail_expected("ORDER BY");
    call.within_group = parse_order_items(in);
    in.expect(")");
  }
  if (in.accept("IGNORE", "NULLS")) call.ignore_nulls = true;
  else if (in.accept("RESPECT", "NULLS")) call.ignore_nulls = false;
  if (in.at("FILTER") && in.at("(", 1)) {
    in.accept("FILTER", "(");
    in.expect("WHERE", "in FILTER (WHERE ..)");
    call.filter = parse_expression(in);
    in.expect(")", "after the condition of FILTER");
  }
  if (in.accept("OVER")) call.over = std::make_unique<ast::window_spec>(parse_window_spec(in));
}

} // namespace

bool at_function(const token_cursor& in) {
  const auto& next = in.peek();
  if (next.kind != token_kind::word) return false;
  const auto kind = classify_word(in.text(next));
  if (kind == word_class::reserved) return in.at("(", 1) && at_one_of(in, callable);
  if (kind == word_class::reserved_function) return in.at("(", 1) || at_one_of(in, without_parentheses);
  return false;
}

expression_ptr parse_function(token_cursor& in) {
  const token word = in.peek();
  const std::string spelling{in.text(word)};
  if (!in.at("(", 1)) {
    function_call call;
    call.function.span = word.span;
    call.function.parts.push_back({upper_case(spelling), word.span, false});
    call.parentheses = false;
    in.advance();
    return finish(in, std::move(call));
  }
  in.advance();
  ast::name function;
  function.span = word.span;
  function.parts.push_back({spelling, word.span, false});
  return parse_call(in, std::move(function));
}

expression_ptr parse_call(token_cursor& in, ast::name function) {
  function_call call;
  call.function = std::move(function);
  in.expect("(");
  const auto upper = upper_case(call.function.parts.back().text);
  if (is_json_function(upper)) parse_json_arguments(in, call);
  else if (!in.at(")")) parse_arguments(in, call);
  in.expect(")", "after the arguments");
  parse_call_suffixes(in, call);
  return finish(in, std::move(call));
}

} // namespace levada::grammar
