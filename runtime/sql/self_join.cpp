#include "runtime/sql/self_join.hpp"

#include <set>
#include <utility>

#include "runtime/sql/scan_needs.hpp"

namespace levada {

namespace {

void collect_sources(const plan_node& node, std::set<std::string>& into) {
  if (node.is("scan")) into.insert(scan_key(node));
  if (node.is("values")) into.insert(std::string{}); // nothing else is called so
  for (const auto& input : node.inputs) collect_sources(*input, into);
}

// Rows of a window function may be late; what an aggregation or SESSION emits is not.
bool may_be_late(const plan_node& input) {
  const plan_node* node = &input;
  while (node->is("project") || node->is("filter")) node = node->inputs[0].get();
  return node->is("window_table");
}

} // namespace

plan_node_ptr settle_self_joins(plan_node_ptr root) {
  for (auto& input : root->inputs) input = settle_self_joins(std::move(input));
  if (!root->is("window_join")) return root;
  std::set<std::string> sources;
  collect_sources(*root, sources);
  if (sources.size() != 1) return root;
  for (size_t i = 0; i < root->inputs.size(); ++i) {
    auto& input = root->inputs[i];
    if (!may_be_late(*input)) continue;
    const source_span at = input->origin;
    input = stack("in_time", std::move(input), at);
    input->spec.window = i == 0 ? root->spec.window : root->spec.window_right;
    input->spec.updating = {false};
  }
  return root;
}

} // namespace levada
