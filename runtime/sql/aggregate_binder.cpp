// GROUP BY and DISTINCT: a projection of keys and arguments, the aggregation, and the SELECT list over its output.
#include "runtime/sql/query_binder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/sql/session_grouping.hpp"

namespace levada {

namespace {

// Columns a projection below the aggregation will produce, each value once.
class pre_projection {
 public:
  uint32_t add(expression_ptr e, std::string name) {
    for (uint32_t i = 0; i < values_.size(); ++i)
      if (same_expression(*values_[i], *e)) return i;
    values_.push_back(std::move(e));
    names_.push_back(std::move(name));
    return static_cast<uint32_t>(values_.size() - 1);
  }
  plan_node_ptr stack_on(plan_node_ptr input, source_span at) {
    return stack_project(std::move(input), std::move(values_), std::move(names_), at);
  }

 private:
  std::vector<expression_ptr> values_;
  std::vector<std::string> names_;
};

std::string key_name(const expression& e, const schema& input, size_t index) {
  return e.kind == expression_kind::column ? input.fields[e.index].name : "$key" + std::to_string(index);
}

// GROUP BY keys, sorted into those of the window and the others.
struct grouping_keys {
  std::vector<expression_ptr> plain;
  expression_ptr start;
  expression_ptr end;
  expression_ptr time; // window_time as a key: one more name of the window
  std::shared_ptr<const window_origin> origin;

  bool windowed() const { return start && end; }
};

grouping_keys sort_keys(const std::vector<expression_ptr>& keys, const std::vector<column_trait>& traits) {
  grouping_keys sorted;
  const auto trait = [&](const expression_ptr& e) { return trait_of(*e, traits); };
  const auto find = [&](window_property wanted, const window_origin* origin) -> expression_ptr {
    for (const auto& key : keys)
      if (trait(key).window == wanted && (!origin || same_windows(*trait(key).origin, *origin))) return key;
    return nullptr;
  };
  if (auto start = find(window_property::start, nullptr)) {
    sorted.origin = trait(start).origin;
    if (auto end = find(window_property::end, sorted.origin.get())) {
      sorted.start = std::move(start);
      sorted.end = std::move(end);
      sorted.time = find(window_property::time, sorted.origin.get());
    }
  }
  for (const auto& key : keys) {
    const bool window_key = sorted.windowed() && (key == sorted.start || key == sorted.end || key == sorted.time);
    const auto same = [&](const expression_ptr& other) { return same_expression(*key, *other); };
    if (!window_key && std::none_of(sorted.plain.begin(), sorted.plain.end(), same)) sorted.plain.push_back(key);
  }
  return sorted;
}

bool groups_sessions_otherwise(const plan_node& input, const grouping_keys& keys) {
  if (!keys.windowed() || keys.origin->window.kind != window_kind::session) return false;
  std::vector<uint32_t> columns;
  for (const auto& key : keys.plain) {
    if (key->kind != expression_kind::column) return true;
    columns.push_back(key->index);
  }
  return !is_session_partition(input, keys.start->index, columns);
}

// What an expression over the input becomes over the aggregation's output.
class output_mapping {
 public:
  std::vector<std::pair<expression_ptr, expression_ptr>> keys;
  std::vector<expression_ptr> aggregates;

  // Null when a column is neither a key nor inside an aggregate; `offender` is that column.
  expression_ptr rewrite(const expression_ptr& e, const expression*& offender) const {
    for (const auto& [key, value] : keys)
      if (same_expression(*key, *e)) return value;
    if (e->kind == expression_kind::column) {
      if (e->index >= aggregate_column_base) return aggregates[e->index - aggregate_column_base];
      offender = e.get();
      return nullptr;
    }
    if (e->args.empty()) return e;
    auto copy = std::make_shared<expression>(*e);
    for (auto& arg : copy->args)
      if (!(arg = rewrite(arg, offender))) return nullptr;
    return copy;
  }
};

// HOP slices only when the size is a multiple of the slide; CUMULATE was checked with its table function.
bool check_window(const bind_context& context, const window_spec& window, source_span at) {
  if (window.kind != window_kind::hop || window.size_ms % window.slide_ms == 0) return true;
  context.found.error(
      errc::invalid_argument, at,
      "an aggregation over HOP windows requires a size that is a multiple of the slide, but the size is " +
          std::to_string(window.size_ms) + " ms and the slide " + std::to_string(window.slide_ms) + " ms");
  return false;
}

} // namespace

plan_node_ptr stack_grouping(const bind_context& context, plan_node_ptr input, const std::vector<expression_ptr>& keys,
                             std::vector<bound_aggregate> aggregates, std::vector<expression_ptr>& values,
                             expression_ptr& having, const expression_binder& binder, source_span at) {
  const schema input_schema = input->output();
  auto sorted = sort_keys(keys, input->traits);
  if (groups_sessions_otherwise(*input, sorted))
    sorted = sort_keys(keys, std::vector<column_trait>(input_schema.size()));
  if (sorted.windowed() && !check_window(context, sorted.origin->window, at)) return nullptr;

  operator_spec spec;
  spec.kind = sorted.windowed() ? "window_aggregate" : "group_aggregate";
  spec.keys.emplace_back();
  pre_projection below;
  output_mapping mapping;
  schema output;
  const auto output_column = [&](std::string name, data_type type) {
    output.fields.push_back({std::move(name), type});
    return make_column(output.size() - 1, std::move(type));
  };
  for (size_t i = 0; i < sorted.plain.size(); ++i) {
    const auto& key = sorted.plain[i];
    std::string name = key_name(*key, input_schema, i);
    spec.keys[0].push_back(below.add(key, name));
    mapping.keys.emplace_back(key, output_column(std::move(name), key->type));
  }
  for (size_t i = 0; i < aggregates.size(); ++i) {
    auto& a = aggregates[i];
    aggregate_call call;
    call.name = a.name;
    call.distinct = a.distinct;
    call.result = a.result;
    for (size_t k = 0; k < a.args.size(); ++k)
      call.args.push_back(below.add(a.args[k], "$arg" + std::to_string(i) + "_" + std::to_string(k)));
    if (a.filter) call.filter = static_cast<int>(below.add(a.filter, "$filter" + std::to_string(i)));
    mapping.aggregates.push_back(output_column("$agg" + std::to_string(i), a.result));
    spec.aggregates.push_back(std::move(call));
  }
  if (sorted.windowed()) {
    spec.window.kind = window_kind::attached;
    spec.window.start_column = below.add(sorted.start, "window_start");
    spec.window.end_column = below.add(sorted.end, "window_end");
    spec.window.local_zone = sorted.origin->window.local_zone;
  }
  auto node = stack(spec.kind, below.stack_on(std::move(input), at), at);
  spec.output = std::move(output);
  node->spec = std::move(spec);
  node->traits.assign(node->spec.output.size(), {});
  if (sorted.windowed()) {
    const uint32_t first = node->spec.output.size();
    append_window_columns(*node, sorted.origin);
    const auto column = [&](uint32_t i) { return make_column(first + i, node->spec.output.fields[first + i].type); };
    mapping.keys.emplace_back(sorted.start, column(0));
    mapping.keys.emplace_back(sorted.end, column(1));
    if (sorted.time) mapping.keys.emplace_back(sorted.time, column(2));
  }

  bool ok = true;
  const auto rewrite = [&](expression_ptr& e) {
    const expression* offender = nullptr;
    auto rewritten = mapping.rewrite(e, offender);
    if (!rewritten) {
      context.found.error(
          errc::invalid_query, binder.span_of(*offender, at),
          "column '" + input_schema.fields[offender->index].name + "' is neither in GROUP BY nor inside an aggregate",
          "add it to GROUP BY, or aggregate it: MAX(" + input_schema.fields[offender->index].name + ")");
      ok = false;
    }
    e = std::move(rewritten);
  };
  for (auto& value : values) rewrite(value);
  if (having) rewrite(having);
  return ok ? std::move(node) : nullptr;
}

plan_node_ptr stack_distinct(const bind_context& context, plan_node_ptr input, source_span at) {
  std::vector<expression_ptr> keys;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < input->output().size(); ++i) {
    keys.push_back(make_column(i, input->output().fields[i].type));
    names.push_back(input->output().fields[i].name);
  }
  auto values = keys;
  expression_ptr no_having;
  const scope nothing;
  const expression_binder binder{context, nothing};
  auto node = stack_grouping(context, std::move(input), keys, {}, values, no_having, binder, at);
  return node ? stack_project(std::move(node), std::move(values), std::move(names), at) : nullptr;
}

} // namespace levada
