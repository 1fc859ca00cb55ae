// Aggregations over SESSION windows. Sessions belong to their partition: grouped by exactly that and the window, each result
// is final; grouped otherwise, sessions of several partitions meet in one group and Flink updates it like any other.
#pragma once

#include <optional>
#include <vector>

#include "runtime/sql/plan_node.hpp"

namespace levada {

// Are these columns of `node`, which has windows of SESSION, exactly the partition of its sessions? `start` is its
// window_start.
bool is_session_partition(const plan_node& node, uint32_t start, const std::vector<uint32_t>& keys);

// A filter between a SESSION function and an aggregation by its partition that looks at other columns than partition and
// window; null: none. Flink forms the sessions of the rows that pass, SQL says of all rows. REQUIRES simplify().
const plan_node* find_filtered_session(const plan_node& root);

} // namespace levada
