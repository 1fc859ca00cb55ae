// Which types meet where: implicit casts, and the type two or more expressions share. Flink 2.2's rules, nullability
// included (a common type is nullable when one of its parts is).
#pragma once

#include <span>

#include "platform/status.hpp"
#include "runtime/type.hpp"

namespace levada {

// A value of `from` may be passed or inserted where `to` is wanted: widening within numbers, CHAR to VARCHAR, ... The
// untyped NULL fits everything.
bool implicitly_castable(const data_type& from, const data_type& to);

// The cast changes the type but no value: the column may be used as it is.
bool is_noop_cast(const data_type& from, const data_type& to);

// What CASE, IF, NULLIF, ARRAY[..], VALUES, UNION and IN bring their arguments to. errc::type_mismatch when there is
// none. REQUIRES at least one type.
result<data_type> common_type(std::span<const data_type> types);
// Likewise for COALESCE, IFNULL, GREATEST and LEAST, which treat approximate numbers differently: FLOAT with DOUBLE is
// DOUBLE in either order, FLOAT with DECIMAL is FLOAT.
result<data_type> merged_type(std::span<const data_type> types);

// What both sides of a comparison are cast to. A string meets a date or time as that; DATE does not meet TIMESTAMP.
result<data_type> comparison_type(const data_type& a, const data_type& b);

// DECIMAL that holds every value of an exact numeric type: INT is DECIMAL(10, 0).
data_type as_decimal(const data_type& exact_numeric);

} // namespace levada
