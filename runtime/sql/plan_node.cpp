#include "runtime/sql/plan_node.hpp"

#include <algorithm>
#include <utility>

#include "runtime/sql/nested_values.hpp"

namespace levada {

namespace {

bool same_constant(const column& a, const column& b) {
  if (a.type() != b.type()) return false;
  if (a.is_null(0) || b.is_null(0)) return a.is_null(0) && b.is_null(0);
  const auto physical = a.type().physical();
  if (physical == physical_type::string) return a.at<string_ref>(0) == b.at<string_ref>(0);
  const uint32_t width = width_of(physical);
  return width > 0 && std::memcmp(a.data<std::byte>(), b.data<std::byte>(), width) == 0;
}

} // namespace

bool same_windows(const window_origin& a, const window_origin& b) {
  return a.window.kind == b.window.kind && a.window.size_ms == b.window.size_ms &&
         a.window.slide_ms == b.window.slide_ms && a.window.offset_ms == b.window.offset_ms &&
         a.window.local_zone == b.window.local_zone && a.partition.size() == b.partition.size();
}

plan_node_ptr stack(std::string kind, plan_node_ptr input, source_span origin) {
  auto node = std::make_unique<plan_node>();
  node->spec.kind = std::move(kind);
  node->spec.output = input->spec.output;
  node->traits = input->traits;
  node->origin = origin;
  node->inputs.push_back(std::move(input));
  return node;
}

plan_node_ptr stack_project(plan_node_ptr input, std::vector<expression_ptr> expressions,
                            std::vector<std::string> names, source_span origin) {
  check(expressions.size() == names.size());
  auto node = stack("project", std::move(input), origin);
  const auto& before = node->inputs[0]->traits;
  node->spec.output.fields.clear();
  node->traits.clear();
  for (size_t i = 0; i < expressions.size(); ++i) {
    node->spec.output.fields.push_back({std::move(names[i]), expressions[i]->type});
    node->traits.push_back(trait_of(*expressions[i], before));
  }
  node->spec.expressions = std::move(expressions);
  return node;
}

plan_node_ptr stack_filter(plan_node_ptr input, expression_ptr predicate, source_span origin) {
  auto node = stack("filter", std::move(input), origin);
  node->spec.expressions.push_back(std::move(predicate));
  return node;
}

plan_node_ptr stack_union(plan_node_ptr first, plan_node_ptr second) {
  if (!first->is("union")) {
    const source_span at = first->origin;
    first = stack("union", std::move(first), at);
  }
  first->inputs.push_back(std::move(second));
  return first;
}

void append_window_columns(plan_node& node, const std::shared_ptr<const window_origin>& origin) {
  const auto add = [&](const char* name, const data_type& type, window_property property) {
    node.spec.output.fields.push_back({name, type.not_null()});
    column_trait trait;
    trait.window = property;
    trait.origin = origin;
    if (property == window_property::time) trait.time = time_attribute::rowtime;
    node.traits.push_back(std::move(trait));
  };
  add("window_start", data_type::timestamp(3), window_property::start);
  add("window_end", data_type::timestamp(3), window_property::end);
  add("window_time", origin->window.local_zone ? data_type::timestamp_ltz(3) : data_type::timestamp(3),
      window_property::time);
}

column_trait trait_of(const expression& e, const std::vector<column_trait>& traits) {
  if (e.kind == expression_kind::column) return traits[e.index];
  column_trait trait;
  if (e.kind == expression_kind::call && e.name == "PROCTIME") trait.time = time_attribute::proctime;
  return trait;
}

void split_conjuncts(const expression_ptr& e, std::vector<expression_ptr>& out) {
  if (e->kind != expression_kind::and_) {
    out.push_back(e);
    return;
  }
  for (const auto& arg : e->args) split_conjuncts(arg, out);
}

expression_ptr make_conjunction(std::vector<expression_ptr> conjuncts) {
  if (conjuncts.empty()) return nullptr;
  if (conjuncts.size() == 1) return std::move(conjuncts[0]);
  return make_and(std::move(conjuncts));
}

expression_ptr substitute_columns(const expression_ptr& e, const std::vector<expression_ptr>& values) {
  if (e->kind == expression_kind::column) return values[e->index];
  if (e->args.empty()) return e;
  auto copy = std::make_shared<expression>(*e);
  for (auto& arg : copy->args) arg = substitute_columns(arg, values);
  if (is_field_access(*e) && copy->args[0]->type != e->args[0]->type) return access_same_field(*e, copy->args[0]);
  return copy;
}

bool same_expression(const expression& a, const expression& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.name != b.name || a.type != b.type || a.args.size() != b.args.size()) return false;
  if (a.kind == expression_kind::column) return a.index == b.index;
  if (a.kind == expression_kind::literal) return same_constant(*a.value, *b.value);
  for (size_t i = 0; i < a.args.size(); ++i)
    if (!same_expression(*a.args[i], *b.args[i])) return false;
  return true;
}

} // namespace levada
