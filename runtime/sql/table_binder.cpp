#include "runtime/sql/table_binder.hpp"

#include <algorithm>
#include <utility>

#include "runtime/spelling.hpp"
#include "runtime/sql/bind_type.hpp"
#include "runtime/sql/like_clause.hpp"

namespace levada {

namespace {

class table_binder {
 public:
  table_binder(const bind_context& context, const catalog& tables, const std::map<std::string, std::string>& variables,
               const ast::create_table& written)
      : context_(context), found_(context.found), tables_(tables), variables_(variables), written_(written) {}

  std::shared_ptr<const table_entry> bind() {
    auto name = simple_name(written_.table, found_);
    if (!name) return nullptr;
    table_ = std::make_shared<table_entry>();
    table_->name = *name;
    table_->span = written_.table.span;
    table_->temporary = written_.temporary;
    table_->options_span = written_.options_span.length > 0 ? written_.options_span : written_.table.span;
    if (written_.as_query)
      return refuse(written_.as_query->span, "CREATE TABLE .. AS is not supported",
                    "declare the columns, then INSERT INTO the table");
    if (!written_.partitioned_by.empty())
      return refuse(written_.partitioned_by[0].span, "PARTITIONED BY is not supported",
                    "leave it out: all rows go to one place; or write a table per partition, each with its WHERE");
    if (written_.like && !start_like()) return nullptr;
    bool ok = add_columns();
    ok = add_options() && ok;
    if (!ok) return nullptr;
    ok = add_primary_key();
    ok = find_connector() && ok;
    ok = ok && check_metadata() && bind_computed() && add_watermark();
    return ok ? table_ : nullptr;
  }

 private:
  std::nullptr_t refuse(source_span at, std::string message, std::string hint, errc code = errc::unsupported) {
    found_.error(code, at, std::move(message), std::move(hint));
    return nullptr;
  }

  void unknown_column(const ast::identifier& column) {
    refuse(column.span, "column '" + column.text + "' is not declared",
           spelling::suggestion(column.text, table_->column_names()), errc::unknown_name);
  }

  bool start_like() {
    const auto name = simple_name(written_.like->table, found_);
    if (!name) return false;
    const auto base = tables_.tables.find(*name);
    if (base == tables_.tables.end() && tables_.broken.count(*name) > 0) return false;
    if (base == tables_.tables.end()) {
      refuse(written_.like->table.span, "table '" + *name + "' does not exist",
             spelling::suggestion(*name, tables_.names()), errc::unknown_name);
      return false;
    }
    return copy_like(*base->second, *written_.like, written_, *table_, found_);
  }

  bool add_columns() {
    bool ok = true;
    for (const auto& c : written_.columns) {
      table_column made;
      made.kind = c.kind;
      made.span = c.span;
      made.column.name = c.column_name.text;
      made.is_virtual = c.is_virtual;
      if (c.kind == ast::column_kind::computed) {
        made.syntax = c.expression.get();
      } else {
        auto type = bind_type(c.type, found_);
        ok = ok && type;
        if (!type) continue;
        made.column.type = *type;
        made.metadata_key = c.metadata_key ? c.metadata_key->value : c.column_name.text;
      }
      const int same = table_->index_of(made.column.name);
      if (same >= 0 && table_->columns[static_cast<size_t>(same)].kind == ast::column_kind::computed && written_.like &&
          made.kind == ast::column_kind::computed) {
        table_->columns[static_cast<size_t>(same)] = std::move(made);
        continue;
      }
      if (same >= 0) {
        refuse(c.column_name.span, "column '" + made.column.name + "' is declared twice", {}, errc::duplicate_name);
        ok = false;
        continue;
      }
      table_->columns.push_back(std::move(made));
    }
    if (ok && table_->columns.empty()) {
      refuse(written_.table.span, "table '" + table_->name + "' has no columns",
             "declare them: CREATE TABLE " + table_->name + " (name TYPE, ..) WITH (..)", errc::invalid_query);
      return false;
    }
    return ok;
  }

  bool add_options() {
    bool ok = true;
    for (const auto& option : written_.options) {
      std::string value;
      ok = substitute(option.value, variables_, found_, value) && ok;
      if (table_->option_spans.count(option.key.value) > 0 &&
          written_.options_span.offset <= table_->option_spans[option.key.value].offset) {
        refuse(option.key.span, "option '" + option.key.value + "' is given twice", {}, errc::duplicate_name);
        ok = false;
      }
      table_->options[option.key.value] = std::move(value);
      table_->option_spans[option.key.value] = option.key.span;
    }
    return ok;
  }

  bool add_primary_key() {
    if (!written_.key) return true;
    for (const auto& column : written_.key->columns) {
      const int index = table_->index_of(column.text);
      if (index < 0) {
        unknown_column(column);
        return false;
      }
      auto& target = table_->columns[static_cast<size_t>(index)];
      if (target.kind != ast::column_kind::physical) {
        refuse(column.span, "a PRIMARY KEY consists of physical columns, '" + column.text + "' is none", {},
               errc::invalid_query);
        return false;
      }
      target.column.type = target.column.type.not_null();
      table_->primary_key.push_back(static_cast<uint32_t>(index));
    }
    return true;
  }

  bool find_connector() {
    const auto it = table_->options.find("connector");
    const auto names = context_.plugins.connector_names();
    std::string known;
    for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
    if (it == table_->options.end()) {
      refuse(table_->options_span, "table '" + table_->name + "' has no 'connector'",
             "WITH ('connector' = '..'): one of " + known, errc::missing_option);
      return false;
    }
    table_->connector = context_.plugins.connector(it->second);
    if (table_->connector) return true;
    auto near = spelling::suggestion(it->second, names);
    refuse(table_->option_spans["connector"], "unknown connector '" + it->second + "'",
           near.empty() ? "connectors: " + known : near, errc::invalid_option);
    return false;
  }

  bool check_metadata() {
    bool ok = true;
    for (auto& c : table_->columns) {
      if (c.kind != ast::column_kind::metadata) continue;
      const auto& offered = table_->connector->metadata;
      std::vector<std::string> keys;
      for (const auto& entry : offered) keys.push_back(entry.first);
      const auto it = std::find(keys.begin(), keys.end(), c.metadata_key);
      if (it != keys.end()) {
        c.metadata_type = offered[static_cast<size_t>(it - keys.begin())].second;
        continue;
      }
      std::string known;
      for (const auto& key : keys) known += (known.empty() ? "" : ", ") + key;
      std::string hint = spelling::suggestion(c.metadata_key, keys);
      if (hint.empty()) hint = known.empty() ? "it has none" : "it has: " + known;
      refuse(c.span, "connector '" + table_->connector->name + "' has no metadata '" + c.metadata_key + "'",
             std::move(hint), errc::unknown_name);
      ok = false;
    }
    return ok;
  }

  // A computed column sees the stored columns only, as in Flink.
  bool bind_computed() {
    bool ok = true;
    scope stored = stored_columns();
    for (auto& c : table_->columns) {
      if (c.stored()) continue;
      expression_binder binder{context_, stored};
      binder.clause = "a computed column";
      c.expression = binder.bind(*c.syntax);
      if (!c.expression) {
        ok = false;
        continue;
      }
      if (c.expression->type.kind() == type_kind::null) {
        refuse(c.span, "column '" + c.column.name + "' is NULL of no type", "CAST(NULL AS ..)", errc::type_mismatch);
        ok = false;
      }
      c.column.type = c.expression->type;
    }
    return ok;
  }

  scope stored_columns() const {
    scope names;
    for (const auto& c : table_->columns) {
      // The place must be kept: indices are those of the table. A space is in no name a parser yields unquoted, and
      // a quoted one would have to match it exactly.
      names.columns.push_back({table_->name, c.stored() ? c.column.name : std::string{}, c.column.type, {}});
    }
    return names;
  }

  bool add_watermark() {
    if (!written_.row_time) return true;
    const auto& w = *written_.row_time;
    if (w.column_name.parts.size() != 1) {
      refuse(w.column_name.span, "a nested field cannot be the time attribute",
             "declare a computed column of it: ts AS r.ts", errc::invalid_query);
      return false;
    }
    const int index = table_->index_of(w.column_name.parts[0].text);
    if (index < 0) {
      unknown_column(w.column_name.parts[0]);
      return false;
    }
    const data_type& type = table_->columns[static_cast<size_t>(index)].column.type;
    if (!is_rowtime_type(type)) {
      refuse(w.column_name.span,
             "the time attribute is TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p <= 3, '" + w.column_name.parts[0].text +
                 "' is " + type.to_string(),
             type.is_timestamp() ? "declare it as TIMESTAMP(3)" : "", errc::type_mismatch);
      return false;
    }
    scope names;
    for (const auto& c : table_->columns) names.columns.push_back({table_->name, c.column.name, c.column.type, {}});
    expression_binder binder{context_, names};
    binder.clause = "WATERMARK";
    auto expression = binder.bind(*w.expression);
    if (!expression) return false;
    if (expression->type.kind() != type.kind() || expression->type.precision() > 3) {
      refuse(w.expression->span,
             "the watermark is " + expression->type.to_string() + ", but its time attribute is " + type.to_string(),
             "write column - INTERVAL '5' SECOND", errc::type_mismatch);
      return false;
    }
    table_->watermark = table_watermark{static_cast<uint32_t>(index), std::move(expression), w.span};
    return true;
  }

  static bool is_rowtime_type(const data_type& type) { return type.is_timestamp() && type.precision() <= 3; }

  const bind_context& context_;
  diagnostics& found_;
  const catalog& tables_;
  const std::map<std::string, std::string>& variables_;
  const ast::create_table& written_;
  std::shared_ptr<table_entry> table_;
};

} // namespace

std::shared_ptr<const table_entry> bind_table(const bind_context& context, const catalog& tables,
                                              const std::map<std::string, std::string>& variables,
                                              const ast::create_table& written) {
  return table_binder{context, tables, variables, written}.bind();
}

bool substitute(const ast::string_text& text, const std::map<std::string, std::string>& variables, diagnostics& found,
                std::string& out) {
  const std::string& in = text.value;
  for (size_t at = 0; at < in.size();) {
    const size_t open = in.find("${", at);
    const size_t close = open == std::string::npos ? open : in.find('}', open);
    if (close == std::string::npos) {
      out += in.substr(at);
      return true;
    }
    out += in.substr(at, open - at);
    const std::string name = in.substr(open + 2, close - open - 2);
    const auto it = variables.find(name);
    if (it == variables.end()) {
      std::vector<std::string> known;
      for (const auto& entry : variables) known.push_back(entry.first);
      std::string hint = spelling::suggestion(name, known);
      if (hint.empty()) hint = "give it a value: --define " + name + "=..";
      found.error(errc::unknown_name, text.span, "nobody gave a value for ${" + name + "}", std::move(hint));
      return false;
    }
    out += it->second;
    at = close + 1;
  }
  return true;
}

} // namespace levada
