// DECIMAL(p, s): a value is its unscaled integer, |v| < 10^p, and the scale is in the type.
//
// Every operation computes exactly, rounds half up (away from zero) to the scale asked for, and yields nullopt when
// the outcome needs more digits than the precision: SQL's NULL on overflow, as in Flink.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/numeric/int128.h"

namespace levada {

using int128 = absl::int128;

struct decimal_shape {
  int precision = 0;
  int scale = 0;
  friend bool operator==(decimal_shape, decimal_shape) = default;
};

// Result shapes, limited to 38 digits by giving up fraction digits first (down to 6), as in Flink.
decimal_shape decimal_shape_of_sum(decimal_shape a, decimal_shape b); // also of a difference
decimal_shape decimal_shape_of_product(decimal_shape a, decimal_shape b);
decimal_shape decimal_shape_of_quotient(decimal_shape a, decimal_shape b);
decimal_shape decimal_shape_of_remainder(decimal_shape a, decimal_shape b);

// 10^n for n in [0, 38].
int128 power_of_ten(int n);

std::optional<int128> decimal_rescale(int128 value, int from_scale, decimal_shape to);
std::optional<int128> decimal_add(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to);
// sum += value, both of one scale. False, and sum as it was: more than 38 digits.
bool decimal_accumulate(int128& sum, int128 value);
std::optional<int128> decimal_multiply(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to);
// REQUIRES b != 0.
std::optional<int128> decimal_divide(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to);
// Sign of the dividend. REQUIRES b != 0.
std::optional<int128> decimal_remainder(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to);
// Negative, zero or positive.
int decimal_compare(int128 a, int scale_a, int128 b, int scale_b);

// The digits of |value|, "0" at least.
class decimal_digits {
 public:
  explicit decimal_digits(int128 value);
  std::string_view view() const { return {text_, count_}; }

 private:
  size_t count_ = 0;
  char text_[40];
};

// "-12.340", as many fraction digits as the scale.
void append_decimal(int128 value, int scale, std::string& out);
// Java's BigDecimal.toString: "-12.340", but an exponent below 10^-6 and for a negative scale: "1.5E-7", "1E+2".
void append_java_decimal(int128 value, int scale, std::string& out);

enum class decimal_parse : uint8_t { ok, malformed, overflow };
// "12.34", "+1e3", ".5"; no surrounding blanks.
decimal_parse parse_decimal(std::string_view text, decimal_shape to, int128& value);

double decimal_to_double(int128 value, int scale);
// By the shortest text that names the double; nullopt also for NaN and infinities.
std::optional<int128> decimal_from_double(double value, decimal_shape to);
// Towards zero; only the low 64 bits count.
int64_t decimal_to_int64_wrapping(int128 value, int scale);

} // namespace levada
