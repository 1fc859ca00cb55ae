// Expressions from syntax tree to typed tree: names resolved, functions bound, implicit casts made explicit, constants
// folded. One binder binds the expressions of one clause; it lives no longer than the tree it reads.
//
// Aggregate calls, where allowed, become columns from aggregate_column_base on: aggregate_binder.cpp gives them their
// place. Files: expression_binder.cpp operators, call_binder.cpp functions, nested_binder.cpp rows, arrays and maps.
#pragma once

#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/expression/expression.hpp"
#include "runtime/registry.hpp"
#include "runtime/sql/ast_expression.hpp"
#include "runtime/sql/diagnostic.hpp"
#include "runtime/sql/scope.hpp"

namespace levada {

// What every binder needs. Outlives them.
struct bind_context {
  const registry& plugins;
  diagnostics& found;
  eval_context eval; // constant folding
};

inline constexpr uint32_t aggregate_column_base = uint32_t{1} << 30;
// Bounds the work of whoever walks a tree: a shared operand (CASE x WHEN ..) counts each time it is reached.
inline constexpr size_t expression_nodes_max = 200000;

struct bound_aggregate {
  std::string name;
  std::vector<expression_ptr> args;
  expression_ptr filter; // null: none
  bool distinct = false;
  data_type result;
  source_span span;
};

class expression_binder {
 public:
  expression_binder(const bind_context& context, const scope& names) : context_(context), names_(names) {}

  // Null after a diagnostic, here and below.
  expression_ptr bind(const ast::expression& e);
  // BOOLEAN; `clause` for the message: "WHERE".
  expression_ptr bind_predicate(const ast::expression& e, std::string_view clause);
  // The value as `target`, by the implicit cast.
  expression_ptr coerce(expression_ptr e, const data_type& target, source_span at);
  // One type for all of them (`merge`: by the rules of COALESCE); each is cast to it. False after a diagnostic.
  bool unify(std::vector<expression_ptr>& values, source_span at, std::string_view what, bool merge = false);
  // A registered function over bound arguments.
  expression_ptr call(std::string_view function, std::vector<expression_ptr> args, source_span at);

  // Where a column was named, for messages about bound trees.
  source_span span_of(const expression& e, source_span otherwise) const;

  // Aggregate calls are collected here; null: they are an error, and `clause` says where.
  std::vector<bound_aggregate>* aggregates = nullptr;
  std::string clause = "this clause";

 private:
  struct node_visitor;
  expression_ptr bind_node(const ast::expression& e);
  expression_ptr bind_node(const ast::expression& e, const ast::literal& n);
  expression_ptr bind_node(const ast::expression& e, const ast::column_ref& n);
  expression_ptr bind_node(const ast::expression& e, const ast::unary& n);
  expression_ptr bind_node(const ast::expression& e, const ast::binary& n);
  expression_ptr bind_node(const ast::expression& e, const ast::logical& n);
  expression_ptr bind_node(const ast::expression& e, const ast::between& n);
  expression_ptr bind_node(const ast::expression& e, const ast::in_list& n);
  expression_ptr bind_node(const ast::expression& e, const ast::like& n);
  expression_ptr bind_node(const ast::expression& e, const ast::case_when& n);
  expression_ptr bind_node(const ast::expression& e, const ast::cast& n);
  expression_ptr bind_node(const ast::expression& e, const ast::row_constructor& n);
  expression_ptr bind_node(const ast::expression& e, const ast::array_constructor& n);
  expression_ptr bind_node(const ast::expression& e, const ast::map_constructor& n);
  expression_ptr bind_node(const ast::expression& e, const ast::element_access& n);
  expression_ptr bind_node(const ast::expression& e, const ast::field_access& n);
  expression_ptr bind_node(const ast::expression& e, const ast::unit_argument& n);
  expression_ptr bind_node(const ast::expression& e, const ast::trim_argument& n);
  expression_ptr bind_node(const ast::expression& e, const ast::function_call& n);

  // For call_binder.cpp.
  expression_ptr bind_aggregate(const ast::expression& e, const ast::function_call& n, const std::string& name);
  expression_ptr bind_special(const ast::expression& e, const std::string& name, std::vector<expression_ptr>& args,
                              bool& known);
  bool bind_arguments(const ast::function_call& n, std::vector<expression_ptr>& out);
  bool refuse_call_clauses(const ast::expression& e, const ast::function_call& n, const std::string& name);

  bool bind_all(const std::vector<ast::expression_ptr>& in, std::vector<expression_ptr>& out);
  expression_ptr between_bounds(const expression_ptr& value, const expression_ptr& low, const expression_ptr& high,
                                bool negated, source_span at);
  expression_ptr equality(const expression_ptr& left, const expression_ptr& right, source_span at);
  expression_ptr as_boolean(expression_ptr e, source_span at, std::string_view where);
  expression_ptr fold(expression_ptr e);
  expression_ptr fail(source_span at, const status& why);
  expression_ptr unsupported(source_span at, std::string what, std::string hint);

  const bind_context& context_;
  const scope& names_;
  std::unordered_map<const expression*, source_span> spans_;
  std::vector<expression_ptr> kept_; // keys of spans_ stay alive, and so unique
  bool inside_aggregate_ = false;
};

// Longest path and number of nodes, counted up to the limits: false when beyond expression_depth_max or
// expression_nodes_max.
bool within_limits(const expression& e);

} // namespace levada
