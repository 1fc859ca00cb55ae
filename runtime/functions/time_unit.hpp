// Units of time as the parser hands them to EXTRACT, FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF: string literals.
#pragma once

#include "runtime/functions/function.hpp"
#include "runtime/time_unit.hpp"

namespace levada {

// errc::invalid_argument when the argument is no literal that names a unit.
result<time_unit> unit_argument(const bind_request& request, size_t argument);

// Microseconds of a unit of fixed length; 0 for months and longer, and for what is no length.
int64_t unit_us(time_unit unit);
// Months of month, quarter and longer; 0 for others.
int32_t unit_months(time_unit unit);

// A point in time as microseconds of its own wall clock: LTZ in the session's zone, DATE at midnight, TIME on 1970-01-01.
int64_t wall_clock_us(const column& c, uint32_t row, const eval_context& context);

} // namespace levada
