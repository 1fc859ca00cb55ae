// Queries from syntax tree to plan: FROM, WHERE, grouping, SELECT, set operations, VALUES, views.
// Files: query_binder.cpp the query and its SELECT, from_binder.cpp tables and joins, window_binder.cpp table
// functions, aggregate_binder.cpp grouping, set_binder.cpp UNION ALL and VALUES.
#pragma once

#include <string>
#include <vector>

#include "runtime/sql/catalog.hpp"
#include "runtime/sql/expression_binder.hpp"

namespace levada {

// Nested queries, those inside views included: bounds the stack of every walk over a plan.
inline constexpr size_t query_depth_max = 64;
// Views are inlined: two references to a view of two references .. grow quickly.
inline constexpr size_t plan_nodes_max = 4096;

// A table of FROM: its plan, and the names its columns go by.
struct from_item {
  plan_node_ptr node;
  scope names;
};

class query_binder {
 public:
  query_binder(const bind_context& context, const catalog& tables) : context_(context), tables_(tables) {}

  // Null after a diagnostic, here and below. Every column of the result has a type.
  plan_node_ptr bind(const ast::query& q);

 private:
  struct common_table {
    const ast::common_table* syntax;
    size_t visible; // how many common tables its own query sees
  };

  plan_node_ptr bind_body(const ast::query& q);
  plan_node_ptr bind_select(const ast::select& s);
  plan_node_ptr bind_values(const ast::values& v, source_span at);
  plan_node_ptr bind_union(const ast::set_operation& u, source_span at);
  bool refuse_clauses(const ast::query& q);
  bool refuse_clauses(const ast::select& s);

  struct select_list {
    std::vector<expression_ptr> values;
    std::vector<std::string> names;
  };
  // Not the untyped NULL.
  expression_ptr bind_value(expression_binder& binder, const ast::expression& e);
  bool bind_items(const ast::select& s, expression_binder& binder, const scope& names, select_list& out);

  // from_binder.cpp
  bool bind_from(const ast::select& s, from_item& out);
  bool bind_from_item(const ast::table_expression& t, from_item& out);
  bool flatten_join(const ast::table_expression& t, std::vector<from_item>& items,
                    std::vector<const ast::expression*>& conditions);
  plan_node_ptr bind_named(const ast::name& name, const std::vector<ast::hint>& hints, std::string& called);
  plan_node_ptr bind_scan(std::shared_ptr<const table_entry> table, source_span at);
  plan_node_ptr bind_view(const view_entry& view, source_span at);
  bool rename(plan_node& node, const std::vector<std::string>& names, source_span at, std::string_view what);
  bool join_all(std::vector<from_item> items, std::vector<expression_ptr> conjuncts, source_span at, from_item& out);

  // window_binder.cpp
  bool bind_table_function(const ast::table_expression& t, const ast::table_function& f, from_item& out);
  plan_node_ptr bind_window(const ast::function_call& call, const std::string& name, source_span at);
  plan_node_ptr bind_user_function(const ast::function_call& call, const std::string& name, source_span at);
  plan_node_ptr bind_table_argument(const ast::table_argument& t, source_span at, std::string& called);
  bool bind_partition(const ast::table_argument& t, const plan_node& input, std::vector<uint32_t>& out);

  bool count_node(source_span at);

  const bind_context& context_;
  const catalog& tables_;
  std::vector<common_table> common_tables_;
  size_t visible_ = 0;
  size_t depth_ = 0;
  size_t nodes_ = 0;
};

// aggregate_binder.cpp: puts an aggregation by `keys` on `input`. `values` and `having` are over the input's columns and
// aggregate_column_base + i on entry, over the aggregation's output on return.
plan_node_ptr stack_grouping(const bind_context& context, plan_node_ptr input, const std::vector<expression_ptr>& keys,
                             std::vector<bound_aggregate> aggregates, std::vector<expression_ptr>& values,
                             expression_ptr& having, const expression_binder& binder, source_span at);
// DISTINCT over all columns.
plan_node_ptr stack_distinct(const bind_context& context, plan_node_ptr input, source_span at);

// window_join.cpp: an inner join of two windowed inputs; conjuncts are over left ++ right.
plan_node_ptr stack_window_join(const bind_context& context, plan_node_ptr left, plan_node_ptr right,
                                std::vector<expression_ptr> conjuncts, source_span at);

} // namespace levada
