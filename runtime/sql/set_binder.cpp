// UNION ALL and VALUES.
#include "runtime/sql/query_binder.hpp"

#include <algorithm>
#include <utility>

namespace levada {

namespace {

// A column keeps its time or window property only if it has it in every operand.
column_trait meet(const column_trait& a, const column_trait& b) {
  column_trait both;
  if (a.time == b.time) both.time = a.time;
  if (a.window == b.window && a.window != window_property::none && same_windows(*a.origin, *b.origin)) {
    both.window = a.window;
    both.origin = a.origin;
  }
  return both;
}

} // namespace

plan_node_ptr query_binder::bind_union(const ast::set_operation& u, source_span at) {
  if (u.kind != ast::set_kind::union_op || !u.all) {
    const char* name = u.kind == ast::set_kind::union_op       ? "UNION"
                       : u.kind == ast::set_kind::intersect_op ? "INTERSECT"
                                                               : "EXCEPT";
    context_.found.error(errc::unsupported, u.op_spans[0], std::string(name) + " is not supported",
                         u.kind == ast::set_kind::union_op ? "UNION ALL is; SELECT DISTINCT over it removes duplicates"
                                                           : "UNION ALL is supported");
    return nullptr;
  }
  std::vector<plan_node_ptr> operands;
  bool ok = true;
  for (const auto& operand : u.operands) {
    operands.push_back(bind(*operand));
    ok = ok && operands.back();
  }
  if (!ok || !count_node(at)) return nullptr;
  const uint32_t width = operands[0]->output().size();
  for (size_t i = 1; i < operands.size(); ++i) {
    if (operands[i]->output().size() == width) continue;
    context_.found.error(errc::invalid_query, u.operands[i]->span,
                         "this side of UNION ALL has " + std::to_string(operands[i]->output().size()) +
                             " columns, the first has " + std::to_string(width));
    return nullptr;
  }

  const scope nothing;
  expression_binder binder{context_, nothing};
  auto node = std::make_unique<plan_node>();
  node->spec.kind = "union";
  node->origin = at;
  std::vector<std::vector<expression_ptr>> columns(operands.size());
  std::vector<std::string> names;
  for (uint32_t c = 0; c < width; ++c) {
    std::vector<expression_ptr> values;
    column_trait trait = operands[0]->traits[c];
    for (const auto& operand : operands) {
      values.push_back(make_column(c, operand->output().fields[c].type));
      trait = meet(trait, operand->traits[c]);
    }
    names.push_back(operands[0]->output().fields[c].name);
    if (!binder.unify(values, at, "the columns '" + names.back() + "' of UNION ALL")) return nullptr;
    const bool nullable = std::any_of(values.begin(), values.end(), [](const auto& v) { return v->type.nullable(); });
    node->spec.output.fields.push_back({names.back(), values[0]->type.as_nullable(nullable)});
    node->traits.push_back(std::move(trait));
    for (size_t i = 0; i < operands.size(); ++i) columns[i].push_back(std::move(values[i]));
  }
  for (size_t i = 0; i < operands.size(); ++i)
    node->inputs.push_back(stack_project(std::move(operands[i]), std::move(columns[i]), names, u.operands[i]->span));
  return node;
}

plan_node_ptr query_binder::bind_values(const ast::values& v, source_span at) {
  if (!count_node(at)) return nullptr;
  const scope nothing;
  expression_binder binder{context_, nothing};
  binder.clause = "VALUES";
  auto node = std::make_unique<plan_node>();
  node->spec.kind = "values";
  node->origin = at;
  bool ok = true;
  for (size_t r = 0; r < v.rows.size(); ++r) {
    node->rows.emplace_back();
    for (const auto& value : v.rows[r]) {
      node->rows.back().push_back(bind_value(binder, *value));
      ok = ok && node->rows.back().back();
    }
    if (v.rows[r].size() != v.rows[0].size()) {
      context_.found.error(errc::invalid_query, v.row_spans[r],
                           "this row of VALUES has " + std::to_string(v.rows[r].size()) + " values, the first has " +
                               std::to_string(v.rows[0].size()));
      ok = false;
    }
  }
  if (!ok) return nullptr;
  for (size_t c = 0; c < v.rows[0].size(); ++c) {
    std::vector<expression_ptr> column;
    for (const auto& row : node->rows) column.push_back(row[c]);
    if (!binder.unify(column, at, "the values of column " + std::to_string(c + 1))) return nullptr;
    bool nullable = false;
    for (size_t r = 0; r < column.size(); ++r) {
      nullable = nullable || column[r]->type.nullable();
      node->rows[r][c] = std::move(column[r]);
    }
    node->spec.output.fields.push_back({"EXPR$" + std::to_string(c), node->rows[0][c]->type.as_nullable(nullable)});
    node->traits.emplace_back();
  }
  return node;
}

} // namespace levada
