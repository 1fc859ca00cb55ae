// A UNION ALL of several views of one table becomes one operator over one scan (operators/branches.cpp).
#pragma once

#include "runtime/sql/plan_node.hpp"

namespace levada {

// REQUIRES a pruned plan, in which all scans of a table have the same columns. Inputs of a union that are more than a
// projection and filters over a scan stay as they are.
plan_node_ptr merge_branches(plan_node_ptr root);

} // namespace levada
