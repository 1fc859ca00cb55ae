#include "runtime/sql/sink_binder.hpp"

#include <algorithm>
#include <utility>

#include "runtime/spelling.hpp"
#include "runtime/sql/cast_expression.hpp"
#include "runtime/sql/literal.hpp"

namespace levada {

namespace {

// Some NULL of `from` is forbidden in `to`, at any depth.
bool may_violate_not_null(const data_type& from, const data_type& to) {
  if (from.nullable() && !to.nullable()) return true;
  const auto& inner = from.fields();
  const auto& target = to.fields();
  for (size_t i = 0; i < inner.size() && i < target.size(); ++i)
    if (may_violate_not_null(inner[i].type, target[i].type)) return true;
  return false;
}

bool has_length(const data_type& type) {
  if ((type.is_string() || type.is_bytes()) && type.length() != string_length_max) return true;
  const auto& inner = type.fields();
  return std::any_of(inner.begin(), inner.end(), [](const field& f) { return has_length(f.type); });
}

const char* name_of(length_enforcer rule) {
  switch (rule) {
  case length_enforcer::ignore: return "ignore";
  case length_enforcer::trim_pad: return "trim_pad";
  case length_enforcer::error: return "error";
  }
  return "";
}

std::string type_list(const std::vector<field>& fields) {
  std::string text;
  for (const auto& f : fields) text += (text.empty() ? "" : ", ") + f.name + " " + f.type.to_string();
  return "[" + text + "]";
}

// At most one column may leave as event time: a consumer could not know which to use.
bool check_time_attributes(const plan_node& query, diagnostics& found, source_span at) {
  std::string names;
  size_t count = 0;
  for (size_t i = 0; i < query.traits.size(); ++i) {
    if (query.traits[i].time != time_attribute::rowtime) continue;
    names += (count++ > 0 ? ", " : "") + query.output().fields[i].name;
  }
  if (count < 2) return true;
  found.error(errc::invalid_query, at, "the query has more than one time attribute: " + names,
              "CAST all but one of them to TIMESTAMP(3), or leave them out");
  return false;
}

class insert_binder {
 public:
  insert_binder(const bind_context& context, const catalog& tables, const sink_rules& rules, const ast::insert& written)
      : context_(context), found_(context.found), tables_(tables), rules_(rules), written_(written) {}

  bool bind(bound_sink& out) {
    if (!find_table() || !find_targets()) return false;
    query_binder queries{context_, tables_};
    auto query = queries.bind(*written_.source);
    if (!query || !check_time_attributes(*query, found_, written_.table_span)) return false;
    const uint32_t given = query->output().size();
    if (given != targets_.size()) {
      found_.error(errc::invalid_query, written_.table_span,
                   "table '" + table_->name + "' takes " + std::to_string(targets_.size()) +
                       " columns here, the query has " + std::to_string(given),
                   "query: " + type_list(query->output().fields) + ", table: " + type_list(target_fields()));
      return false;
    }
    return shape(std::move(query), out);
  }

 private:
  bool find_table() {
    const auto name = simple_name(written_.table, found_);
    if (!name) return false;
    const auto it = tables_.tables.find(*name);
    if (it == tables_.tables.end() && tables_.broken.count(*name) > 0) return false;
    if (it == tables_.tables.end()) {
      const bool view = tables_.views.count(*name) > 0;
      found_.error(errc::unknown_name, written_.table.span,
                   view ? "'" + *name + "' is a view, which cannot be written" : "table '" + *name + "' does not exist",
                   view ? "" : spelling::suggestion(*name, tables_.names()));
      return false;
    }
    table_ = apply_hints(it->second, written_.hints, found_);
    if (!table_) return false;
    if (!table_->connector->make_sink) {
      found_.error(errc::unsupported, written_.table.span,
                   "connector '" + table_->connector->name + "' of table '" + table_->name + "' cannot be written");
      return false;
    }
    return true;
  }

  // The table's columns the query's columns go to, in the query's order.
  bool find_targets() {
    if (written_.columns.empty()) {
      for (uint32_t i = 0; i < table_->columns.size(); ++i)
        if (table_->columns[i].writable()) targets_.push_back(i);
      return true;
    }
    for (const auto& column : written_.columns) {
      const int index = table_->index_of(column.text);
      if (index < 0 || !table_->columns[static_cast<size_t>(index)].writable()) {
        found_.error(errc::unknown_name, column.span,
                     index < 0 ? "table '" + table_->name + "' has no column '" + column.text + "'"
                               : "column '" + column.text + "' is computed or VIRTUAL: it cannot be written",
                     index < 0 ? spelling::suggestion(column.text, table_->column_names()) : "");
        return false;
      }
      if (std::find(targets_.begin(), targets_.end(), static_cast<uint32_t>(index)) != targets_.end()) {
        found_.error(errc::duplicate_name, column.span, "column '" + column.text + "' is named twice");
        return false;
      }
      targets_.push_back(static_cast<uint32_t>(index));
    }
    return true;
  }

  std::vector<field> target_fields() const {
    std::vector<field> fields;
    for (uint32_t target : targets_) fields.push_back(table_->columns[target].column);
    return fields;
  }

  bool shape(plan_node_ptr query, bound_sink& out) {
    std::vector<expression_ptr> values;
    std::vector<std::string> names;
    schema target;
    bool constrained = false;
    for (uint32_t i = 0; i < table_->columns.size(); ++i) {
      const auto& c = table_->columns[i];
      if (!c.writable()) continue;
      const auto at = static_cast<uint32_t>(std::find(targets_.begin(), targets_.end(), i) - targets_.begin());
      expression_ptr value;
      if (at == targets_.size()) {
        if (!c.column.type.nullable()) {
          found_.error(errc::invalid_query, written_.table_span,
                       "column '" + c.column.name + "' is NOT NULL and must be written");
          return false;
        }
        value = make_null(c.column.type);
      } else {
        auto cast = implicit_cast(make_column(at, query->output().fields[at].type), c.column.type, context_.eval);
        if (!cast.ok()) {
          found_.error(errc::type_mismatch, written_.table_span,
                       "column types of the query and of table '" + table_->name + "' do not match at '" +
                           c.column.name + "': " + std::string(cast.error().message()),
                       "query: " + type_list(query->output().fields) + ", table: " + type_list(target_fields()));
          return false;
        }
        value = std::move(*cast);
      }
      constrained = constrained || may_violate_not_null(value->type, c.column.type) ||
                    (rules_.type_length != length_enforcer::ignore && has_length(c.column.type));
      target.fields.push_back(c.column);
      names.push_back(c.column.name);
      values.push_back(std::move(value));
      out.columns.push_back(i);
    }
    out.input = stack_project(std::move(query), std::move(values), std::move(names), written_.table_span);
    if (constrained) {
      out.input = stack("enforce", std::move(out.input), written_.table_span);
      out.input->spec.options = {{"not-null", rules_.not_null == not_null_enforcer::drop ? "drop" : "error"},
                                 {"type-length", name_of(rules_.type_length)},
                                 {"table", table_->name}};
    }
    out.input->spec.output = std::move(target);
    out.table = table_;
    return true;
  }

  const bind_context& context_;
  diagnostics& found_;
  const catalog& tables_;
  const sink_rules& rules_;
  const ast::insert& written_;
  std::shared_ptr<const table_entry> table_;
  std::vector<uint32_t> targets_;
};

} // namespace

bool bind_insert(const bind_context& context, const catalog& tables, const sink_rules& rules,
                 const ast::insert& written, bound_sink& out) {
  return insert_binder{context, tables, rules, written}.bind(out);
}

bool bind_bare_query(const bind_context& context, const catalog& tables, const ast::query& written, bound_sink& out) {
  query_binder queries{context, tables};
  out.input = queries.bind(written);
  if (!out.input) return false;
  std::vector<expression_ptr> values;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < out.input->output().size(); ++i) {
    values.push_back(make_column(i, out.input->output().fields[i].type));
    names.push_back(out.input->output().fields[i].name);
    out.columns.push_back(i);
  }
  out.input = stack_project(std::move(out.input), std::move(values), std::move(names), written.span);
  return true;
}

} // namespace levada
