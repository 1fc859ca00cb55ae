// Equality and order of single values of one type, NULLs aside: the slow and general counterpart of the comparison
// kernels, for nested values and for functions that look for one.
#pragma once

#include "runtime/column.hpp"

namespace levada {

// REQUIRES equal types but for nullability, and values that are not NULL. NULL parts equal each other. Stored rows: 0
// for a constant.
bool equal_values(const column& a, uint32_t row_a, const column& b, uint32_t row_b);
// Negative, zero, positive; NaN is the largest. REQUIRES a type that is not nested.
int compare_values(const column& a, uint32_t row_a, const column& b, uint32_t row_b);
// For hash tables: equal values hash alike. REQUIRES a type that is not nested.
uint64_t hash_value(const column& c, uint32_t row);

} // namespace levada
