// Syntax trees back to SQL on one line: for EXPLAIN, for column names of bare expressions and for tests. Parsing
// the text again gives the same tree (spans aside). Recursive; depth is bounded by the parser.
#pragma once

#include <string>

#include "runtime/sql/ast.hpp"

namespace levada::ast {

std::string to_sql(const name& what);
std::string to_sql(const data_type& what);
std::string to_sql(const expression& what);
std::string to_sql(const query& what);
std::string to_sql(const statement& what);

} // namespace levada::ast
