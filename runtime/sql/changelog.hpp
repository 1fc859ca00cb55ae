// Which edges carry updates, and who needs to be told what an update replaces.
#pragma once

#include <string>

#include "runtime/sql/plan_node.hpp"

namespace levada {

// Sets plan_node::updating and spec.updating bottom-up, and emit_update_before top-down: -U is produced only where
// something above needs it. False after a diagnostic: an operator that takes inserts only is fed updates.
bool infer_changelog(plan_node& root, bool sink_needs_update_before, diagnostics& found);

// The node whose updates reach `root`'s output; null: inserts only.
const plan_node* producer_of_updates(const plan_node& root);

// "+I, -U, +U, -D" of a node's output.
std::string changelog_kinds(const plan_node& node);

} // namespace levada
