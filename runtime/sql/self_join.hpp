// A window join whose sides are made from one table: what is late is settled on each side (operators/in_time.cpp).
#pragma once

#include "runtime/sql/plan_node.hpp"

namespace levada {

// REQUIRES a plan that is not rewritten any more.
plan_node_ptr settle_self_joins(plan_node_ptr root);

} // namespace levada
