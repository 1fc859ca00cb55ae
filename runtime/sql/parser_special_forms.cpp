// Calls with keywords among their arguments, and CASE and CAST.
#include "runtime/sql/grammar.hpp"
#include "runtime/sql/keywords.hpp"
#include "runtime/sql/power.hpp"

#include <utility>

namespace levada::grammar {

namespace {

using ast::expression_ptr;
using ast::function_call;

// The word as a function's name, in upper case, since its spelling is a keyword's.
function_call named_call(token_cursor& in) {
  function_call call;
  const auto span = in.span();
  call.function.span = span;
  call.function.parts.push_back({upper_case(in.text(in.peek())), span, false});
  in.advance();
  return call;
}

void add(function_call& call, expression_ptr value) { call.arguments.push_back({std::nullopt, std::move(value)}); }

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

} // namespace

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
