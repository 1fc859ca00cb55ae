// Tables and views a script has created so far. Values, single-threaded.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/connectors/connector.hpp"
#include "runtime/sql/ast.hpp"
#include "runtime/sql/plan_node.hpp"

namespace levada {

struct table_column {
  field column;
  ast::column_kind kind = ast::column_kind::physical;
  source_span span;
  // metadata
  std::string metadata_key;
  data_type metadata_type; // what the connector yields; cast to the column's type
  bool is_virtual = false;
  // computed: over all columns of the table
  expression_ptr expression;
  const ast::expression* syntax = nullptr; // for LIKE

  bool stored() const { return kind != ast::column_kind::computed; }
  bool writable() const { return stored() && !is_virtual; }
};

struct table_watermark {
  uint32_t column = 0;
  expression_ptr expression; // over all columns of the table
  source_span span;
};

// CREATE TABLE, checked. Immutable once in the catalog: plans share it.
struct table_entry {
  std::string name;
  source_span span; // of the name in CREATE TABLE
  bool temporary = false;
  std::vector<table_column> columns;
  std::optional<table_watermark> watermark;
  std::vector<uint32_t> primary_key;
  std::map<std::string, std::string> options; // with 'connector'
  std::map<std::string, source_span> option_spans;
  source_span options_span;
  const connector_definition* connector = nullptr;

  std::vector<std::string> column_names() const;
  int index_of(std::string_view column) const;
};

struct view_entry {
  std::string name;
  bool temporary = false;
  std::vector<std::string> columns;       // empty: as the query names them
  const ast::query* definition = nullptr; // in the script, which outlives the catalog
};

struct catalog {
  std::map<std::string, std::shared_ptr<const table_entry>, std::less<>> tables;
  std::map<std::string, view_entry, std::less<>> views;

  // Whose CREATE was refused: what uses them is not to be reported once more.
  std::set<std::string, std::less<>> broken;

  bool has(std::string_view name) const { return tables.count(name) > 0 || views.count(name) > 0; }
  std::vector<std::string> names() const;
};

// The table's own name: `default_catalog` and `default_database` in front of it mean nothing here. Nothing after a
// diagnostic.
std::optional<std::string> simple_name(const ast::name& name, diagnostics& found);

// With the hints' options in place; null after a diagnostic. Table hints other than OPTIONS are refused.
std::shared_ptr<const table_entry> apply_hints(std::shared_ptr<const table_entry> table,
                                               const std::vector<ast::hint>& hints, diagnostics& found);

} // namespace levada
