#include "runtime/sql/ast.hpp"

namespace levada::ast {

expression::expression(source_span where, expression_node what) : span(where), node(std::move(what)) {}

expression::~expression() = default;

} // namespace levada::ast
