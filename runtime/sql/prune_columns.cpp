#include "runtime/sql/prune_columns.hpp"

#include <algorithm>
#include <utility>

namespace levada {

namespace {

using column_map = std::vector<uint32_t>; // old column -> new column, for those that are left

template <class T>
void keep(std::vector<T>& list, const column_uses& wanted) {
  std::vector<T> kept;
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].any()) kept.push_back(std::move(list[i]));
  list = std::move(kept);
}

void remap_list(std::vector<uint32_t>& list, const column_map& map) {
  for (auto& column : list) column = map[column];
}

// `e` over the new columns of `node`.
expression_ptr moved(const expression_ptr& e, const column_map& map, const schema& columns) {
  std::vector<expression_ptr> values(map.size());
  for (size_t i = 0; i < map.size(); ++i)
    if (map[i] < columns.size()) values[i] = make_column(map[i], columns.fields[map[i]].type);
  return substitute_columns(e, values);
}

void remap_window(window_spec& w, const column_map& map) {
  if (w.kind == window_kind::attached) {
    w.start_column = map[w.start_column];
    w.end_column = map[w.end_column];
  } else {
    w.time_column = map[w.time_column];
  }
}

class pruner {
 public:
  explicit pruner(const scan_needs& needs) : needs_(needs) {}

  // Afterwards the node's output contains at least the wanted columns, at the places the map tells.
  column_map prune(plan_node_ptr& node, const column_uses& wanted) {
    if (node->is("scan")) return prune_scan(*node);
    if (node->is("values")) return prune_values(*node, wanted);
    // All before any input changes: a join tells its sides apart by their widths.
    std::vector<column_uses> sets;
    for (size_t i = 0; i < node->inputs.size(); ++i) sets.push_back(input_needs(*node, wanted, i));
    std::vector<column_map> maps;
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      maps.push_back(prune(node->inputs[i], sets[i]));
      const bool exact = node->is("union") || !is_flexible(*node);
      if (exact) maps.back() = make_exact(node->inputs[i], sets[i], maps.back());
    }
    return rebuild(*node, wanted, maps);
  }

 private:
  // Copes with columns it did not ask for.
  static bool is_flexible(const plan_node& node) {
    return node.is("filter") || node.is("project") || is_window_function(node) || node.is("window_aggregate") ||
           node.is("group_aggregate") || node.is("window_join");
  }

  column_map prune_scan(plan_node& node) {
    const auto& need = needs_.at(scan_key(node));
    const auto& columns = need.columns;
    column_map map(node.columns.size(), 0);
    schema output;
    std::vector<column_trait> traits;
    for (uint32_t column : columns) {
      const auto at =
          static_cast<size_t>(std::find(node.columns.begin(), node.columns.end(), column) - node.columns.begin());
      map[at] = output.size();
      const auto& f = node.spec.output.fields[at];
      output.fields.push_back({f.name, need.type_of(column, f.type)});
      traits.push_back(node.traits[at]);
    }
    node.columns = columns;
    node.spec.output = std::move(output);
    node.traits = std::move(traits);
    return map;
  }

  static column_map numbering(const column_uses& wanted) {
    column_map map(wanted.size(), 0);
    uint32_t next = 0;
    for (size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i].any()) map[i] = next++;
    return map;
  }

  static column_map prune_values(plan_node& node, const column_uses& wanted) {
    keep(node.spec.output.fields, wanted);
    keep(node.traits, wanted);
    for (auto& row : node.rows) keep(row, wanted);
    return numbering(wanted);
  }

  // Puts a projection on top when the node yields more, or in another order, than the set.
  static column_map make_exact(plan_node_ptr& node, const column_uses& set, const column_map& map) {
    column_map exact = numbering(set);
    std::vector<expression_ptr> values;
    std::vector<std::string> names;
    bool same = true;
    for (size_t i = 0; i < set.size(); ++i) {
      if (!set[i].any()) continue;
      same = same && map[i] == exact[i];
      const auto& f = node->output().fields[map[i]];
      values.push_back(make_column(map[i], f.type));
      names.push_back(f.name);
    }
    if (same && values.size() == node->output().size()) return map;
    const source_span at = node->origin;
    node = stack_project(std::move(node), std::move(values), std::move(names), at);
    return exact;
  }

  column_map rebuild(plan_node& node, const column_uses& wanted, const std::vector<column_map>& maps) {
    auto& spec = node.spec;
    if (node.is("filter")) {
      spec.expressions[0] = moved(spec.expressions[0], maps[0], node.inputs[0]->output());
      spec.output = node.inputs[0]->spec.output;
      node.traits = node.inputs[0]->traits;
      return maps[0];
    }
    if (node.is("project")) {
      keep(spec.expressions, wanted);
      keep(spec.output.fields, wanted);
      keep(node.traits, wanted);
      for (size_t i = 0; i < spec.expressions.size(); ++i) {
        auto& e = spec.expressions[i];
        e = moved(e, maps[0], node.inputs[0]->output());
        if (e->type.kind() == type_kind::row) spec.output.fields[i].type = e->type;
      }
      return numbering(wanted);
    }
    if (node.is("union")) {
      keep(spec.output.fields, wanted);
      keep(node.traits, wanted);
      return numbering(wanted);
    }
    if (is_window_function(node)) return rebuild_window_table(node, maps[0]);
    if (node.is("window_aggregate") || node.is("group_aggregate")) return rebuild_aggregate(node, wanted, maps[0]);
    if (node.is("window_join")) return rebuild_join(node, maps);
    column_map same(spec.output.size());
    for (uint32_t i = 0; i < same.size(); ++i) same[i] = i;
    return same;
  }

  // Its output: the input's columns, whatever they are now, and the three of the window.
  static column_map rebuild_window_table(plan_node& node, const column_map& input_map) {
    auto& spec = node.spec;
    const uint32_t width = node.inputs[0]->output().size();
    schema output = node.inputs[0]->output();
    std::vector<column_trait> traits = node.inputs[0]->traits;
    column_map map = input_map;
    for (uint32_t i = 0; i < 3; ++i) {
      const size_t old = input_map.size() + i;
      map.push_back(width + i);
      output.fields.push_back(spec.output.fields[old]);
      traits.push_back(node.traits[old]);
    }
    spec.output = std::move(output);
    node.traits = std::move(traits);
    remap_list(spec.keys[0], input_map);
    remap_window(spec.window, input_map);
    return map;
  }

  static column_map rebuild_aggregate(plan_node& node, const column_uses& wanted, const column_map& input_map) {
    auto& spec = node.spec;
    const size_t keys = spec.keys[0].size();
    column_uses kept(wanted.size(), whole_column());
    for (size_t i = 0; i < spec.aggregates.size(); ++i) kept[keys + i] = wanted[keys + i];
    std::vector<aggregate_call> calls;
    for (size_t i = 0; i < spec.aggregates.size(); ++i) {
      if (!kept[keys + i].any()) continue;
      auto call = std::move(spec.aggregates[i]);
      remap_list(call.args, input_map);
      if (call.filter >= 0) call.filter = static_cast<int>(input_map[static_cast<size_t>(call.filter)]);
      calls.push_back(std::move(call));
    }
    spec.aggregates = std::move(calls);
    keep(spec.output.fields, kept);
    keep(node.traits, kept);
    remap_list(spec.keys[0], input_map);
    if (node.is("window_aggregate")) remap_window(spec.window, input_map);
    return numbering(kept);
  }

  static column_map rebuild_join(plan_node& node, const std::vector<column_map>& maps) {
    auto& spec = node.spec;
    const uint32_t left = node.inputs[0]->output().size();
    column_map map = maps[0];
    for (uint32_t column : maps[1]) map.push_back(left + column);
    spec.output = node.inputs[0]->output();
    node.traits = node.inputs[0]->traits;
    for (uint32_t i = 0; i < node.inputs[1]->output().size(); ++i) {
      spec.output.fields.push_back(node.inputs[1]->output().fields[i]);
      node.traits.push_back(node.inputs[1]->traits[i]);
    }
    remap_list(spec.keys[0], maps[0]);
    remap_list(spec.keys[1], maps[1]);
    remap_window(spec.window, maps[0]);
    remap_window(spec.window_right, maps[1]);
    if (!spec.expressions.empty()) spec.expressions[0] = moved(spec.expressions[0], map, spec.output);
    return map;
  }

  const scan_needs& needs_;
};

bool is_identity(const plan_node& node) {
  const auto& input = node.inputs[0]->output();
  if (node.spec.expressions.size() != input.size()) return false;
  for (uint32_t i = 0; i < input.size(); ++i) {
    const auto& e = *node.spec.expressions[i];
    if (e.kind != expression_kind::column || e.index != i) return false;
  }
  return true;
}

// Below a projection that only renames, the names are what the projection says.
plan_node_ptr drop_identities(plan_node_ptr node) {
  for (auto& input : node->inputs) input = drop_identities(std::move(input));
  if (!node->is("project") || !is_identity(*node)) return node;
  return std::move(node->inputs[0]);
}

} // namespace

plan_node_ptr prune_columns(plan_node_ptr root, const scan_needs& needs) {
  pruner{needs}.prune(root, column_uses(root->output().size(), whole_column()));
  return drop_identities(std::move(root));
}

} // namespace levada
