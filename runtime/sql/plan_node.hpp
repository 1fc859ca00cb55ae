// The plan between binding and job_graph: a tree of operator_specs with what the planner alone needs to know. A kind
// that is no operator: "scan" (a table as the rest of the query sees it), "values", "union". Every rewrite keeps
// `spec.output` and `traits` parallel. Nodes are owned by their parent: nothing is shared until physical_plan.cpp merges
// the scans of one table. Single-threaded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/operators/operator.hpp"
#include "runtime/sql/diagnostic.hpp"

namespace levada {

struct table_entry; // catalog.hpp

enum class time_attribute : uint8_t { none, rowtime, proctime };
enum class window_property : uint8_t { none, start, end, time };

// The table function a window column comes from. Two windowed inputs join when their origins are equal.
struct window_origin {
  window_spec window;
  std::vector<std::string> partition; // SESSION: names of the partition columns
};
bool same_windows(const window_origin& a, const window_origin& b);

// What a column is beyond its type: lost by every expression but a plain reference.
struct column_trait {
  time_attribute time = time_attribute::none;
  window_property window = window_property::none;
  std::shared_ptr<const window_origin> origin; // set with `window`
};

struct plan_node;
using plan_node_ptr = std::unique_ptr<plan_node>;

struct plan_node {
  operator_spec spec; // inputs and updating are filled in by finish_plan
  std::vector<plan_node_ptr> inputs;
  std::vector<column_trait> traits; // one an output column
  source_span origin;               // the clause it came from
  bool updating = false;            // output may carry -U, +U, -D; set by infer_changelog
  // scan
  std::shared_ptr<const table_entry> table;
  std::vector<uint32_t> columns; // output column -> column of the table, ascending
  // values: one constant expression a column and row
  std::vector<std::vector<expression_ptr>> rows;

  const schema& output() const { return spec.output; }
  bool is(std::string_view kind) const { return spec.kind == kind; }
};

// Assigns windows to rows: window_table or session_table.
inline bool is_window_function(const plan_node& node) { return node.is("window_table") || node.is("session_table"); }

// A node on top of `input`, with its output and traits unless changed afterwards.
plan_node_ptr stack(std::string kind, plan_node_ptr input, source_span origin);
// A projection: names, types and traits follow the expressions.
plan_node_ptr stack_project(plan_node_ptr input, std::vector<expression_ptr> expressions,
                            std::vector<std::string> names, source_span origin);
plan_node_ptr stack_filter(plan_node_ptr input, expression_ptr predicate, source_span origin);

// All rows of both; REQUIRES equal columns. More are added to a union.
plan_node_ptr stack_union(plan_node_ptr first, plan_node_ptr second);

// Behind the columns there are: start, end and time of the window.
void append_window_columns(plan_node& node, const std::shared_ptr<const window_origin>& origin);

// The trait of an expression's value over columns with `traits`.
column_trait trait_of(const expression& e, const std::vector<column_trait>& traits);

// a AND b AND c as [a, b, c].
void split_conjuncts(const expression_ptr& e, std::vector<expression_ptr>& out);
expression_ptr make_conjunction(std::vector<expression_ptr> conjuncts);
// `e` with column i replaced by values[i]. Of a ROW that has become narrower, fields are found by name again.
expression_ptr substitute_columns(const expression_ptr& e, const std::vector<expression_ptr>& values);
// Same function, same arguments, same literals: the same value for every row.
bool same_expression(const expression& a, const expression& b);

} // namespace levada
