#include "runtime/sql/grammar.hpp"
#include "runtime/sql/keywords.hpp"
#include "runtime/sql/power.hpp"

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

// The word as a function's name, in upper case: for special forms, whose spelling is a keyword's.
function_call named_call(token_cursor& in) {
  function_call call;
  const auto span = in.span();
  call.function.span = span;
  call.function.parts.push_back({upper_case(in.text(in.peek())), span, false});
  in.advance();
  return call;
}

void add(function_call& call, expression_ptr value) { call.arguments.push_back({std::nullopt, std::move(value)}); }

expression_ptr finish(token_cursor& in, function_call call) {
  const auto span = in.since(call.function.span);
  return make(in, span, std::move(call));
}

expression_ptr parse_case(token_cursor& in) {
  const auto start = in.span();
  in.advance();
  ast::case_when node;
  if (!in.at("WHEN")) node.operand = parse_expression(in);
  if (!in.at("WHEN")) in.fail_expected("WHEN in CASE");
  while (in.accept("WHEN")) {
    auto when = parse_expression(in);
    if (in.at(","))
      in.fail(errc::unsupported, in.span(), "a list of values in WHEN is not supported", "write CASE WHEN x IN (..)");
    in.expect("THEN", "after the condition of WHEN");
    node.branches.push_back({std::move(when), parse_expression(in)});
  }
  if (in.accept("ELSE")) node.otherwise = parse_expression(in);
  in.expect("END", "at the end of CASE");
  return make(in, in.since(start), std::move(node));
}

expression_ptr parse_cast(token_cursor& in) {
  const auto start = in.span();
  ast::cast node;
  node.safe = in.at("TRY_CAST");
  in.advance();
  in.expect("(");
  node.operand = parse_expression(in);
  in.expect("AS", "before the type of CAST");
  node.type = parse_type(in);
  in.expect(")", "after the type");
  return make(in, in.since(start), std::move(node));
}

expression_ptr parse_unit(token_cursor& in, std::string_view where) {
  const auto span = in.span();
  const auto unit = in.kind() == token_kind::word ? time_unit_named(in.text(in.peek())) : std::nullopt;
  if (!unit) {
    in.fail(errc::syntax_error, span, "expected a time unit " + std::string(where) + ", found " + in.found(),
            "for example YEAR, MONTH, DAY, HOUR, MINUTE, SECOND");
    return placeholder(in);
  }
  in.advance();
  return make(in, span, ast::unit_argument{*unit});
}

// EXTRACT(unit FROM e)
expression_ptr parse_extract(token_cursor& in) {
  auto call = named_call(in);
  in.expect("(");
  add(call, parse_unit(in, "in EXTRACT"));
  in.expect("FROM", "after the unit of EXTRACT");
  add(call, parse_expression(in));
  in.expect(")");
  return finish(in, std::move(call));
}

// FLOOR(e [TO unit])
expression_ptr parse_floor(token_cursor& in) {
  auto call = named_call(in);
  if (call.function.parts[0].text == "CEILING") call.function.parts[0].text = "CEIL";
  in.expect("(");
  add(call, parse_expression(in));
  if (in.accept("TO")) add(call, parse_unit(in, "after TO"));
  in.expect(")");
  return finish(in, std::move(call));
}

// TIMESTAMPADD(unit, n, t), TIMESTAMPDIFF(unit, a, b)
expression_ptr parse_timestamp_arithmetic(token_cursor& in) {
  auto call = named_call(in);
  in.expect("(");
  add(call, parse_unit(in, "as the first argument"));
  while (in.accept(",")) add(call, parse_expression(in));
  in.expect(")");
  return finish(in, std::move(call));
}

// TRIM([BOTH|LEADING|TRAILING] [characters] FROM e), TRIM(e)
expression_ptr parse_trim(token_cursor& in) {
  auto call = named_call(in);
  in.expect("(");
  const auto start = in.span();
  auto side = ast::trim_side::both;
  const bool written = in.at("BOTH") || in.at("LEADING") || in.at("TRAILING");
  if (in.at("LEADING")) side = ast::trim_side::leading;
  if (in.at("TRAILING")) side = ast::trim_side::trailing;
  if (written) in.advance();
  expression_ptr characters;
  if (!written || !in.at("FROM")) characters = parse_expression(in);
  if (!written && !in.at("FROM")) {
    add(call, std::move(characters));
  } else {
    if (!characters) {
      ast::literal blank;
      blank.kind = ast::literal_kind::string;
      blank.text = " ";
      characters = make(in, start, std::move(blank));
    }
    in.expect("FROM", "after the characters of TRIM");
    add(call, make(in, start, ast::trim_argument{side}));
    add(call, std::move(characters));
    add(call, parse_expression(in));
  }
  in.expect(")");
  return finish(in, std::move(call));
}

// POSITION(a IN b [FROM n]): IN binds weaker than the operand, as Calcite reads it.
expression_ptr parse_position(token_cursor& in) {
  auto call = named_call(in);
  in.expect("(");
  add(call, parse_operators(in, power_range + 1));
  in.expect("IN", "in POSITION: it is POSITION(part IN whole)");
  add(call, parse_expression(in));
  if (in.accept("FROM")) add(call, parse_expression(in));
  in.expect(")");
  return finish(in, std::move(call));
}

// SUBSTRING(a FROM b [FOR c]) and SUBSTRING(a, b, c)
expression_ptr parse_substring(token_cursor& in) {
  auto call = named_call(in);
  in.expect("(");
  add(call, parse_expression(in));
  if (in.accept("FROM")) {
    add(call, parse_expression(in));
    if (in.accept("FOR")) add(call, parse_expression(in));
  } else {
    while (in.accept(",")) add(call, parse_expression(in));
  }
  in.expect(")");
  return finish(in, std::move(call));
}

// OVERLAY(a PLACING b FROM c [FOR d])
expression_ptr parse_overlay(token_cursor& in) {
  auto call = named_call(in);
  in.expect("(");
  add(call, parse_expression(in));
  in.expect("PLACING", "in OVERLAY: it is OVERLAY(whole PLACING part FROM start FOR length)");
  add(call, parse_expression(in));
  in.expect("FROM", "after the new part of OVERLAY");
  add(call, parse_expression(in));
  if (in.accept("FOR")) add(call, parse_expression(in));
  in.expect(")");
  return finish(in, std::move(call));
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
    add(call, make(in, start, ast::star{}));
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
    auto call = named_call(in);
    call.parentheses = false;
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

expression_ptr parse_special_form(token_cursor& in) {
  if (in.kind() != token_kind::word) return nullptr;
  if (in.at("CASE")) return parse_case(in);
  if (!in.at("(", 1)) return nullptr;
  if (in.at("CAST") || in.at("TRY_CAST")) return parse_cast(in);
  if (in.at("EXTRACT")) return parse_extract(in);
  if (in.at("FLOOR") || in.at("CEIL") || in.at("CEILING")) return parse_floor(in);
  if (in.at("TIMESTAMPADD") || in.at("TIMESTAMPDIFF")) return parse_timestamp_arithmetic(in);
  if (in.at("TRIM")) return parse_trim(in);
  if (in.at("POSITION")) return parse_position(in);
  if (in.at("SUBSTRING")) return parse_substring(in);
  if (in.at("OVERLAY")) return parse_overlay(in);
  if (in.at("SAFE_CAST")) {
    in.fail(errc::unsupported, in.span(), "SAFE_CAST is not supported", "use TRY_CAST");
    return placeholder(in);
  }
  if (in.at("CONVERT") || in.at("TRANSLATE")) {
    in.fail(errc::unsupported, in.span(), "this function is not supported", "use REPLACE or REGEXP_REPLACE");
    return placeholder(in);
  }
  return nullptr;
}

} // namespace levada::grammar
