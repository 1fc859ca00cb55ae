#include "runtime/sql/grammar.hpp"

#include <array>
#include <utility>

namespace levada::grammar {

namespace {

using ast::expression_ptr;
using ast::literal;
using ast::literal_kind;

expression_ptr make_literal(token_cursor& in, source_span span, literal_kind kind, std::string text) {
  literal node;
  node.kind = kind;
  node.text = std::move(text);
  return make(in, span, std::move(node));
}

expression_ptr parse_number(token_cursor& in) {
  const token number = in.peek();
  in.advance();
  auto kind = literal_kind::integer;
  if (number.kind == token_kind::decimal) kind = literal_kind::decimal;
  if (number.kind == token_kind::approximate) kind = literal_kind::approximate;
  return make_literal(in, number.span, kind, std::string(in.text(number)));
}

// Strings that follow each other are one string.
expression_ptr parse_string(token_cursor& in) {
  const auto start = in.span();
  std::string text;
  while (in.at_string()) text += in.string("a string").value;
  return make_literal(in, in.since(start), literal_kind::string, std::move(text));
}

expression_ptr parse_binary_string(token_cursor& in) {
  const token bytes = in.peek();
  in.advance();
  auto value = in.string_of(bytes);
  return make_literal(in, bytes.span, literal_kind::binary, std::move(value));
}

struct keyword_literal {
  std::string_view word;
  literal_kind kind;
  bool truth;
};

constexpr std::array<keyword_literal, 4> keyword_literals = {{
    {"NULL", literal_kind::null_value, false},
    {"TRUE", literal_kind::boolean, true},
    {"FALSE", literal_kind::boolean, false},
    {"UNKNOWN", literal_kind::unknown, false},
}};

expression_ptr parse_keyword_literal(token_cursor& in) {
  for (const auto& [word, kind, truth] : keyword_literals) {
    if (!in.at(word)) continue;
    literal node;
    node.kind = kind;
    node.truth = truth;
    const auto span = in.span();
    in.advance();
    return make(in, span, std::move(node));
  }
  return nullptr;
}

// DATE '..', TIME '..', TIMESTAMP '..' [with or without zone words]; null if none stands here.
expression_ptr parse_temporal(token_cursor& in) {
  const auto start = in.span();
  auto kind = literal_kind::date;
  if (in.at("DATE") && in.at_string(1)) {
    in.advance();
  } else if (in.at("TIME") && in.at_string(1)) {
    kind = literal_kind::time;
    in.advance();
  } else if (in.at("TIMESTAMP") && (in.at_string(1) || in.at("WITH", 1) || in.at("WITHOUT", 1))) {
    kind = literal_kind::timestamp;
    in.advance();
    if (in.at("WITH")) {
      in.fail(errc::unsupported, in.since(start), "a literal with a time zone is not supported",
              "use CAST(TIMESTAMP '..' AS TIMESTAMP_LTZ(3)) or TO_TIMESTAMP_LTZ(..)");
      return placeholder(in);
    }
    in.accept("WITHOUT", "TIME", "ZONE");
  } else {
    return nullptr;
  }
  auto text = in.string("a string");
  return make_literal(in, in.since(start), kind, std::move(text.value));
}

expression_ptr parse_parenthesised(token_cursor& in);
expression_ptr parse_column(token_cursor& in);

// The single unit behind an amount that is not quoted.
ast::interval_qualifier parse_interval_unit(token_cursor& in) {
  auto qualifier = parse_interval_qualifier(in);
  if (qualifier.to)
    in.fail(errc::syntax_error, qualifier.span, "an amount in several units is quoted", "INTERVAL '1 02' DAY TO HOUR");
  return qualifier;
}

// INTERVAL n unit, INTERVAL (n + 1) unit: so many times one unit.
expression_ptr parse_counted_interval(token_cursor& in, source_span start, literal one) {
  constexpr size_t default_precision = 2;
  if (in.kind() == token_kind::integer) {
    one.text = std::string(in.text(in.peek()));
    in.advance();
    one.qualifier = parse_interval_unit(in);
    if (one.text.size() > default_precision) one.qualifier.leading_precision = static_cast<int32_t>(one.text.size());
    return make(in, in.since(start), std::move(one));
  }
  auto amount = in.at("(") ? parse_parenthesised(in) : parse_column(in);
  one.text = "1";
  one.qualifier = parse_interval_unit(in);
  const auto span = one.qualifier.span;
  auto unit = make(in, span, std::move(one));
  return make(in, in.since(start),
              ast::binary{ast::binary_op::multiply, std::move(amount), std::move(unit), in.since(start)});
}

// INTERVAL [-] '..' qualifier
expression_ptr parse_interval(token_cursor& in) {
  const auto start = in.span();
  in.advance();
  literal node;
  node.kind = literal_kind::interval;
  if (in.at("-") || in.at("+")) {
    node.negative = in.at("-");
    in.advance();
  }
  if (in.kind() == token_kind::integer || in.at("(") || in.at_identifier())
    return parse_counted_interval(in, start, std::move(node));
  if (!in.at_string()) {
    in.fail(errc::syntax_error, in.span(), "expected an amount after INTERVAL, found " + in.found(),
            "write INTERVAL '5' SECOND; for a computed amount multiply: n * INTERVAL '1' SECOND");
    return placeholder(in);
  }
  node.text = in.string("a string").value;
  node.qualifier = parse_interval_qualifier(in);
  return make(in, in.since(start), std::move(node));
}

// (query), (expression) or (row, of, expressions), the cursor being on "(".
expression_ptr parse_parenthesised(token_cursor& in) {
  const auto start = in.span();
  in.advance();
  if (at_query(in)) {
    auto subquery = parse_query(in);
    in.expect(")", "after the subquery");
    return make(in, in.since(start), ast::scalar_query{std::move(subquery)});
  }
  auto first = parse_expression(in);
  auto* inner = first->as<ast::scalar_query>();
  if (inner && at_query_continuation(in)) {
    auto whole = continue_query(in, std::move(inner->subquery));
    in.expect(")", "after the subquery");
    return make(in, in.since(start), ast::scalar_query{std::move(whole)});
  }
  if (!in.accept(",")) {
    in.expect(")", "to close the parenthesis");
    return first;
  }
  ast::row_constructor row;
  row.elements.push_back(std::move(first));
  do row.elements.push_back(parse_expression(in));
  while (in.accept(","));
  in.expect(")", "after the last element");
  return make(in, in.since(start), std::move(row));
}

std::vector<expression_ptr> parse_bracketed(token_cursor& in) {
  std::vector<expression_ptr> out;
  in.expect("[");
  if (in.accept("]")) return out;
  out = parse_expression_list(in);
  in.expect("]", "after the last element");
  return out;
}

// ARRAY[..], MAP[..], ROW(..), EXISTS (..); null if none stands here.
expression_ptr parse_constructor(token_cursor& in) {
  const auto start = in.span();
  if (in.at("ARRAY") && in.at("[", 1)) {
    in.advance();
    ast::array_constructor node{parse_bracketed(in)};
    return make(in, in.since(start), std::move(node));
  }
  if (in.at("MAP") && in.at("[", 1)) {
    in.advance();
    ast::map_constructor node{parse_bracketed(in)};
    if (node.elements.size() % 2 != 0)
      in.fail(errc::syntax_error, in.since(start), "MAP[..] takes keys and values in turn",
              "for example MAP['a', 1, 'b', 2]");
    return make(in, in.since(start), std::move(node));
  }
  if (in.at("ROW") && in.at("(", 1)) {
    in.accept("ROW", "(");
    ast::row_constructor node{parse_expression_list(in)};
    in.expect(")", "after the last element");
    return make(in, in.since(start), std::move(node));
  }
  if (in.accept("EXISTS")) {
    in.expect("(", "after EXISTS");
    auto subquery = parse_query(in);
    in.expect(")", "after the subquery");
    return make(in, in.since(start), ast::exists{std::move(subquery)});
  }
  return nullptr;
}

struct refused {
  std::string_view word;
  std::string_view next;
  std::string_view message;
  std::string_view hint;
};

constexpr std::array<refused, 9> refused_forms = {{
    {"ARRAY", "(", "ARRAY(query) is not supported", "use ARRAY_AGG"},
    {"MAP", "(", "MAP(query) is not supported", "write MAP[key, value, ..]"},
    {"MULTISET", "[", "MULTISET values are not supported", "use ARRAY[..]"},
    {"MULTISET", "(", "MULTISET values are not supported", "use ARRAY_AGG"},
    {"NEXT", "VALUE", "sequences are not supported", ""},
    {"PERIOD", "(", "PERIOD is not supported", "compare the bounds"},
    {"DATE", "(", "DATE(..) is not supported", "use TO_DATE(..) or CAST(.. AS DATE)"},
    {"TIME", "(", "TIME(..) is not supported", "use CAST(.. AS TIME)"},
    {"TIMESTAMP", "(", "TIMESTAMP(..) is not supported", "use TO_TIMESTAMP(..) or CAST(.. AS TIMESTAMP(3))"},
}};

bool refuse_form(token_cursor& in) {
  for (const auto& [word, next, message, hint] : refused_forms) {
    if (!in.at(word) || !in.at(next, 1)) continue;
    in.fail(errc::unsupported, in.span(), std::string(message), std::string(hint));
    return true;
  }
  if (in.at("?")) {
    in.fail(errc::unsupported, in.span(), "parameters are not supported", "write the value");
    return true;
  }
  return false;
}

expression_ptr parse_column(token_cursor& in) {
  const auto start = in.span();
  auto path = in.compound_name("a column name");
  if (in.at("(")) return parse_call(in, std::move(path));
  return make(in, in.since(start), ast::column_ref{std::move(path)});
}

} // namespace

expression_ptr parse_primary(token_cursor& in) {
  switch (in.kind()) {
  case token_kind::integer:
  case token_kind::decimal:
  case token_kind::approximate: return parse_number(in);
  case token_kind::string:
  case token_kind::escaped_string:
  case token_kind::unicode_string: return parse_string(in);
  case token_kind::binary_string: return parse_binary_string(in);
  default: break;
  }
  if (in.at("(")) return parse_parenthesised(in);
  if (auto out = parse_keyword_literal(in)) return out;
  if (auto out = parse_temporal(in)) return out;
  if (in.at("INTERVAL")) return parse_interval(in);
  if (auto out = parse_constructor(in)) return out;
  if (refuse_form(in)) return placeholder(in);
  if (auto out = parse_special_form(in)) return out;
  if (at_function(in)) return parse_function(in);
  if (in.at_identifier()) return parse_column(in);
  in.fail_expected("an expression");
  return placeholder(in);
}

} // namespace levada::grammar
