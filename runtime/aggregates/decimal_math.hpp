// DECIMAL arithmetic of aggregates on unscaled 128-bit values. False: the result has more than 38 digits.
#pragma once

#include "runtime/column.hpp"

namespace levada::aggregates {

// sum += value; on overflow sum is left alone.
bool add_decimal(int128& sum, int128 value);
// out = value * 10^-scale / divisor at `to_scale`, rounded half up (away from zero). REQUIRES divisor > 0.
bool divide_decimal(int128 value, int scale, int64_t divisor, int to_scale, int128& out);

} // namespace levada::aggregates
