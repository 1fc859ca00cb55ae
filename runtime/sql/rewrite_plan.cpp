#include "runtime/sql/rewrite_plan.hpp"

#include <algorithm>
#include <utility>

#include "runtime/sql/expression_binder.hpp"

namespace levada {

namespace {

void count_references(const expression& e, std::vector<uint32_t>& counts) {
  if (e.kind == expression_kind::column) ++counts[e.index];
  for (const auto& arg : e.args) count_references(*arg, counts);
}

bool is_cheap(const expression& e) { return e.kind == expression_kind::column || e.kind == expression_kind::literal; }

// Nothing is computed twice by the merge.
bool can_merge(const plan_node& outer, const plan_node& inner) {
  std::vector<uint32_t> counts(inner.output().size(), 0);
  for (const auto& e : outer.spec.expressions) count_references(*e, counts);
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 1 && !is_cheap(*inner.spec.expressions[i])) return false;
  return true;
}

plan_node_ptr merge_projections(plan_node_ptr outer) {
  while (outer->inputs[0]->is("project") && can_merge(*outer, *outer->inputs[0])) {
    std::vector<expression_ptr> merged;
    for (const auto& e : outer->spec.expressions) {
      merged.push_back(substitute_columns(e, outer->inputs[0]->spec.expressions));
      if (!within_limits(*merged.back())) return outer;
    }
    outer->spec.expressions = std::move(merged);
    outer->inputs[0] = std::move(outer->inputs[0]->inputs[0]);
  }
  return outer;
}

bool reads_only_below(const expression& e, uint32_t limit) {
  std::vector<uint32_t> read;
  collect_columns(e, read);
  return read.empty() || read.back() < limit;
}

bool reads_only(const expression& e, const std::vector<uint32_t>& columns) {
  std::vector<uint32_t> read;
  collect_columns(e, read);
  return !read.empty() && std::all_of(read.begin(), read.end(), [&](uint32_t column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  });
}

// What of a conjunction may be evaluated below `node`, over its input; the rest stays.
struct split_filter {
  std::vector<expression_ptr> below;
  std::vector<expression_ptr> above;
};

split_filter split_at(const plan_node& node, const std::vector<expression_ptr>& conjuncts) {
  split_filter split;
  for (const auto& c : conjuncts) {
    bool sinks = false;
    expression_ptr moved = c;
    if (node.is("project")) {
      std::vector<uint32_t> read;
      collect_columns(*c, read);
      sinks = c->deterministic &&
              std::all_of(read.begin(), read.end(), [&](uint32_t i) { return is_cheap(*node.spec.expressions[i]); });
      if (sinks) moved = substitute_columns(c, node.spec.expressions);
    } else if (node.is("window_table")) {
      sinks = reads_only_below(*c, node.inputs[0]->output().size());
    } else if (node.is("session_table")) {
      // Only whole partitions: other rows removed before a session would change the session.
      sinks = c->deterministic && reads_only(*c, node.spec.keys[0]);
    } else if (node.is("union")) {
      sinks = true;
    }
    (sinks ? split.below : split.above).push_back(std::move(moved));
  }
  return split;
}

plan_node_ptr sink_filter(plan_node_ptr input, std::vector<expression_ptr> conjuncts, source_span at) {
  if (input->is("filter")) {
    std::vector<expression_ptr> all;
    split_conjuncts(input->spec.expressions[0], all);
    for (auto& c : conjuncts) all.push_back(std::move(c));
    const source_span inner = input->origin;
    return sink_filter(std::move(input->inputs[0]), std::move(all), inner);
  }
  auto split = split_at(*input, conjuncts);
  if (!split.below.empty()) {
    for (auto& child : input->inputs) child = sink_filter(std::move(child), split.below, at);
  }
  if (split.above.empty()) return input;
  return stack_filter(std::move(input), make_conjunction(std::move(split.above)), at);
}

bool is_true(const expression& e) {
  return e.kind == expression_kind::literal && e.type.kind() == type_kind::boolean && !e.value->is_null(0) &&
         e.value->at<uint8_t>(0) != 0;
}

} // namespace

plan_node_ptr simplify(plan_node_ptr root) {
  if (root->is("filter")) {
    std::vector<expression_ptr> conjuncts;
    split_conjuncts(root->spec.expressions[0], conjuncts);
    std::erase_if(conjuncts, [](const auto& c) { return is_true(*c); });
    const source_span at = root->origin;
    auto input = std::move(root->inputs[0]);
    if (conjuncts.empty()) return simplify(std::move(input));
    auto sunk = sink_filter(std::move(input), std::move(conjuncts), at);
    if (!sunk->is("filter")) return simplify(std::move(sunk));
    sunk->inputs[0] = simplify(std::move(sunk->inputs[0]));
    return sunk;
  }
  for (auto& input : root->inputs) input = simplify(std::move(input));
  if (root->is("project")) root = merge_projections(std::move(root));
  return root;
}

namespace {

// The window columns among the projected values are used by the aggregation as its window only.
bool uses_column(const operator_spec& aggregate, uint32_t column) {
  const auto in = [&](const std::vector<uint32_t>& list) {
    return std::find(list.begin(), list.end(), column) != list.end();
  };
  if (in(aggregate.keys[0])) return true;
  return std::any_of(aggregate.aggregates.begin(), aggregate.aggregates.end(), [&](const aggregate_call& call) {
    return in(call.args) || call.filter == static_cast<int>(column);
  });
}

void fuse(plan_node& aggregate) {
  auto& projection = *aggregate.inputs[0];
  if (!projection.is("project") || !is_window_function(*projection.inputs[0])) return;
  auto& table = *projection.inputs[0];
  const uint32_t width = table.inputs[0]->output().size();
  auto& spec = aggregate.spec;
  const auto is_window_column = [&](uint32_t column, uint32_t which) {
    const auto& e = *projection.spec.expressions[column];
    return e.kind == expression_kind::column && e.index == width + which;
  };
  if (!is_window_column(spec.window.start_column, 0) || !is_window_column(spec.window.end_column, 1)) return;
  if (uses_column(spec, spec.window.start_column) || uses_column(spec, spec.window.end_column)) return;

  std::vector<uint32_t> place(projection.output().size(), 0);
  std::vector<expression_ptr> values;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < projection.output().size(); ++i) {
    if (i == spec.window.start_column || i == spec.window.end_column) continue;
    if (!reads_only_below(*projection.spec.expressions[i], width)) return;
    place[i] = static_cast<uint32_t>(values.size());
    values.push_back(projection.spec.expressions[i]);
    names.push_back(projection.output().fields[i].name);
  }
  const uint32_t time = table.spec.window.time_column;
  const auto& time_field = table.inputs[0]->output().fields[time];
  const auto time_value = make_column(time, time_field.type);
  uint32_t time_place = 0;
  while (time_place < values.size() && !same_expression(*values[time_place], *time_value)) ++time_place;
  if (time_place == values.size()) {
    values.push_back(time_value);
    names.push_back(time_field.name);
  }
  spec.window = table.spec.window;
  spec.window.time_column = time_place;
  for (auto& key : spec.keys[0]) key = place[key];
  for (auto& call : spec.aggregates) {
    for (auto& arg : call.args) arg = place[arg];
    if (call.filter >= 0) call.filter = static_cast<int>(place[static_cast<size_t>(call.filter)]);
  }
  const source_span at = projection.origin;
  auto input = std::move(table.inputs[0]);
  aggregate.inputs[0] = stack_project(std::move(input), std::move(values), std::move(names), at);
}

} // namespace

plan_node_ptr fuse_windows(plan_node_ptr root) {
  for (auto& input : root->inputs) input = fuse_windows(std::move(input));
  if (root->is("window_aggregate") && root->spec.window.kind == window_kind::attached) {
    fuse(*root);
    // What lay below the window function may now merge with the projection.
    root->inputs[0] = simplify(std::move(root->inputs[0]));
  }
  return root;
}

} // namespace levada
