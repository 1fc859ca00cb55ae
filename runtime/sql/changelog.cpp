#include "runtime/sql/changelog.hpp"

#include <algorithm>

namespace levada {

namespace {

bool passes_updates_on(const plan_node& node) {
  return node.is("filter") || node.is("project") || node.is("union") || node.is("enforce");
}

bool infer_updates(plan_node& node, diagnostics& found) {
  bool ok = true;
  bool any = false;
  node.spec.updating.clear();
  for (auto& input : node.inputs) {
    ok = infer_updates(*input, found) && ok;
    node.spec.updating.push_back(input->updating);
    any = any || input->updating;
  }
  node.updating = node.is("group_aggregate") || (any && passes_updates_on(node));
  const bool takes_updates = passes_updates_on(node) || node.is("group_aggregate") || node.is("window_aggregate");
  if (any && !takes_updates) {
    const auto* producer = producer_of_updates(*node.inputs[node.spec.updating[0] ? 0 : 1]);
    found.error(errc::invalid_query, node.origin,
                "'" + node.spec.kind + "' takes inserts only, but its input is updated (" + changelog_kinds(*producer) +
                    ") by '" + producer->spec.kind + "'",
                "aggregate per window: GROUP BY window_start, window_end emits each result once");
    ok = false;
  }
  return ok;
}

void require_update_before(plan_node& node, bool needed) {
  node.spec.emit_update_before = needed;
  // A filter must retract a row that no longer passes; an aggregation must subtract the old value.
  const bool below = needed || node.is("filter") || node.is("group_aggregate") || node.is("window_aggregate");
  for (auto& input : node.inputs) require_update_before(*input, below);
}

} // namespace

bool infer_changelog(plan_node& root, bool sink_needs_update_before, diagnostics& found) {
  if (!infer_updates(root, found)) return false;
  require_update_before(root, sink_needs_update_before);
  return true;
}

const plan_node* producer_of_updates(const plan_node& root) {
  if (root.is("group_aggregate")) return &root;
  if (!passes_updates_on(root)) return nullptr;
  for (const auto& input : root.inputs)
    if (const auto* producer = producer_of_updates(*input)) return producer;
  return nullptr;
}

std::string changelog_kinds(const plan_node& node) {
  const auto* producer = producer_of_updates(node);
  if (!producer) return "+I";
  const auto& updating = producer->spec.updating;
  const bool deletes = std::find(updating.begin(), updating.end(), true) != updating.end();
  return std::string("+I, ") + (producer->spec.emit_update_before ? "-U, " : "") + "+U" + (deletes ? ", -D" : "");
}

} // namespace levada
