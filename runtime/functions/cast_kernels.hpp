// The families behind bind_cast. Each gives an empty kernel for a pair it does not know.
#pragma once

#include "runtime/functions/function.hpp"

namespace levada {

kernel cast_number(const data_type& from, const data_type& to);
kernel cast_from_text(const data_type& from, const data_type& to, bool try_cast);
kernel cast_to_text(const data_type& from, const data_type& to);
kernel cast_time(const data_type& from, const data_type& to);

// Microseconds cut to `precision` fraction digits, towards the past.
int64_t truncate_us(int64_t us, int precision);

} // namespace levada
