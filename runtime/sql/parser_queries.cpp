#include "runtime/sql/grammar.hpp"

#include <algorithm>
#include <utility>

namespace levada::grammar {

namespace {

using ast::query;
using ast::query_ptr;

constexpr int power_union = 1;
constexpr int power_intersect = 2;

query_ptr new_query(token_cursor& in) {
  auto out = std::make_unique<query>();
  out->span = in.span();
  return out;
}

void end_query(token_cursor& in, query& what, source_span start) {
  what.span = in.since(start);
  seal(in, what);
}

bool has_tail(const query& what) { return !what.order_by.empty() || what.limit || what.offset || !what.with.empty(); }

// SELECT * FROM (inner): for a query in parentheses that already has what is about to be added to it.
query_ptr wrap(token_cursor& in, query_ptr inner) {
  auto out = std::make_unique<query>();
  const auto span = inner->span;
  ast::select body;
  body.span = body.select_span = span;
  body.items.push_back({make(in, span, ast::star{}), std::nullopt});
  body.from = std::make_unique<ast::table_expression>();
  body.from->span = span;
  body.from->node = ast::derived_table{std::move(inner), false};
  body.from->depth = ast::depth_of(*body.from);
  out->body = std::move(body);
  out->span = span;
  seal(in, *out);
  return out;
}

// `*` or `t.*`; null if the select item is something else.
ast::expression_ptr parse_star(token_cursor& in) {
  constexpr size_t max_qualifiers = 16;
  size_t ahead = 0;
  while (ahead < max_qualifiers && in.at_identifier(ahead) && in.at(".", ahead + 1)) ahead += 2;
  if (!in.at("*", ahead)) return nullptr;
  const auto start = in.span();
  ast::star node;
  for (; ahead > 0; ahead -= 2) {
    node.qualifier.parts.push_back(in.identifier("a table name"));
    in.expect(".");
  }
  if (!node.qualifier.parts.empty()) node.qualifier.span = cover(start, node.qualifier.parts.back().span);
  in.expect("*");
  auto out = make(in, in.since(start), std::move(node));
  const bool exclusion = in.at("EXCEPT") || in.at("EXCLUDE") || in.at("REPLACE");
  if (exclusion && in.at("(", 1) && !at_query(in, 2))
    in.fail(errc::unsupported, in.span(), "leaving columns out of * is not supported", "list the columns");
  return out;
}

ast::select_item parse_select_item(token_cursor& in) {
  ast::select_item out;
  if ((out.value = parse_star(in))) return out;
  out.value = parse_expression(in);
  if (in.accept("AS")) {
    if (in.at_string())
      in.fail(errc::syntax_error, in.span(), "an alias is a name, not a string", "write it bare or in `..`");
    out.alias = in.identifier("an alias after AS");
  } else if (in.at_identifier()) {
    out.alias = in.identifier("an alias");
  }
  return out;
}

ast::grouping_element parse_grouping_element(token_cursor& in);

void parse_grouping_list(token_cursor& in, ast::grouping_element& element) {
  in.expect("(");
  do element.nested.push_back(parse_grouping_element(in));
  while (in.accept(","));
  in.expect(")");
}

ast::grouping_element parse_grouping_element(token_cursor& in) {
  const token_cursor::level nested(in);
  ast::grouping_element out;
  const auto start = in.span();
  if (in.failed()) return out;
  if (in.accept("GROUPING", "SETS")) {
    out.kind = ast::grouping_kind::grouping_sets;
    parse_grouping_list(in, out);
  } else if (in.at("ROLLUP") && in.at("(", 1)) {
    in.advance();
    out.kind = ast::grouping_kind::rollup;
    parse_grouping_list(in, out);
  } else if (in.at("CUBE") && in.at("(", 1)) {
    in.advance();
    out.kind = ast::grouping_kind::cube;
    parse_grouping_list(in, out);
  } else if (in.accept("(", ")")) {
    out.kind = ast::grouping_kind::set;
  } else {
    auto key = parse_expression(in);
    auto* row = key->as<ast::row_constructor>();
    if (row && in.slice(key->span).starts_with('(')) {
      out.kind = ast::grouping_kind::set;
      out.keys = std::move(row->elements);
    } else {
      out.keys.push_back(std::move(key));
    }
  }
  out.span = in.since(start);
  return out;
}

ast::group_by parse_group_by(token_cursor& in, source_span start) {
  ast::group_by out;
  out.distinct = in.accept("DISTINCT");
  if (!out.distinct) in.accept("ALL");
  do out.elements.push_back(parse_grouping_element(in));
  while (in.accept(","));
  out.span = in.since(start);
  return out;
}

std::vector<ast::named_window> parse_named_windows(token_cursor& in) {
  std::vector<ast::named_window> out;
  do {
    ast::named_window window;
    window.window = in.identifier("a window name");
    in.expect("AS", "after the window name");
    window.spec = parse_window_spec(in);
    out.push_back(std::move(window));
  } while (in.accept(","));
  return out;
}

// FROM and the clauses that only stand behind it.
void parse_from_clauses(token_cursor& in, ast::select& body) {
  body.from = parse_from(in);
  if (in.accept("WHERE")) body.where = parse_expression(in);
  const auto group_start = in.span();
  if (in.accept("GROUP", "BY")) body.grouping = parse_group_by(in, group_start);
  if (in.accept("HAVING")) body.having = parse_expression(in);
  if (in.accept("WINDOW")) body.windows = parse_named_windows(in);
  if (in.accept("QUALIFY")) body.qualify = parse_expression(in);
}

query_ptr parse_select(token_cursor& in) {
  auto out = new_query(in);
  ast::select body;
  body.select_span = in.span();
  in.advance();
  body.hints = parse_hints(in);
  if (in.at("STREAM"))
    in.fail(errc::unsupported, in.span(), "SELECT STREAM is not Flink SQL",
            "every table is a stream: leave STREAM out");
  body.distinct = in.accept("DISTINCT");
  if (!body.distinct) in.accept("ALL");
  do body.items.push_back(parse_select_item(in));
  while (in.accept(","));
  if (in.accept("FROM")) parse_from_clauses(in, body);
  body.span = in.since(body.select_span);
  const auto start = body.select_span;
  out->body = std::move(body);
  end_query(in, *out, start);
  return out;
}

query_ptr parse_values(token_cursor& in) {
  auto out = new_query(in);
  const auto start = in.span();
  in.advance();
  ast::values body;
  do {
    const auto row_start = in.span();
    std::vector<ast::expression_ptr> row;
    if (in.at("DEFAULT"))
      in.fail(errc::unsupported, in.span(), "DEFAULT is not supported in VALUES", "write the value or NULL");
    auto element = parse_expression(in);
    auto* fields = element->as<ast::row_constructor>();
    if (fields) row = std::move(fields->elements);
    else row.push_back(std::move(element));
    body.rows.push_back(std::move(row));
    body.row_spans.push_back(in.since(row_start));
  } while (in.accept(","));
  out->body = std::move(body);
  end_query(in, *out, start);
  return out;
}

query_ptr parse_explicit_table(token_cursor& in) {
  auto out = new_query(in);
  const auto start = in.span();
  in.advance();
  out->body = ast::explicit_table{in.compound_name("a table name after TABLE")};
  end_query(in, *out, start);
  return out;
}

query_ptr parse_operand(token_cursor& in) {
  if (in.at("SELECT")) return parse_select(in);
  if (in.at("VALUES")) return parse_values(in);
  if (in.at("TABLE")) return parse_explicit_table(in);
  if (in.accept("(")) {
    auto out = parse_query(in);
    in.expect(")", "after the subquery");
    return out;
  }
  in.fail_expected("a query: SELECT, VALUES, WITH or TABLE");
  return new_query(in);
}

bool at_set_operator(const token_cursor& in) { return in.at("UNION") || in.at("INTERSECT") || in.at("EXCEPT"); }

query_ptr parse_set_operators(token_cursor& in, query_ptr left, int min_power) {
  bool extend = false; // left is a set operation made by this loop, not one in parentheses
  while (at_set_operator(in)) {
    const auto op_span = in.span();
    const bool intersect = in.at("INTERSECT");
    auto kind = intersect ? ast::set_kind::intersect_op : ast::set_kind::union_op;
    if (in.at("EXCEPT")) kind = ast::set_kind::except_op;
    const int power = intersect ? power_intersect : power_union;
    if (power < min_power) break;
    in.advance();
    const bool all = in.accept("ALL");
    if (!all) in.accept("DISTINCT");
    auto right = parse_set_operators(in, parse_operand(in), power + 1);
    auto* chain = extend ? left->as<ast::set_operation>() : nullptr;
    if (chain && chain->kind == kind && chain->all == all) {
      left->depth = std::max(left->depth, static_cast<uint16_t>(right->depth + 1));
      left->span = cover(left->span, right->span);
      in.check_depth(left->depth, op_span);
      chain->operands.push_back(std::move(right));
      chain->op_spans.push_back(op_span);
      continue;
    }
    auto joined = std::make_unique<query>();
    ast::set_operation body{kind, all, {}, {op_span}};
    joined->span = cover(left->span, right->span);
    body.operands.push_back(std::move(left));
    body.operands.push_back(std::move(right));
    joined->body = std::move(body);
    seal(in, *joined);
    left = std::move(joined);
    extend = true;
  }
  return left;
}

ast::expression_ptr parse_row_count(token_cursor& in) {
  if (in.kind() != token_kind::integer) {
    in.fail_expected("a number of rows");
    return placeholder(in);
  }
  return parse_primary(in);
}

void parse_limits(token_cursor& in, query& what) {
  const auto start = in.span();
  if (in.accept("LIMIT")) {
    if (!in.accept("ALL")) what.limit = parse_row_count(in);
    if (in.at(","))
      in.fail(errc::unsupported, in.span(), "'LIMIT start, count' is not Flink SQL", "use LIMIT count OFFSET start");
  }
  if (in.accept("OFFSET")) {
    what.offset = parse_row_count(in);
    if (!in.accept("ROWS")) in.accept("ROW");
    if (in.at("LIMIT"))
      in.fail(errc::unsupported, in.span(), "LIMIT stands before OFFSET in Flink SQL", "use LIMIT count OFFSET start");
  }
  if (in.at("FETCH") && !what.limit) {
    in.advance();
    if (!in.accept("FIRST") && !in.accept("NEXT")) in.fail_expected("FIRST or NEXT after FETCH");
    what.limit = parse_row_count(in);
    if (!in.accept("ROWS") && !in.accept("ROW")) in.fail_expected("ROWS");
    in.expect("ONLY", "at the end of FETCH");
  }
  what.limit_span = in.since(start);
}

bool at_tail(const token_cursor& in) { return in.at("ORDER") || in.at("LIMIT") || in.at("OFFSET") || in.at("FETCH"); }

void parse_tail(token_cursor& in, query& what) {
  const auto order_start = in.span();
  if (in.accept("ORDER", "BY")) {
    what.order_by = parse_order_items(in);
    what.order_span = in.since(order_start);
  }
  if (at_tail(in)) parse_limits(in, what);
}

ast::common_table parse_common_table(token_cursor& in) {
  ast::common_table out;
  out.table = in.identifier("a name for the common table");
  if (in.at("(")) out.columns = parse_name_list(in, "a column name");
  in.expect("AS", "after the name of the common table");
  in.expect("(", "before its query");
  out.subquery = parse_query(in);
  in.expect(")", "after the subquery");
  return out;
}

} // namespace

void seal(token_cursor& in, query& what) {
  what.depth = ast::depth_of(what);
  in.check_depth(what.depth, what.span);
}

bool at_query(const token_cursor& in, size_t ahead) {
  if (in.at("SELECT", ahead) || in.at("WITH", ahead) || in.at("VALUES", ahead)) return true;
  return in.at("TABLE", ahead) && in.at_identifier(ahead + 1);
}

bool at_query_continuation(const token_cursor& in) { return at_set_operator(in) || at_tail(in); }

query_ptr continue_query(token_cursor& in, query_ptr first) {
  const auto start = first->span;
  auto out = parse_set_operators(in, std::move(first), 0);
  if (at_tail(in) && has_tail(*out)) out = wrap(in, std::move(out));
  parse_tail(in, *out);
  end_query(in, *out, start);
  return out;
}

query_ptr parse_query(token_cursor& in) {
  const token_cursor::level nested(in);
  const auto start = in.span();
  if (in.failed()) return new_query(in);
  std::vector<ast::common_table> with;
  bool recursive = false;
  if (in.accept("WITH")) {
    recursive = in.accept("RECURSIVE");
    do with.push_back(parse_common_table(in));
    while (in.accept(","));
  }
  auto out = parse_set_operators(in, parse_operand(in), 0);
  if ((!with.empty() || at_tail(in)) && has_tail(*out)) out = wrap(in, std::move(out));
  if (!with.empty()) out->with = std::move(with);
  out->recursive = out->recursive || recursive;
  parse_tail(in, *out);
  end_query(in, *out, start);
  return out;
}

} // namespace levada::grammar
