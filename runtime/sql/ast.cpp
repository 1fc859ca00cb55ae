#include "runtime/sql/ast.hpp"

#include <algorithm>
#include <initializer_list>

namespace levada::ast {

namespace {

// The largest depth among the direct children of a node: each child knows its own.
class deepest_child {
 public:
  uint16_t value() const { return deepest_; }

  void see(const expression_ptr& child) {
    if (child) see_depth(child->depth);
  }
  void see(const query_ptr& child) {
    if (child) see_depth(child->depth);
  }
  void see(const table_expression_ptr& child) {
    if (child) see_depth(child->depth);
  }
  void see(const std::vector<expression_ptr>& children) {
    for (const auto& child : children) see(child);
  }
  void see(const std::vector<order_item>& items) {
    for (const auto& item : items) see(item.key);
  }
  void see(const data_type& type) { see_depth(type.depth); }
  void see(const window_spec& spec) {
    see(spec.partition_by);
    see(spec.order_by);
    see(spec.lower.offset);
    see(spec.upper.offset);
  }
  void see(const json_clauses& clauses) {
    if (clauses.returning) see(*clauses.returning);
    if (clauses.on_empty) see(clauses.on_empty->default_value);
    if (clauses.on_error) see(clauses.on_error->default_value);
  }

  void operator()(const unary& n) { see(n.operand); }
  void operator()(const binary& n) { see(n.left), see(n.right); }
  void operator()(const logical& n) { see(n.operands); }
  void operator()(const between& n) { see(n.operand), see(n.low), see(n.high); }
  void operator()(const in_list& n) { see(n.operand), see(n.list); }
  void operator()(const in_query& n) { see(n.operand), see(n.subquery); }
  void operator()(const like& n) { see(n.operand), see(n.pattern), see(n.escape); }
  void operator()(const exists& n) { see(n.subquery); }
  void operator()(const quantified& n) { see(n.left), see(n.subquery); }
  void operator()(const scalar_query& n) { see(n.subquery); }
  void operator()(const case_when& n) {
    see(n.operand);
    for (const auto& branch : n.branches) see(branch.when), see(branch.then);
    see(n.otherwise);
  }
  void operator()(const cast& n) { see(n.operand), see(n.type); }
  void operator()(const row_constructor& n) { see(n.elements); }
  void operator()(const array_constructor& n) { see(n.elements); }
  void operator()(const map_constructor& n) { see(n.elements); }
  void operator()(const element_access& n) { see(n.operand), see(n.index); }
  void operator()(const field_access& n) { see(n.operand); }
  void operator()(const table_argument& n) { see(n.subquery), see(n.partition_by), see(n.order_by); }
  void operator()(const function_call& n) {
    for (const auto& argument : n.arguments) see(argument.value);
    see(n.within_group);
    see(n.filter);
    if (n.over) see(*n.over);
    if (n.json) see(*n.json);
  }

  void operator()(const table_name& n) { see(n.system_time); }
  void operator()(const derived_table& n) { see(n.subquery); }
  void operator()(const table_function& n) { see(n.call); }
  void operator()(const unnest& n) { see(n.operands); }
  void operator()(const join& n) { see(n.left), see(n.right), see(n.on); }

  void operator()(const select& n) {
    for (const auto& item : n.items) see(item.value);
    see(n.from);
    see(n.where);
    if (n.grouping)
      for (const auto& element : n.grouping->elements) see_grouping(element);
    see(n.having);
    for (const auto& window : n.windows) see(window.spec);
    see(n.qualify);
  }
  void operator()(const values& n) {
    for (const auto& row : n.rows) see(row);
  }
  void operator()(const set_operation& n) {
    for (const auto& operand : n.operands) see(operand);
  }

  // Leaves.
  void operator()(const literal&) {}
  void operator()(const column_ref&) {}
  void operator()(const star&) {}
  void operator()(const unit_argument&) {}
  void operator()(const trim_argument&) {}
  void operator()(const descriptor&) {}
  void operator()(const default_value&) {}
  void operator()(const model_argument&) {}
  void operator()(const explicit_table&) {}

 private:
  void see_depth(uint16_t depth) { deepest_ = std::max(deepest_, depth); }

  // Nesting of grouping sets is bounded by the parser.
  void see_grouping(const grouping_element& element) {
    see(element.keys);
    for (const auto& nested : element.nested) see_grouping(nested);
  }

  uint16_t deepest_ = 0;
};

} // namespace

expression::expression(source_span where, expression_node what) : span(where), node(std::move(what)) {
  deepest_child children;
  std::visit(children, node);
  depth = static_cast<uint16_t>(children.value() + 1);
}

expression::~expression() = default;

uint16_t depth_of(const table_expression& table) {
  deepest_child children;
  std::visit(children, table.node);
  return static_cast<uint16_t>(children.value() + 1);
}

uint16_t depth_of(const query& query) {
  deepest_child children;
  for (const auto& table : query.with) children.see(table.subquery);
  std::visit(children, query.body);
  children.see(query.order_by);
  children.see(query.limit);
  children.see(query.offset);
  return static_cast<uint16_t>(children.value() + 1);
}

} // namespace levada::ast
