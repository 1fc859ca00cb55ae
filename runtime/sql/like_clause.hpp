// CREATE TABLE .. LIKE: what the new table takes over from the other one.
#pragma once

#include "runtime/sql/catalog.hpp"

namespace levada {

// Fills `into`, which has no columns yet. Flink's defaults: INCLUDING ALL OVERWRITING OPTIONS. False after a
// diagnostic.
bool copy_like(const table_entry& base, const ast::like_clause& like, const ast::create_table& written,
               table_entry& into, diagnostics& found);

} // namespace levada
