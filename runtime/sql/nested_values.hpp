// Expressions that take ROW, ARRAY and MAP values apart and put them together. REQUIRES operands of the right kind:
// the binder has checked.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/expression/expression.hpp"

namespace levada {

// NULL where the row is NULL.
expression_ptr row_field_access(expression_ptr row, uint32_t index);
// Did row_field_access make it, and for which field?
bool is_field_access(const expression& e);
std::string_view accessed_field(const expression& access);
// The field of that name of another row, whose type has it.
expression_ptr access_same_field(const expression& access, expression_ptr row);
// array[index], 1-based; NULL beyond the end; errc::invalid_argument below 1 (as Flink). `index` is INT.
expression_ptr array_element(expression_ptr array, expression_ptr index);
// map[key]; NULL when absent. `key` has the map's key type, or both are integers.
expression_ptr map_element(expression_ptr map, expression_ptr key);

// Fields are named EXPR$0, EXPR$1, ..
expression_ptr make_row(std::vector<expression_ptr> fields);
// Is it ROW(..) as written? Two such are equal field by field, with NULL as in any `=`; other rows are compared as values,
// whose NULLs equal each other (as Flink).
bool is_constructed_row(const expression& e);
// All of one type. Of equal keys of a MAP the last counts.
expression_ptr make_array(std::vector<expression_ptr> elements);
expression_ptr make_map(std::vector<expression_ptr> keys, std::vector<expression_ptr> values);

} // namespace levada
