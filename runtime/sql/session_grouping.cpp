#include "runtime/sql/session_grouping.hpp"

#include <algorithm>

namespace levada {

namespace {

struct column_source {
  const plan_node* session = nullptr;
  uint32_t column = 0; // of the session's output
};

// Where a column comes from, unchanged, if that is the nearest SESSION function below.
column_source session_source(const plan_node& root, uint32_t column) {
  const plan_node* node = &root;
  while (!node->is("session_table")) {
    if (node->is("project")) {
      const auto& e = *node->spec.expressions[column];
      if (e.kind != expression_kind::column) return {};
      column = e.index;
    } else if (node->is("window_aggregate")) {
      const auto& keys = node->spec.keys[0];
      const size_t first = keys.size() + node->spec.aggregates.size();
      if (column < keys.size()) column = keys[column];
      else if (column >= first && column < first + 2)
        column = column == first ? node->spec.window.start_column : node->spec.window.end_column;
      else return {};
    } else if (node->is("window_join")) {
      const uint32_t left = node->inputs[0]->output().size();
      const bool is_left = column < left;
      node = node->inputs[is_left ? 0 : 1].get();
      if (!is_left) column -= left;
      continue;
    } else if (node->is("window_table")) {
      if (column >= node->inputs[0]->output().size()) return {};
    } else if (!node->is("filter")) {
      return {};
    }
    node = node->inputs[0].get();
  }
  return {node, column};
}

} // namespace

bool is_session_partition(const plan_node& node, uint32_t start, const std::vector<uint32_t>& keys) {
  const auto* session = session_source(node, start).session;
  if (!session) return false;
  std::vector<uint32_t> partition = session->spec.keys[0];
  std::vector<uint32_t> grouped;
  for (uint32_t key : keys) {
    const auto source = session_source(node, key);
    if (source.session != session) return false;
    grouped.push_back(source.column);
  }
  for (auto* list : {&partition, &grouped}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  return grouped == partition;
}

const plan_node* find_filtered_session(const plan_node& root) {
  if (root.is("window_aggregate") && root.spec.window.kind == window_kind::attached) {
    const plan_node* node = root.inputs[0].get();
    const plan_node* filter = nullptr;
    while (node->is("project") || node->is("filter")) {
      if (node->is("filter")) filter = node;
      node = node->inputs[0].get();
    }
    if (filter && node->is("session_table")) {
      std::vector<uint32_t> read;
      collect_columns(*filter->spec.expressions[0], read);
      const uint32_t width = node->inputs[0]->output().size();
      const bool reads_window = std::any_of(read.begin(), read.end(), [&](uint32_t i) { return i >= width; });
      if (filter->inputs[0].get() == node && !reads_window) return filter;
    }
  }
  for (const auto& input : root.inputs)
    if (const auto* found = find_filtered_session(*input)) return found;
  return nullptr;
}

} // namespace levada
