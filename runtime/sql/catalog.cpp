#include "runtime/sql/catalog.hpp"

#include <utility>

namespace levada {

std::vector<std::string> table_entry::column_names() const {
  std::vector<std::string> names;
  for (const auto& c : columns) names.push_back(c.column.name);
  return names;
}

int table_entry::index_of(std::string_view column) const {
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].column.name == column) return static_cast<int>(i);
  return -1;
}

std::vector<std::string> catalog::names() const {
  std::vector<std::string> all;
  for (const auto& entry : tables) all.push_back(entry.first);
  for (const auto& entry : views) all.push_back(entry.first);
  return all;
}

std::optional<std::string> simple_name(const ast::name& name, diagnostics& found) {
  const auto& parts = name.parts;
  const size_t count = parts.size();
  const bool known = count == 1 || (count == 2 && parts[0].text == "default_database") ||
                     (count == 3 && parts[0].text == "default_catalog" && parts[1].text == "default_database");
  if (known) return parts.back().text;
  found.error(errc::unsupported, name.span, "catalogs and databases are not supported",
              "write the table's name alone: " + parts.back().text);
  return {};
}

std::shared_ptr<const table_entry> apply_hints(std::shared_ptr<const table_entry> table,
                                               const std::vector<ast::hint>& hints, diagnostics& found) {
  if (hints.empty()) return table;
  auto changed = std::make_shared<table_entry>(*table);
  for (const auto& hint : hints) {
    if (hint.hint_name.text != "OPTIONS" && hint.hint_name.text != "options") {
      found.error(errc::unsupported, hint.span, "the hint " + hint.hint_name.text + " is not supported",
                  "tables take the hint OPTIONS('key' = 'value')");
      return nullptr;
    }
    for (const auto& entry : hint.entries) {
      if (!entry.value || entry.key.value == "connector") {
        found.error(errc::invalid_option, entry.key.span,
                    entry.value ? "a hint cannot change the connector" : "OPTIONS takes 'key' = 'value'");
        return nullptr;
      }
      changed->options[entry.key.value] = entry.value->value;
      changed->option_spans[entry.key.value] = entry.key.span;
    }
  }
  return changed;
}

} // namespace levada
