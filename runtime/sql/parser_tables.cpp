#include "runtime/sql/grammar.hpp"

#include <utility>

namespace levada::grammar {

namespace {

using ast::table_expression;
using ast::table_expression_ptr;

table_expression_ptr parse_joins(token_cursor& in);

template <class Node>
table_expression_ptr make_table(token_cursor& in, source_span start, Node node) {
  auto out = std::make_unique<table_expression>();
  out->span = in.since(start);
  out->node = std::move(node);
  out->depth = ast::depth_of(*out);
  in.check_depth(out->depth, start);
  return out;
}

void parse_alias(token_cursor& in, table_expression& table) {
  if (in.accept("AS")) table.alias = in.identifier("an alias after AS");
  else if (in.at_identifier()) table.alias = in.identifier("an alias");
  else return;
  if (in.at("(")) table.column_aliases = parse_name_list(in, "a column name");
  table.span = in.since(table.span);
  if (in.at("/*+"))
    in.fail(errc::syntax_error, in.span(), "a hint stands before the alias", "write t /*+ OPTIONS(..) */ AS a");
  if (in.at("FOR") && in.at("SYSTEM_TIME", 1))
    in.fail(errc::syntax_error, in.span(), "FOR SYSTEM_TIME stands before the alias",
            "write t FOR SYSTEM_TIME AS OF .. AS a");
}

// Clauses of a table that parse in Flink and mean nothing here: reported with their span, then skipped.
void refuse_table_clauses(token_cursor& in) {
  const auto start = in.span();
  if (in.at("MATCH_RECOGNIZE") || in.at("PIVOT") || in.at("UNPIVOT")) {
    const std::string clause{in.text(in.peek())};
    in.advance();
    if (in.at("(")) in.skip_parentheses();
    const auto hint = clause[0] == 'M' || clause[0] == 'm' ? "window aggregation, joins and GROUP BY are supported"
                                                           : "write one CASE or FILTER aggregate per column";
    in.unsupported({start.offset, static_cast<uint32_t>(clause.size())}, clause + " is not supported", hint);
  }
}

void refuse_sample(token_cursor& in) {
  const auto start = in.span();
  if (!in.at("TABLESAMPLE")) return;
  in.advance();
  if (!in.at("(")) in.advance();
  if (in.at("(")) in.skip_parentheses();
  in.unsupported(start, "TABLESAMPLE is not supported", "filter instead, for example WHERE MOD(id, 100) = 0");
}

// A subquery as the only meaning of (query) among a table function's arguments.
void adopt_table_arguments(ast::function_call& call) {
  for (auto& argument : call.arguments) {
    auto* query = argument.value->as<ast::scalar_query>();
    if (!query) continue;
    ast::table_argument table;
    table.subquery = std::move(query->subquery);
    argument.value = std::make_unique<ast::expression>(argument.value->span, std::move(table));
  }
}

ast::expression_ptr parse_table_function_call(token_cursor& in) {
  if (in.at_identifier()) {
    auto function = in.compound_name("a table function");
    if (!in.at("(")) {
      in.fail_expected("'(' after the name of the table function");
      return placeholder(in);
    }
    auto call = parse_call(in, std::move(function));
    if (auto* node = call->as<ast::function_call>()) adopt_table_arguments(*node);
    return call;
  }
  if (at_function(in)) return parse_function(in);
  in.fail_expected("a table function");
  return placeholder(in);
}

table_expression_ptr parse_wrapped_function(token_cursor& in, source_span start, bool lateral) {
  in.accept("TABLE", "(");
  auto call = parse_table_function_call(in);
  in.expect(")", "after the table function");
  return make_table(in, start, ast::table_function{std::move(call), lateral, true});
}

table_expression_ptr parse_unnest(token_cursor& in, source_span start) {
  in.advance();
  in.expect("(", "after UNNEST");
  ast::unnest node{parse_expression_list(in), false};
  in.expect(")");
  node.with_ordinality = in.accept("WITH", "ORDINALITY");
  return make_table(in, start, std::move(node));
}

table_expression_ptr parse_subquery(token_cursor& in, source_span start, bool lateral) {
  in.expect("(");
  auto subquery = parse_query(in);
  in.expect(")", "after the subquery");
  return make_table(in, start, ast::derived_table{std::move(subquery), lateral});
}

// (query), (table), (a JOIN b ON ..), and ((query) UNION ..), the cursor being on "(".
table_expression_ptr parse_parenthesised(token_cursor& in, source_span start) {
  if (at_query(in, 1)) return parse_subquery(in, start, false);
  in.advance();
  auto inner = parse_joins(in);
  auto* derived = inner->as<ast::derived_table>();
  if (derived && !derived->lateral && !inner->alias && at_query_continuation(in)) {
    auto whole = continue_query(in, std::move(derived->subquery));
    in.expect(")", "after the subquery");
    return make_table(in, start, ast::derived_table{std::move(whole), false});
  }
  in.expect(")", "to close the parenthesis");
  return inner;
}

table_expression_ptr parse_named_table(token_cursor& in, source_span start) {
  if (!in.at_identifier()) return make_table(in, start, ast::table_function{parse_function(in), false, false});
  ast::table_name node;
  node.table = in.compound_name("a table");
  if (in.at("(")) {
    auto call = parse_call(in, std::move(node.table));
    if (auto* function = call->as<ast::function_call>()) adopt_table_arguments(*function);
    return make_table(in, start, ast::table_function{std::move(call), false, false});
  }
  node.hints = parse_hints(in);
  if (in.at("FOR") && in.at("SYSTEM_TIME", 1)) {
    in.accept("FOR", "SYSTEM_TIME");
    if (!in.accept("AS", "OF")) in.fail_expected("AS OF after FOR SYSTEM_TIME");
    node.system_time = parse_expression(in);
  }
  auto out = make_table(in, start, std::move(node));
  refuse_table_clauses(in);
  return out;
}

table_expression_ptr parse_table(token_cursor& in) {
  const token_cursor::level nested(in);
  const auto start = in.span();
  table_expression_ptr out;
  if (in.failed()) return make_table(in, start, ast::table_name{});
  const bool lateral = in.accept("LATERAL");
  if (in.at("TABLE") && in.at("(", 1)) out = parse_wrapped_function(in, start, lateral);
  else if (in.at("UNNEST")) out = parse_unnest(in, start);
  else if (lateral && in.at("(")) out = parse_subquery(in, start, true);
  else if (lateral) in.fail_expected("TABLE(function(..)), UNNEST(..) or (query) after LATERAL");
  else if (in.at("(")) out = parse_parenthesised(in, start);
  else if (in.at_identifier() || (at_function(in) && in.at("(", 1))) out = parse_named_table(in, start);
  else in.fail_expected("a table");
  if (!out) return make_table(in, start, ast::table_name{});
  if (!out->alias) parse_alias(in, *out);
  refuse_sample(in);
  return out;
}

struct join_words {
  ast::join_kind kind = ast::join_kind::inner;
  bool natural = false;
  bool present = false;
};

// A comma joins like any other word, from the left: in `a, b JOIN c ON ..` the condition may use a.
join_words parse_join_words(token_cursor& in) {
  join_words out;
  if (in.accept(",")) return {ast::join_kind::comma, false, true};
  if (in.accept("CROSS", "JOIN")) return {ast::join_kind::cross, false, true};
  if ((in.at("CROSS") || in.at("OUTER")) && in.at("APPLY", 1)) {
    in.fail(errc::unsupported, in.span(), "APPLY is not Flink SQL", "use CROSS JOIN LATERAL TABLE(..)");
    return out;
  }
  out.natural = in.accept("NATURAL");
  bool outer = true;
  if (in.at("LEFT")) out.kind = ast::join_kind::left;
  else if (in.at("RIGHT")) out.kind = ast::join_kind::right;
  else if (in.at("FULL")) out.kind = ast::join_kind::full;
  else outer = false;
  if (outer) {
    in.advance();
    in.accept("OUTER");
  } else if (in.at("INNER")) {
    in.advance();
  } else if (!in.at("JOIN")) {
    if (out.natural) in.fail_expected("JOIN after NATURAL");
    return out;
  }
  out.present = in.expect("JOIN");
  return out;
}

table_expression_ptr parse_joins(token_cursor& in) {
  const auto start = in.span();
  auto left = parse_table(in);
  while (!in.failed()) {
    const auto join_start = in.span();
    const auto words = parse_join_words(in);
    if (!words.present) break;
    ast::join node;
    node.kind = words.kind;
    node.natural = words.natural;
    node.join_span = in.since(join_start);
    node.left = std::move(left);
    node.right = parse_table(in);
    const bool conditional = node.kind != ast::join_kind::comma;
    if (conditional && in.accept("ON")) node.on = parse_expression(in);
    else if (conditional && in.accept("USING")) node.using_columns = parse_name_list(in, "a column name in USING");
    left = make_table(in, start, std::move(node));
  }
  return left;
}

ast::hint_entry parse_hint_entry(token_cursor& in) {
  ast::hint_entry out;
  if (in.at_string()) {
    out.key = in.string("a hint option");
  } else {
    const auto name = in.compound_name("a hint option");
    for (const auto& part : name.parts) out.key.value += (out.key.value.empty() ? "" : ".") + part.text;
    out.key.span = name.span;
  }
  if (in.accept("=")) out.value = in.string("a quoted value");
  return out;
}

} // namespace

std::vector<ast::identifier> parse_name_list(token_cursor& in, std::string_view what) {
  std::vector<ast::identifier> out;
  in.expect("(");
  do out.push_back(in.identifier(what));
  while (in.accept(","));
  in.expect(")", "after the last name");
  return out;
}

std::vector<ast::hint> parse_hints(token_cursor& in) {
  std::vector<ast::hint> out;
  if (!in.accept("/*+")) return out;
  do {
    ast::hint hint;
    const auto start = in.span();
    hint.hint_name = in.identifier("a hint");
    if (in.accept("(") && !in.accept(")")) {
      do hint.entries.push_back(parse_hint_entry(in));
      while (in.accept(","));
      in.expect(")", "after the hint's options");
    }
    hint.span = in.since(start);
    out.push_back(std::move(hint));
  } while (in.accept(","));
  in.expect("*/", "at the end of the hints");
  return out;
}

table_expression_ptr parse_from(token_cursor& in) { return parse_joins(in); }

} // namespace levada::grammar
