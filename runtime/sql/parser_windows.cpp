#include "runtime/sql/grammar.hpp"

#include <utility>

namespace levada::grammar {

namespace {

ast::frame_bound parse_bound(token_cursor& in) {
  using enum ast::frame_bound_kind;
  if (in.accept("UNBOUNDED", "PRECEDING")) return {unbounded_preceding, nullptr};
  if (in.accept("UNBOUNDED", "FOLLOWING")) return {unbounded_following, nullptr};
  if (in.accept("CURRENT", "ROW")) return {current_row, nullptr};
  ast::frame_bound out;
  out.offset = parse_expression(in);
  if (in.accept("FOLLOWING")) out.kind = following;
  else if (in.accept("PRECEDING")) out.kind = preceding;
  else in.fail_expected("PRECEDING or FOLLOWING");
  return out;
}

void parse_frame(token_cursor& in, ast::window_spec& spec) {
  if (!in.at("ROWS") && !in.at("RANGE")) return;
  spec.unit = in.at("ROWS") ? ast::frame_unit::rows : ast::frame_unit::range;
  in.advance();
  if (!in.accept("BETWEEN")) {
    spec.lower = parse_bound(in);
    return;
  }
  spec.lower = parse_bound(in);
  in.expect("AND", "between the bounds of the frame");
  spec.upper = parse_bound(in);
}

} // namespace

ast::order_item parse_order_item(token_cursor& in) {
  ast::order_item out;
  out.key = parse_expression(in);
  if (in.accept("DESC")) out.descending = true;
  else in.accept("ASC");
  if (in.accept("NULLS", "FIRST")) out.nulls_first = true;
  else if (in.accept("NULLS", "LAST")) out.nulls_first = false;
  return out;
}

std::vector<ast::order_item> parse_order_items(token_cursor& in) {
  std::vector<ast::order_item> out;
  do out.push_back(parse_order_item(in));
  while (in.accept(","));
  return out;
}

ast::window_spec parse_window_spec(token_cursor& in) {
  ast::window_spec out;
  const auto start = in.span();
  if (in.at_identifier()) {
    out.base = in.identifier("a window name");
    out.span = start;
    return out;
  }
  in.expect("(", "or a window name after OVER");
  if (in.at_identifier()) out.base = in.identifier("a window name");
  if (in.accept("PARTITION", "BY")) out.partition_by = parse_expression_list(in);
  if (in.accept("ORDER", "BY")) out.order_by = parse_order_items(in);
  parse_frame(in, out);
  in.expect(")", "at the end of the window");
  out.span = in.since(start);
  return out;
}

} // namespace levada::grammar
