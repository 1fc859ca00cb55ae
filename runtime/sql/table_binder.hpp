// CREATE TABLE to table_entry: types, computed and METADATA columns, watermark, primary key, options, LIKE.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/sql/catalog.hpp"
#include "runtime/sql/expression_binder.hpp"

namespace levada {

// Null after a diagnostic. `variables` replace ${NAME} in option values.
std::shared_ptr<const table_entry> bind_table(const bind_context& context, const catalog& tables,
                                              const std::map<std::string, std::string>& variables,
                                              const ast::create_table& written);

// ${NAME} replaced; false after a diagnostic: a name nobody gave.
bool substitute(const ast::string_text& text, const std::map<std::string, std::string>& variables, diagnostics& found,
                std::string& out);

} // namespace levada
