#include "runtime/sql/merge_branches.hpp"

#include <map>
#include <utility>

#include "runtime/sql/literal.hpp"
#include "runtime/sql/scan_needs.hpp"

namespace levada {

namespace {

// The scan below a projection and filters, each at most once; null when there is something else.
const plan_node* scan_of(const plan_node& input) {
  const plan_node* node = &input;
  if (node->is("project")) node = node->inputs[0].get();
  if (node->is("filter")) node = node->inputs[0].get();
  return node->is("scan") ? node : nullptr;
}

// The predicate and the columns of one branch, over the scan's columns.
void add_branch(const plan_node& input, std::vector<expression_ptr>& into) {
  const plan_node* below = input.is("project") ? input.inputs[0].get() : &input;
  into.push_back(below->is("filter") ? below->spec.expressions[0] : make_boolean(true));
  if (input.is("project")) {
    into.insert(into.end(), input.spec.expressions.begin(), input.spec.expressions.end());
  } else {
    for (uint32_t i = 0; i < input.output().size(); ++i) into.push_back(make_column(i, input.output().fields[i].type));
  }
}

plan_node_ptr take_scan(plan_node_ptr node) {
  while (!node->is("scan")) node = std::move(node->inputs[0]);
  return node;
}

plan_node_ptr make_branches(const plan_node& all, std::vector<plan_node_ptr> inputs) {
  auto node = std::make_unique<plan_node>();
  node->spec.kind = "branches";
  node->spec.output = all.output();
  node->traits = all.traits;
  node->origin = all.origin;
  node->updating = all.updating;
  for (const auto& input : inputs) add_branch(*input, node->spec.expressions);
  node->inputs.push_back(take_scan(std::move(inputs[0])));
  node->spec.updating = {node->inputs[0]->updating};
  node->spec.emit_update_before = all.spec.emit_update_before;
  return node;
}

} // namespace

plan_node_ptr merge_branches(plan_node_ptr root) {
  for (auto& input : root->inputs) input = merge_branches(std::move(input));
  if (!root->is("union")) return root;
  std::map<std::string, size_t> count;
  for (const auto& input : root->inputs)
    if (const auto* scan = scan_of(*input)) ++count[scan_key(*scan)];
  std::map<std::string, std::vector<plan_node_ptr>> together;
  std::vector<plan_node_ptr> apart;
  std::vector<std::string> order;
  for (auto& input : root->inputs) {
    const auto* scan = scan_of(*input);
    const std::string key = scan ? scan_key(*scan) : std::string{};
    if (!scan || count[key] < 2) {
      apart.push_back(std::move(input));
      continue;
    }
    if (together[key].empty()) order.push_back(key);
    together[key].push_back(std::move(input));
  }
  for (const auto& key : order) apart.push_back(make_branches(*root, std::move(together[key])));
  if (apart.size() == 1) return std::move(apart[0]);
  root->spec.updating.clear();
  for (const auto& input : apart) root->spec.updating.push_back(input->updating);
  root->inputs = std::move(apart);
  return root;
}

} // namespace levada
