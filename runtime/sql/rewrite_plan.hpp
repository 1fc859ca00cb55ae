// Rules that make a plan cheaper without changing a row of its result. Order: simplify, then fuse_windows, then
// pruning (prune_columns.hpp).
#pragma once

#include "runtime/sql/plan_node.hpp"

namespace levada {

// Filters sink below projections, unions and window functions (whose windows they do not look at; of SESSION only those of
// whole partitions) and become one; adjacent projections become one.
plan_node_ptr simplify(plan_node_ptr root);

// An aggregation by the windows of a window function right below takes over the assigning: rows are never copied per
// window.
plan_node_ptr fuse_windows(plan_node_ptr root);

} // namespace levada
