#include "runtime/sql/prune_columns.hpp"

#include <algorithm>
#include <utility>

#include "runtime/connectors/connector.hpp"
#include "runtime/registry.hpp"
#include "runtime/sql/catalog.hpp"

namespace levada {

namespace {

void need(column_uses& set, uint32_t column) { set[column] = whole_column(); }

column_uses all_columns(const plan_node& node) { return column_uses(node.output().size(), whole_column()); }

void need_aggregates(column_uses& set, const plan_node& node, const column_uses& wanted) {
  const auto& spec = node.spec;
  for (uint32_t key : spec.keys[0]) need(set, key);
  for (size_t i = 0; i < spec.aggregates.size(); ++i) {
    if (!wanted[spec.keys[0].size() + i].any()) continue;
    for (uint32_t arg : spec.aggregates[i].args) need(set, arg);
    if (spec.aggregates[i].filter >= 0) need(set, static_cast<uint32_t>(spec.aggregates[i].filter));
  }
}

void need_window(column_uses& set, const window_spec& w) {
  if (w.kind == window_kind::attached) {
    need(set, w.start_column);
    need(set, w.end_column);
  } else {
    need(set, w.time_column);
  }
}

// What `node` reads of its input number `which` to produce the wanted columns.
column_uses input_needs(const plan_node& node, const column_uses& wanted, size_t which) {
  const uint32_t width = node.inputs[which]->output().size();
  column_uses set(width);
  const auto& spec = node.spec;
  if (node.is("filter")) {
    set = wanted;
    add_uses(set, *spec.expressions[0]);
  } else if (node.is("project")) {
    for (size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i].any()) add_uses(set, *spec.expressions[i], wanted[i]);
  } else if (node.is("union")) {
    // The types of its inputs must stay equal.
    for (uint32_t i = 0; i < width; ++i)
      if (wanted[i].any()) need(set, i);
  } else if (is_window_function(node)) {
    for (uint32_t i = 0; i < width; ++i) set[i] = wanted[i];
    for (uint32_t key : spec.keys[0]) need(set, key);
    need_window(set, spec.window);
  } else if (node.is("window_aggregate")) {
    need_aggregates(set, node, wanted);
    need_window(set, spec.window);
  } else if (node.is("group_aggregate")) {
    need_aggregates(set, node, wanted);
  } else if (node.is("window_join")) {
    const uint32_t left = node.inputs[0]->output().size();
    const uint32_t first = which == 0 ? 0 : left;
    for (uint32_t i = 0; i < width; ++i) set[i] = wanted[first + i];
    for (uint32_t key : spec.keys[which]) need(set, key);
    need_window(set, which == 0 ? spec.window : spec.window_right);
    if (!spec.expressions.empty()) {
      column_uses both(node.output().size());
      add_uses(both, *spec.expressions[0]);
      for (uint32_t i = 0; i < width; ++i) set[i].merge(both[first + i]);
    }
  } else {
    // A function of the user, a sink's constraints: they see what they were declared with.
    set.assign(width, whole_column());
  }
  return set;
}

bool calls_watermark(const expression& e) {
  if (e.kind == expression_kind::call && e.name == "CURRENT_WATERMARK") return true;
  return std::any_of(e.args.begin(), e.args.end(), [](const auto& arg) { return calls_watermark(*arg); });
}

bool reads_event_time(const plan_node& node) {
  if (node.is("scan") || node.is("values") || node.is("union") || node.is("group_aggregate") || node.is("enforce"))
    return false;
  if (!node.is("filter") && !node.is("project")) return true;
  const auto& expressions = node.spec.expressions;
  return std::any_of(expressions.begin(), expressions.end(), [](const auto& e) { return calls_watermark(*e); });
}

bool has_fields_by_name(const table_entry& table, const registry& plugins) {
  const auto name = table.options.find("format");
  if (name == table.options.end()) return table.connector->fields_by_name;
  const auto* format = plugins.format(name->second);
  return format && format->fields_by_name;
}

class need_collector {
 public:
  need_collector(const registry& plugins, scan_needs& needs) : plugins_(plugins), needs_(needs) {}

  void collect(const plan_node& node, const column_uses& wanted, bool event_time) {
    if (node.is("scan")) return collect_scan(node, wanted, event_time);
    event_time = event_time || reads_event_time(node);
    for (size_t i = 0; i < node.inputs.size(); ++i) collect(*node.inputs[i], input_needs(node, wanted, i), event_time);
  }

 private:
  void collect_scan(const plan_node& node, const column_uses& wanted, bool event_time) {
    const auto& table = *node.table;
    auto& entry = needs_[scan_key(node)];
    auto& columns = entry.columns;
    entry.uses.resize(table.columns.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (!wanted[i].any()) continue;
      columns.push_back(node.columns[i]);
      entry.uses[node.columns[i]].merge(wanted[i]);
    }
    if (event_time && table.watermark) {
      entry.watermark = true;
      columns.push_back(table.watermark->column);
      collect_columns(*table.watermark->expression, columns);
      need(entry.uses, table.watermark->column);
      add_uses(entry.uses, *table.watermark->expression);
    }
    // A row must have some column to be there.
    if (columns.empty()) columns.push_back(0);
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    for (uint32_t column : columns) {
      if (!table.columns[column].stored()) add_uses(entry.uses, *table.columns[column].expression);
    }
    const bool narrows = has_fields_by_name(table, plugins_);
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const bool physical = table.columns[i].kind == ast::column_kind::physical;
      if (entry.uses[i].any() && !(narrows && physical)) entry.uses[i] = whole_column();
    }
  }

  const registry& plugins_;
  scan_needs& needs_;
};

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
    const column_map exact = numbering(set);
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

std::string scan_key(const plan_node& scan) {
  std::string key = scan.table->name;
  for (const auto& [option, value] : scan.table->options) key += '\0' + option + '\0' + value;
  return key;
}

void collect_needs(const plan_node& root, const registry& plugins, scan_needs& needs) {
  need_collector{plugins, needs}.collect(root, all_columns(root), false);
}

plan_node_ptr prune_columns(plan_node_ptr root, const scan_needs& needs) {
  pruner{needs}.prune(root, all_columns(*root));
  return drop_identities(std::move(root));
}

} // namespace levada
