#include "runtime/sql/query_binder.hpp"

#include <algorithm>
#include <utility>

#include "runtime/sql/literal.hpp"

namespace levada {

bool query_binder::count_node(source_span at) {
  if (++nodes_ <= plan_nodes_max) return true;
  context_.found.error(errc::invalid_query, at, "this query is too large once its views are inlined",
                       "write intermediate results to a table");
  return false;
}

plan_node_ptr query_binder::bind(const ast::query& q) {
  if (!refuse_clauses(q)) return nullptr;
  if (depth_ == query_depth_max) {
    context_.found.error(errc::nesting_too_deep, q.span, "queries and views are nested more than 64 deep",
                         "write an intermediate result to a table");
    return nullptr;
  }
  ++depth_;
  const size_t outer_count = common_tables_.size();
  const size_t outer_visible = visible_;
  common_tables_.resize(visible_);
  for (const auto& table : q.with) {
    common_tables_.push_back({&table, common_tables_.size()});
    visible_ = common_tables_.size();
  }
  auto node = bind_body(q);
  --depth_;
  visible_ = outer_visible;
  if (common_tables_.size() > outer_count) common_tables_.resize(outer_count);
  return node;
}

plan_node_ptr query_binder::bind_body(const ast::query& q) {
  if (const auto* s = q.as<ast::select>()) return bind_select(*s);
  if (const auto* v = q.as<ast::values>()) return bind_values(*v, q.span);
  if (const auto* u = q.as<ast::set_operation>()) return bind_union(*u, q.span);
  std::string called;
  return bind_named(q.as<ast::explicit_table>()->table, {}, called);
}

bool query_binder::refuse_clauses(const ast::query& q) {
  const auto refuse = [&](source_span at, const char* what, const char* hint) {
    context_.found.error(errc::unsupported, at, what, hint);
    return false;
  };
  if (q.recursive) return refuse(q.span, "WITH RECURSIVE is not supported", "");
  if (!q.order_by.empty())
    return refuse(q.order_span, "ORDER BY is not supported",
                  "rows of one window leave together when it ends; sort where they are read");
  if (q.limit || q.offset)
    return refuse(q.limit_span, "LIMIT, OFFSET and FETCH are not supported", "a stream has no end; filter with WHERE");
  return true;
}

bool query_binder::refuse_clauses(const ast::select& s) {
  const auto refuse = [&](source_span at, std::string what, const char* hint) {
    context_.found.error(errc::unsupported, at, std::move(what), hint);
    return false;
  };
  if (!s.hints.empty())
    return refuse(s.hints[0].span, "the hint " + s.hints[0].hint_name.text + " is not supported",
                  "tables take the hint OPTIONS('key' = 'value')");
  if (!s.windows.empty())
    return refuse(s.windows[0].window.span, "the WINDOW clause is not supported",
                  "use the table functions TUMBLE, HOP, CUMULATE and SESSION");
  if (s.qualify) return refuse(s.qualify->span, "QUALIFY is not supported", "");
  return true;
}

expression_ptr query_binder::bind_value(expression_binder& binder, const ast::expression& e) {
  auto value = binder.bind(e);
  if (!value || value->type.kind() != type_kind::null) return value;
  context_.found.error(errc::type_mismatch, e.span, "NULL has no type here", "give it one: CAST(NULL AS STRING)");
  return nullptr;
}

bool query_binder::bind_items(const ast::select& s, expression_binder& binder, const scope& names, select_list& out) {
  bool ok = true;
  for (const auto& item : s.items) {
    if (const auto* star = item.value->as<ast::star>()) {
      std::vector<uint32_t> columns;
      if (!names.expand_star(star->qualifier, item.value->span, context_.found, columns)) {
        ok = false;
        continue;
      }
      for (uint32_t column : columns) {
        out.values.push_back(make_column(column, names.columns[column].type));
        out.names.push_back(names.columns[column].name);
      }
      continue;
    }
    auto value = bind_value(binder, *item.value);
    ok = ok && value;
    std::string name = "EXPR$" + std::to_string(out.values.size());
    if (const auto* ref = item.value->as<ast::column_ref>()) name = ref->path.parts.back().text;
    if (const auto* access = item.value->as<ast::field_access>()) name = access->field.text;
    if (item.alias) name = item.alias->text;
    out.values.push_back(std::move(value));
    out.names.push_back(std::move(name));
  }
  return ok;
}

plan_node_ptr query_binder::bind_select(const ast::select& s) {
  if (!refuse_clauses(s)) return nullptr;
  from_item from;
  if (!bind_from(s, from)) return nullptr;

  std::vector<bound_aggregate> aggregates;
  expression_binder binder{context_, from.names};
  binder.clause = "GROUP BY";
  std::vector<expression_ptr> keys;
  bool ok = true;
  if (s.grouping) {
    for (const auto& element : s.grouping->elements) {
      if (element.kind != ast::grouping_kind::expression && element.kind != ast::grouping_kind::set) {
        context_.found.error(errc::unsupported, element.span, "GROUPING SETS, ROLLUP and CUBE are not supported",
                             "write one INSERT for each grouping, in a STATEMENT SET");
        return nullptr;
      }
      for (const auto& key : element.keys) {
        keys.push_back(binder.bind(*key));
        ok = ok && keys.back();
      }
    }
  }
  binder.aggregates = &aggregates;
  select_list items;
  ok = bind_items(s, binder, from.names, items) && ok;
  expression_ptr having;
  if (s.having) {
    having = binder.bind_predicate(*s.having, "HAVING");
    ok = ok && having;
  }
  if (!ok || !count_node(s.span)) return nullptr;

  auto node = std::move(from.node);
  if (s.grouping || !aggregates.empty() || s.having) {
    node = stack_grouping(context_, std::move(node), keys, std::move(aggregates), items.values, having, binder,
                          s.grouping ? s.grouping->span : s.select_span);
    if (!node) return nullptr;
    if (having) node = stack_filter(std::move(node), having, s.having->span);
  }
  node = stack_project(std::move(node), std::move(items.values), std::move(items.names), s.span);
  if (s.distinct) node = stack_distinct(context_, std::move(node), s.select_span);
  return node;
}

} // namespace levada
