#include "runtime/sql/scope.hpp"

#include <utility>

#include "runtime/spelling.hpp"

namespace levada {

std::string join_path(const ast::name& path) {
  std::string text;
  for (const auto& part : path.parts) text += (text.empty() ? "" : ".") + part.text;
  return text;
}

scope scope::of(const plan_node& node, const std::string& table) {
  scope made;
  for (uint32_t i = 0; i < node.output().size(); ++i) {
    const field& f = node.output().fields[i];
    made.columns.push_back({table, f.name, f.type, node.traits[i]});
  }
  return made;
}

void scope::append(scope other) {
  for (auto& column : other.columns) columns.push_back(std::move(column));
}

int scope::find(std::string_view table, std::string_view name, uint32_t& out) const {
  int matches = 0;
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name != name || (!table.empty() && columns[i].table != table)) continue;
    if (matches == 0) out = i;
    if (++matches == 2) break;
  }
  return matches;
}

bool scope::has_table(std::string_view table) const {
  for (const auto& column : columns)
    if (column.table == table) return true;
  return false;
}

bool scope::resolve(const ast::name& path, diagnostics& found, resolved_name& out) const {
  const auto& parts = path.parts;
  int matches = find({}, parts[0].text, out.column);
  size_t used = 1;
  if (parts.size() > 1 && has_table(parts[0].text)) {
    uint32_t qualified = 0;
    const int here = find(parts[0].text, parts[1].text, qualified);
    if (here > 0 || matches == 0) {
      matches = here;
      out.column = qualified;
      used = 2;
    }
  }
  if (matches > 1) {
    found.error(errc::unknown_name, path.span, "column '" + join_path(path) + "' is ambiguous",
                "write the table in front of it: t." + parts[0].text);
    return false;
  }
  if (matches == 0) {
    std::vector<std::string> known;
    for (const auto& column : columns)
      if (used == 1 || column.table == parts[0].text) known.push_back(column.name);
    const auto& wrong = parts[used - 1];
    if (used == 1 && parts.size() > 1) {
      std::vector<std::string> tables;
      for (const auto& column : columns) tables.push_back(column.table);
      found.error(errc::unknown_name, wrong.span, "no table or column '" + wrong.text + "' in FROM",
                  spelling::suggestion(wrong.text, tables));
      return false;
    }
    std::string hint = spelling::suggestion(wrong.text, known);
    if (hint.empty() && known.empty()) hint = "this query has no FROM clause";
    found.error(errc::unknown_name, wrong.span, "column '" + join_path(path) + "' not found", std::move(hint));
    return false;
  }
  const data_type* type = &columns[out.column].type;
  for (; used < parts.size(); ++used) {
    const auto& part = parts[used];
    if (type->kind() != type_kind::row) {
      found.error(errc::type_mismatch, part.span,
                  "'" + part.text + "' is no field: the value left of it is " + type->to_string());
      return false;
    }
    const auto& fields = type->fields();
    std::vector<std::string> known;
    size_t at = 0;
    while (at < fields.size() && fields[at].name != part.text) known.push_back(fields[at++].name);
    if (at == fields.size()) {
      found.error(errc::unknown_name, part.span, "no field '" + part.text + "' in " + type->to_string(),
                  spelling::suggestion(part.text, known));
      return false;
    }
    out.fields.push_back(static_cast<uint32_t>(at));
    type = &fields[at].type;
  }
  return true;
}

bool scope::expand_star(const ast::name& qualifier, source_span at, diagnostics& found,
                        std::vector<uint32_t>& out) const {
  const std::string table = qualifier.parts.empty() ? std::string{} : qualifier.parts.back().text;
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (!table.empty() && columns[i].table != table) continue;
    uint32_t first = 0;
    if (find(columns[i].table, columns[i].name, first) > 1) {
      found.error(errc::unknown_name, at, "column '" + columns[i].name + "' is ambiguous",
                  "name the columns one by one and give them different aliases");
      return false;
    }
    out.push_back(i);
  }
  if (!out.empty()) return true;
  std::vector<std::string> tables;
  for (const auto& column : columns) tables.push_back(column.table);
  found.error(errc::unknown_name, at, table.empty() ? "'*' needs a FROM clause" : "no table '" + table + "' in FROM",
              spelling::suggestion(table, tables));
  return false;
}

} // namespace levada
