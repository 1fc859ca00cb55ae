#include "runtime/sql/scan_needs.hpp"

#include <algorithm>

#include "runtime/connectors/connector.hpp"
#include "runtime/registry.hpp"
#include "runtime/sql/catalog.hpp"

namespace levada {

namespace {

void need(column_uses& set, uint32_t column) { set[column] = whole_column(); }

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

} // namespace

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

std::string scan_key(const plan_node& scan) {
  std::string key = scan.table->name;
  for (const auto& [option, value] : scan.table->options) key += '\0' + option + '\0' + value;
  return key;
}

void collect_needs(const plan_node& root, const registry& plugins, scan_needs& needs) {
  need_collector{plugins, needs}.collect(root, column_uses(root.output().size(), whole_column()), false);
}

} // namespace levada
