// FROM: tables, views, nested queries, and joins.
#include "runtime/sql/query_binder.hpp"

#include <algorithm>
#include <utility>

#include "runtime/spelling.hpp"

namespace levada {

bool query_binder::bind_from(const ast::select& s, from_item& out) {
  if (!s.from) {
    out.node = std::make_unique<plan_node>();
    out.node->spec.kind = "values";
    out.node->origin = s.span;
    out.node->rows.emplace_back();
  }
  std::vector<from_item> items;
  std::vector<const ast::expression*> conditions;
  if (s.from && !flatten_join(*s.from, items, conditions)) return false;
  for (const auto& item : items) out.names.append(item.names);

  expression_binder binder{context_, out.names};
  std::vector<expression_ptr> conjuncts;
  bool ok = true;
  for (const auto* condition : conditions) {
    binder.clause = "ON";
    auto bound = binder.bind_predicate(*condition, "ON");
    ok = ok && bound;
    if (bound) split_conjuncts(bound, conjuncts);
  }
  if (s.where) {
    binder.clause = "WHERE";
    auto bound = binder.bind_predicate(*s.where, "WHERE");
    ok = ok && bound;
    if (bound) split_conjuncts(bound, conjuncts);
  }
  if (!ok) return false;
  if (items.size() > 1) return join_all(std::move(items), std::move(conjuncts), s.from->span, out);
  if (items.size() == 1) out.node = std::move(items[0].node);
  if (s.where) out.node = stack_filter(std::move(out.node), make_conjunction(std::move(conjuncts)), s.where->span);
  return true;
}

bool query_binder::flatten_join(const ast::table_expression& t, std::vector<from_item>& items,
                                std::vector<const ast::expression*>& conditions) {
  const auto* join = t.as<ast::join>();
  if (!join) {
    items.emplace_back();
    return bind_from_item(t, items.back());
  }
  const auto refuse = [&](const char* what, const char* hint) {
    context_.found.error(errc::unsupported, join->join_span, what, hint);
    return false;
  };
  const bool inner =
      join->kind == ast::join_kind::inner || join->kind == ast::join_kind::cross || join->kind == ast::join_kind::comma;
  if (!inner)
    return refuse("LEFT, RIGHT and FULL joins are not supported", "two windowed tables can be joined with JOIN .. ON");
  if (join->natural || !join->using_columns.empty())
    return refuse("NATURAL and USING are not supported", "write the columns: ON a.id = b.id");
  const bool left = flatten_join(*join->left, items, conditions);
  const bool right = flatten_join(*join->right, items, conditions);
  if (join->on) conditions.push_back(join->on.get());
  return left && right;
}

bool query_binder::bind_from_item(const ast::table_expression& t, from_item& out) {
  std::string called;
  if (const auto* named = t.as<ast::table_name>()) {
    if (named->system_time) {
      context_.found.error(errc::unsupported, named->system_time->span,
                           "FOR SYSTEM_TIME AS OF (lookup and temporal joins) is not supported", "");
      return false;
    }
    out.node = bind_named(named->table, named->hints, called);
  } else if (const auto* derived = t.as<ast::derived_table>()) {
    if (derived->lateral) {
      context_.found.error(errc::unsupported, t.span, "LATERAL is not supported", "");
      return false;
    }
    out.node = bind(*derived->subquery);
  } else if (const auto* function = t.as<ast::table_function>()) {
    return bind_table_function(t, *function, out);
  } else {
    context_.found.error(errc::unsupported, t.span, "UNNEST is not supported", "read one element: array[1]");
    return false;
  }
  if (!out.node) return false;
  std::vector<std::string> names;
  for (const auto& alias : t.column_aliases) names.push_back(alias.text);
  if (!names.empty() && !rename(*out.node, names, t.span, "the alias")) return false;
  out.names = scope::of(*out.node, t.alias ? t.alias->text : called);
  return true;
}

bool query_binder::rename(plan_node& node, const std::vector<std::string>& names, source_span at,
                          std::string_view what) {
  auto& fields = node.spec.output.fields;
  if (names.size() != fields.size()) {
    context_.found.error(errc::invalid_query, at,
                         std::string(what) + " names " + std::to_string(names.size()) + " columns, the query has " +
                             std::to_string(fields.size()));
    return false;
  }
  for (size_t i = 0; i < names.size(); ++i) fields[i].name = names[i];
  return true;
}

plan_node_ptr query_binder::bind_named(const ast::name& name, const std::vector<ast::hint>& hints,
                                       std::string& called) {
  const auto simple = simple_name(name, context_.found);
  if (!simple) return nullptr;
  called = *simple;
  for (size_t i = visible_; i-- > 0;) {
    const auto* common = common_tables_[i].syntax;
    if (common->table.text != *simple) continue;
    if (!count_node(name.span)) return nullptr;
    const size_t outer = visible_;
    auto saved = common_tables_;
    visible_ = common_tables_[i].visible;
    auto node = bind(*common->subquery);
    common_tables_ = std::move(saved);
    visible_ = outer;
    std::vector<std::string> names;
    for (const auto& column : common->columns) names.push_back(column.text);
    if (node && !names.empty() && !rename(*node, names, common->table.span, "WITH")) return nullptr;
    return node;
  }
  if (const auto it = tables_.tables.find(*simple); it != tables_.tables.end()) {
    auto table = apply_hints(it->second, hints, context_.found);
    return table ? bind_scan(std::move(table), name.span) : nullptr;
  }
  if (const auto it = tables_.views.find(*simple); it != tables_.views.end()) {
    if (hints.empty()) return bind_view(it->second, name.span);
    context_.found.error(errc::unsupported, hints[0].span, "hints on a view are not supported",
                         "put them on the table inside the view");
    return nullptr;
  }
  if (tables_.broken.count(*simple) > 0) return nullptr;
  context_.found.error(errc::unknown_name, name.span, "table '" + *simple + "' does not exist",
                       spelling::suggestion(*simple, tables_.names()));
  return nullptr;
}

plan_node_ptr query_binder::bind_scan(std::shared_ptr<const table_entry> table, source_span at) {
  if (!count_node(at)) return nullptr;
  if (!table->connector->make_source) {
    context_.found.error(errc::unsupported, at,
                         "connector '" + table->connector->name + "' of table '" + table->name + "' cannot be read");
    return nullptr;
  }
  auto node = std::make_unique<plan_node>();
  node->spec.kind = "scan";
  node->origin = at;
  for (uint32_t i = 0; i < table->columns.size(); ++i) {
    const auto& c = table->columns[i];
    node->spec.output.fields.push_back(c.column);
    column_trait trait;
    if (table->watermark && table->watermark->column == i) trait.time = time_attribute::rowtime;
    if (c.expression && c.expression->name == "PROCTIME") trait.time = time_attribute::proctime;
    node->traits.push_back(trait);
    node->columns.push_back(i);
  }
  node->table = std::move(table);
  return node;
}

plan_node_ptr query_binder::bind_view(const view_entry& view, source_span at) {
  const size_t outer = std::exchange(visible_, 0);
  auto saved = std::exchange(common_tables_, {});
  auto node = bind(*view.definition);
  common_tables_ = std::move(saved);
  visible_ = outer;
  if (node && !view.columns.empty() && !rename(*node, view.columns, at, "view '" + view.name + "'")) return nullptr;
  return node;
}

bool query_binder::join_all(std::vector<from_item> items, std::vector<expression_ptr> conjuncts, source_span at,
                            from_item& out) {
  uint32_t begin = 0;
  // A conjunct over one table is a filter of that table.
  std::vector<uint32_t> starts;
  for (auto& item : items) {
    starts.push_back(begin);
    const uint32_t end = begin + item.node->output().size();
    std::vector<expression_ptr> own;
    std::vector<expression_ptr> rest;
    for (auto& c : conjuncts) {
      std::vector<uint32_t> read;
      collect_columns(*c, read);
      const bool inside = !read.empty() && read.front() >= begin && read.back() < end;
      (inside ? own : rest).push_back(std::move(c));
    }
    conjuncts = std::move(rest);
    if (!own.empty()) {
      std::vector<uint32_t> place(end, 0);
      for (uint32_t i = begin; i < end; ++i) place[i] = i - begin;
      auto predicate = remap_columns(make_conjunction(std::move(own)), place);
      item.node = stack_filter(std::move(item.node), std::move(predicate), at);
    }
    begin = end;
  }
  auto joined = std::move(items[0].node);
  for (size_t i = 1; i < items.size(); ++i) {
    const uint32_t covered = i + 1 < items.size() ? starts[i + 1] : begin;
    std::vector<expression_ptr> now;
    std::vector<expression_ptr> later;
    for (auto& c : conjuncts) {
      std::vector<uint32_t> read;
      collect_columns(*c, read);
      (read.empty() || read.back() < covered ? now : later).push_back(std::move(c));
    }
    conjuncts = std::move(later);
    if (!count_node(at)) return false;
    joined = stack_window_join(context_, std::move(joined), std::move(items[i].node), std::move(now), at);
    if (!joined) return false;
  }
  out.node = std::move(joined);
  return true;
}

} // namespace levada
