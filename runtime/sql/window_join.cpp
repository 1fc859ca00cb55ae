// The inner join of two windowed inputs: rows of the same window, equal keys, and a residual condition.
#include "runtime/sql/query_binder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace levada {

namespace {

// l = r with each side over one input only; both rebased to their own input.
struct equality {
  expression_ptr left;
  expression_ptr right;
};

enum class side : uint8_t { none, left, right, both };

side side_of(const expression& e, uint32_t left_width) {
  std::vector<uint32_t> read;
  collect_columns(e, read);
  if (read.empty()) return side::none;
  if (read.back() < left_width) return side::left;
  return read.front() >= left_width ? side::right : side::both;
}

expression_ptr rebase(const expression_ptr& e, uint32_t left_width, uint32_t right_width) {
  std::vector<uint32_t> place(left_width + right_width, 0);
  for (uint32_t i = 0; i < right_width; ++i) place[left_width + i] = i;
  return remap_columns(e, place);
}

std::optional<equality> as_equality(const expression_ptr& e, uint32_t left_width, uint32_t right_width) {
  if (e->kind != expression_kind::call || e->name != "=" || e->args.size() != 2) return {};
  const side first = side_of(*e->args[0], left_width);
  const side second = side_of(*e->args[1], left_width);
  if (first == side::left && second == side::right)
    return equality{e->args[0], rebase(e->args[1], left_width, right_width)};
  if (first == side::right && second == side::left)
    return equality{e->args[1], rebase(e->args[0], left_width, right_width)};
  return {};
}

// Which window bound both sides of an equality are, if they are.
window_property window_bound(const equality& e, const plan_node& left, const plan_node& right) {
  const auto l = trait_of(*e.left, left.traits);
  const auto r = trait_of(*e.right, right.traits);
  return l.window == r.window ? l.window : window_property::none;
}

// The column of `node` that holds `e`; a computed one is appended by a projection.
uint32_t column_of(plan_node_ptr& node, const expression_ptr& e, source_span at) {
  if (e->kind == expression_kind::column) return e->index;
  std::vector<expression_ptr> all;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < node->output().size(); ++i) {
    all.push_back(make_column(i, node->output().fields[i].type));
    names.push_back(node->output().fields[i].name);
  }
  all.push_back(e);
  names.push_back("$key" + std::to_string(all.size() - 1));
  node = stack_project(std::move(node), std::move(all), std::move(names), at);
  return node->output().size() - 1;
}

constexpr char how_to_join[] =
    "levada joins windows: FROM (SELECT * FROM TABLE(TUMBLE(..))) l JOIN (SELECT * FROM TABLE(TUMBLE(..))) r "
    "ON l.window_start = r.window_start AND l.window_end = r.window_end AND l.key = r.key";

} // namespace

plan_node_ptr stack_window_join(const bind_context& context, plan_node_ptr left, plan_node_ptr right,
                                std::vector<expression_ptr> conjuncts, source_span at) {
  const uint32_t left_width = left->output().size();
  const uint32_t right_width = right->output().size();
  std::optional<equality> start;
  std::optional<equality> end;
  std::vector<equality> keys;
  std::vector<expression_ptr> residual;
  for (auto& c : conjuncts) {
    auto equal = as_equality(c, left_width, right_width);
    if (!equal) {
      residual.push_back(std::move(c));
      continue;
    }
    const auto bound = window_bound(*equal, *left, *right);
    if (bound == window_property::start && !start) start = std::move(equal);
    else if (bound == window_property::end && !end) end = std::move(equal);
    else keys.push_back(std::move(*equal));
  }
  if (!start || !end) {
    context.found.error(errc::unsupported, at,
                        start || end ? "a window join needs equality of both window_start and window_end"
                                     : "this join has no equality of window_start and window_end: joins without "
                                       "windows are not supported",
                        how_to_join);
    return nullptr;
  }
  const auto origin_of = [](const plan_node& node, const expression_ptr& e) { return node.traits[e->index].origin; };
  const auto left_origin = origin_of(*left, start->left);
  const auto right_origin = origin_of(*right, start->right);
  if (!same_windows(*left_origin, *right_origin) || !same_windows(*left_origin, *origin_of(*left, end->left)) ||
      !same_windows(*right_origin, *origin_of(*right, end->right))) {
    context.found.error(errc::unsupported, at, "a window join needs the same window function on both sides",
                        "give both the same function, size, slide and offset");
    return nullptr;
  }

  operator_spec spec;
  spec.kind = "window_join";
  spec.window.kind = spec.window_right.kind = window_kind::attached;
  spec.window.start_column = start->left->index;
  spec.window.end_column = end->left->index;
  spec.window_right.start_column = start->right->index;
  spec.window_right.end_column = end->right->index;
  spec.window.local_zone = spec.window_right.local_zone = left_origin->window.local_zone;
  spec.keys.resize(2);
  for (const auto& key : keys) {
    spec.keys[0].push_back(column_of(left, key.left, at));
    spec.keys[1].push_back(column_of(right, key.right, at));
  }
  const uint32_t left_full = left->output().size();

  auto node = std::make_unique<plan_node>();
  node->origin = at;
  node->spec = std::move(spec);
  node->spec.output = left->output();
  node->traits = left->traits;
  for (uint32_t i = 0; i < right->output().size(); ++i) {
    node->spec.output.fields.push_back(right->output().fields[i]);
    node->traits.push_back(right->traits[i]);
  }
  // Computed keys widened the left side: what lies right of it moves.
  std::vector<uint32_t> place(left_width + right_width);
  for (uint32_t i = 0; i < left_width; ++i) place[i] = i;
  for (uint32_t i = 0; i < right_width; ++i) place[left_width + i] = left_full + i;
  if (auto rest = make_conjunction(std::move(residual))) node->spec.expressions.push_back(remap_columns(rest, place));
  node->inputs.push_back(std::move(left));
  node->inputs.push_back(std::move(right));
  if (node->output().size() == left_width + right_width) return node;

  std::vector<expression_ptr> kept;
  std::vector<std::string> names;
  for (uint32_t column : place) {
    kept.push_back(make_column(column, node->output().fields[column].type));
    names.push_back(node->output().fields[column].name);
  }
  return stack_project(std::move(node), std::move(kept), std::move(names), at);
}

} // namespace levada
