// INSERT INTO: the query's columns become the table's, by position, with implicit casts and the table's constraints.
#pragma once

#include <string>

#include "runtime/sql/catalog.hpp"
#include "runtime/sql/query_binder.hpp"
#include "runtime/sql/settings.hpp"

namespace levada {

// Where the rows of a query go, and the query in the shape of its target.
struct bound_sink {
  plan_node_ptr input;
  std::shared_ptr<const table_entry> table; // null: the rows of a bare SELECT
  std::vector<uint32_t> columns;            // of the table: input column -> table column
};

struct sink_rules {
  not_null_enforcer not_null = not_null_enforcer::error;
  length_enforcer type_length = length_enforcer::ignore;
};

// False after a diagnostic.
bool bind_insert(const bind_context& context, const catalog& tables, const sink_rules& rules,
                 const ast::insert& written, bound_sink& out);
bool bind_bare_query(const bind_context& context, const catalog& tables, const ast::query& written, bound_sink& out);

} // namespace levada
