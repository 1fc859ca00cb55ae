// Column pruning: every node computes only what something above it reads; a scan asks its source for only that, and of a
// ROW only for the fields that are read, when its format knows fields by name.
#pragma once

#include "runtime/sql/scan_needs.hpp"

namespace levada {

// Removes everything unread. REQUIRES that `needs` covers the plan. The root's output stays as it is.
plan_node_ptr prune_columns(plan_node_ptr root, const scan_needs& needs);

} // namespace levada
