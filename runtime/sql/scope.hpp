// Which names an expression may use, and what each means: the columns of the tables in FROM, in order. A scope's
// column i is column i of the plan node below. Values, single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/sql/ast_expression.hpp"
#include "runtime/sql/diagnostic.hpp"
#include "runtime/sql/plan_node.hpp"

namespace levada {

struct scope_column {
  std::string table; // alias or last part of the table's name; empty: none
  std::string name;
  data_type type;
  column_trait trait;
};

// Where a name leads: a column, and fields inside it.
struct resolved_name {
  uint32_t column = 0;
  std::vector<uint32_t> fields; // path into nested ROWs
};

class scope {
 public:
  std::vector<scope_column> columns;

  // Columns of `node` under the name `table`.
  static scope of(const plan_node& node, const std::string& table);
  void append(scope other);

  // False after a diagnostic: unknown (with did-you-mean) or ambiguous.
  bool resolve(const ast::name& path, diagnostics& found, resolved_name& out) const;
  // Columns that `*` (no qualifier) or `t.*` stands for; false after a diagnostic.
  bool expand_star(const ast::name& qualifier, source_span at, diagnostics& found, std::vector<uint32_t>& out) const;

 private:
  // 0, 1 or 2 (ambiguous) matches; the first in `out`.
  int find(std::string_view table, std::string_view name, uint32_t& out) const;
  bool has_table(std::string_view table) const;
};

std::string join_path(const ast::name& path);

} // namespace levada
