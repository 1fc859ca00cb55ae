#include "runtime/sql/grammar.hpp"
#include "runtime/sql/power.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace levada::grammar {

namespace {

using ast::binary_op;
using ast::expression_ptr;

struct infix {
  std::string_view symbol;
  binary_op op;
  int power;
};

constexpr std::array<infix, 12> infixes = {{
    {"+", binary_op::add, power_add},
    {"-", binary_op::subtract, power_add},
    {"*", binary_op::multiply, power_multiply},
    {"/", binary_op::divide, power_multiply},
    {"%", binary_op::modulo, power_multiply},
    {"||", binary_op::concat, power_multiply},
    {"=", binary_op::equal, power_compare},
    {"<>", binary_op::not_equal, power_compare},
    {"<", binary_op::less, power_compare},
    {"<=", binary_op::less_equal, power_compare},
    {">", binary_op::greater, power_compare},
    {">=", binary_op::greater_equal, power_compare},
}};

struct foreign {
  std::string_view spelling;
  std::string_view message;
  std::string_view hint;
};

constexpr std::array<foreign, 12> foreign_operators = {{
    {"!=", "'!=' is not Flink SQL", "use <>"},
    {"==", "'==' is not SQL", "use ="},
    {"&&", "'&&' is not SQL", "use AND"},
    {"::", "'::' is not Flink SQL", "use CAST(value AS type)"},
    {"->", "lambda functions are not supported", ""},
    {"SIMILAR", "SIMILAR TO is not supported", "use LIKE, or REGEXP_EXTRACT(..) IS NOT NULL"},
    {"ILIKE", "ILIKE is not supported", "use LOWER(..) LIKE '..'"},
    {"RLIKE", "RLIKE is not supported", "use LIKE, or REGEXP_EXTRACT(..) IS NOT NULL"},
    {"MEMBER", "MEMBER OF is not supported", "use ARRAY_CONTAINS"},
    {"SUBMULTISET", "SUBMULTISET OF is not supported", ""},
    {"OVERLAPS", "OVERLAPS is not supported", "compare the bounds: a < d AND c < b"},
    {"COLLATE", "COLLATE is not supported", "strings compare by code points"},
}};

bool reject_foreign_operator(token_cursor& in) {
  for (const auto& [spelling, message, hint] : foreign_operators) {
    if (!in.at(spelling)) continue;
    in.fail(errc::unsupported, in.span(), std::string(message), std::string(hint));
    return true;
  }
  return false;
}

const infix* infix_here(const token_cursor& in) {
  if (in.kind() != token_kind::symbol) return nullptr;
  for (const auto& candidate : infixes)
    if (in.at(candidate.symbol)) return &candidate;
  return nullptr;
}

source_span from_to(const expression_ptr& first, const token_cursor& in) { return in.since(first->span); }

// a op ANY|SOME|ALL (query)
expression_ptr parse_quantified(token_cursor& in, expression_ptr left, binary_op op) {
  const bool all = in.at("ALL");
  in.advance();
  in.expect("(", "before the subquery");
  if (!at_query(in)) {
    in.fail(errc::unsupported, in.span(), "ANY and ALL over a list are not supported", "use IN or NOT IN (..)");
    return left;
  }
  auto subquery = parse_query(in);
  in.expect(")", "after the subquery");
  const auto span = from_to(left, in);
  return make(in, span, ast::quantified{op, all, std::move(left), std::move(subquery)});
}

expression_ptr parse_binary(token_cursor& in, expression_ptr left, const infix& operation) {
  const auto op_span = in.span();
  in.advance();
  const bool quantifier = in.at("ANY") || in.at("SOME") || in.at("ALL");
  if (operation.power == power_compare && quantifier && in.at("(", 1))
    return parse_quantified(in, std::move(left), operation.op);
  auto right = parse_operators(in, operation.power + 1);
  const auto span = cover(left->span, right->span);
  return make(in, span, ast::binary{operation.op, std::move(left), std::move(right), op_span});
}

expression_ptr parse_logical(token_cursor& in, expression_ptr first, std::string_view word, ast::logical_op op,
                             int power) {
  ast::logical node{op, {}};
  auto span = first->span;
  node.operands.push_back(std::move(first));
  while (in.accept(word)) {
    node.operands.push_back(parse_operators(in, power + 1));
    span = cover(span, node.operands.back()->span);
  }
  return make(in, span, std::move(node));
}

expression_ptr parse_between(token_cursor& in, expression_ptr operand, bool negated) {
  ast::between node;
  node.negated = negated;
  node.symmetric = in.accept("SYMMETRIC");
  if (!node.symmetric) in.accept("ASYMMETRIC");
  const auto start = operand->span;
  node.operand = std::move(operand);
  node.low = parse_operators(in, power_and + 1);
  in.expect("AND", "between the bounds of BETWEEN");
  node.high = parse_operators(in, power_range + 1);
  return make(in, in.since(start), std::move(node));
}

expression_ptr parse_in(token_cursor& in, expression_ptr operand, bool negated) {
  const auto start = operand->span;
  in.expect("(", "after IN");
  if (at_query(in)) {
    auto subquery = parse_query(in);
    in.expect(")", "after the subquery");
    return make(in, in.since(start), ast::in_query{std::move(operand), std::move(subquery), negated});
  }
  auto list = parse_expression_list(in);
  in.expect(")", "after the list of IN");
  const bool only_query = list.size() == 1 && list[0]->as<ast::scalar_query>() != nullptr;
  if (only_query) {
    auto subquery = std::move(list[0]->as<ast::scalar_query>()->subquery);
    return make(in, in.since(start), ast::in_query{std::move(operand), std::move(subquery), negated});
  }
  return make(in, in.since(start), ast::in_list{std::move(operand), std::move(list), negated});
}

expression_ptr parse_like(token_cursor& in, expression_ptr operand, bool negated) {
  ast::like node;
  const auto start = operand->span;
  node.operand = std::move(operand);
  node.negated = negated;
  node.pattern = parse_operators(in, power_range + 1);
  if (in.accept("ESCAPE")) node.escape = parse_operators(in, power_range + 1);
  return make(in, in.since(start), std::move(node));
}

// BETWEEN, IN, LIKE and their NOT forms; null if none stands here.
expression_ptr parse_range(token_cursor& in, expression_ptr& left) {
  const size_t skip = in.at("NOT") ? 1 : 0;
  const bool known = in.at("BETWEEN", skip) || in.at("IN", skip) || in.at("LIKE", skip);
  if (!known) return nullptr;
  const bool negated = in.accept("NOT");
  if (in.accept("BETWEEN")) return parse_between(in, std::move(left), negated);
  if (in.accept("IN")) return parse_in(in, std::move(left), negated);
  in.advance();
  return parse_like(in, std::move(left), negated);
}

struct is_test {
  std::string_view word;
  ast::unary_op plain;
  ast::unary_op negated;
};

constexpr std::array<is_test, 4> is_tests = {{
    {"NULL", ast::unary_op::is_null, ast::unary_op::is_not_null},
    {"TRUE", ast::unary_op::is_true, ast::unary_op::is_not_true},
    {"FALSE", ast::unary_op::is_false, ast::unary_op::is_not_false},
    {"UNKNOWN", ast::unary_op::is_unknown, ast::unary_op::is_not_unknown},
}};

expression_ptr parse_is(token_cursor& in, expression_ptr left) {
  const auto op_start = in.span();
  in.advance();
  const bool negated = in.accept("NOT");
  for (const auto& test : is_tests) {
    if (!in.accept(test.word)) continue;
    const auto span = from_to(left, in);
    return make(in, span, ast::unary{negated ? test.negated : test.plain, std::move(left), in.since(op_start)});
  }
  if (in.at("JSON")) {
    in.fail(errc::unsupported, in.span(), "IS JSON is not supported", "use JSON_VALUE(..) IS NOT NULL");
    return left;
  }
  if (!in.at("DISTINCT")) {
    in.fail_expected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS");
    return left;
  }
  in.advance();
  in.expect("FROM", "after IS DISTINCT");
  const auto op_span = in.since(op_start);
  auto right = parse_operators(in, power_compare + 1);
  const auto span = cover(left->span, right->span);
  const auto op = negated ? binary_op::is_not_distinct : binary_op::is_distinct;
  return make(in, span, ast::binary{op, std::move(left), std::move(right), op_span});
}

// a[i] and f(x).field, which bind tightest.
expression_ptr parse_access(token_cursor& in, expression_ptr left) {
  while (!in.failed()) {
    const auto start = left->span;
    if (in.accept("[")) {
      auto index = parse_expression(in);
      in.expect("]", "after the index");
      left = make(in, in.since(start), ast::element_access{std::move(left), std::move(index)});
    } else if (in.at(".")) {
      in.advance();
      auto field = in.identifier("a field name after '.'");
      left = make(in, in.since(start), ast::field_access{std::move(left), std::move(field)});
    } else {
      break;
    }
  }
  return left;
}

expression_ptr parse_prefix(token_cursor& in) {
  const auto start = in.span();
  if (in.accept("NOT")) {
    auto operand = parse_operators(in, power_not);
    const auto span = cover(start, operand->span);
    return make(in, span, ast::unary{ast::unary_op::not_op, std::move(operand), start});
  }
  if (in.at("-") || in.at("+")) {
    const auto op = in.at("-") ? ast::unary_op::negate : ast::unary_op::plus;
    in.advance();
    auto operand = parse_operators(in, power_sign);
    const auto span = cover(start, operand->span);
    return make(in, span, ast::unary{op, std::move(operand), start});
  }
  return parse_access(in, parse_primary(in));
}

} // namespace

expression_ptr make(token_cursor& in, source_span span, ast::expression_node node) {
  auto out = std::make_unique<ast::expression>(span, std::move(node));
  in.check_depth(out->depth, span);
  return out;
}

expression_ptr finish(token_cursor& in, ast::function_call call) {
  const auto span = in.since(call.function.span);
  return make(in, span, std::move(call));
}

expression_ptr placeholder(token_cursor& in) { return std::make_unique<ast::expression>(in.span(), ast::literal{}); }

expression_ptr parse_operators(token_cursor& in, int min_power) {
  const token_cursor::level nested(in);
  if (in.failed()) return placeholder(in);
  auto left = parse_prefix(in);
  while (!in.failed()) {
    if (const auto* operation = infix_here(in)) {
      if (operation->power < min_power) break;
      left = parse_binary(in, std::move(left), *operation);
    } else if (in.at("AND") && power_and >= min_power) {
      left = parse_logical(in, std::move(left), "AND", ast::logical_op::and_op, power_and);
    } else if (in.at("OR") && power_or >= min_power) {
      left = parse_logical(in, std::move(left), "OR", ast::logical_op::or_op, power_or);
    } else if (in.at("IS") && power_is >= min_power) {
      left = parse_is(in, std::move(left));
    } else if (power_range >= min_power) {
      auto range = parse_range(in, left);
      if (!range) {
        reject_foreign_operator(in);
        break;
      }
      left = std::move(range);
    } else {
      reject_foreign_operator(in);
      break;
    }
  }
  return left;
}

expression_ptr parse_expression(token_cursor& in) { return parse_operators(in, 0); }

std::vector<expression_ptr> parse_expression_list(token_cursor& in) {
  std::vector<expression_ptr> out;
  do out.push_back(parse_expression(in));
  while (in.accept(","));
  return out;
}

} // namespace levada::grammar
