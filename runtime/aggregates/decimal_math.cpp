#include "runtime/aggregates/decimal_math.hpp"

#include <algorithm>

namespace levada::aggregates {

namespace {

int128 power_of_ten(int exponent) {
  int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

const int128 largest = power_of_ten(38) - 1;

} // namespace

bool add_decimal(int128& sum, int128 value) {
  if (value > 0 ? sum > largest - value : sum < -largest - value) return false;
  sum += value;
  return true;
}

bool divide_decimal(int128 value, int scale, int64_t divisor, int to_scale, int128& out) {
  bool negative = value < 0;
  int128 magnitude = negative ? -value : value;
  int128 quotient = magnitude / divisor;
  int128 remainder = magnitude % divisor;
  // Long division, a digit at a time: no intermediate value exceeds ten times the divisor or the result.
  for (int digit = scale; digit < to_scale; ++digit) {
    remainder *= 10;
    if (quotient > largest / 10) return false;
    quotient = quotient * 10 + remainder / divisor;
    remainder %= divisor;
  }
  if (remainder * 2 >= divisor) ++quotient;
  if (quotient > largest) return false;
  out = negative ? -quotient : quotient;
  return true;
}

} // namespace levada::aggregates
