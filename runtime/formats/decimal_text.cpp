#include "runtime/formats/decimal_text.hpp"

namespace levada {

void append_scientific_decimal(int128 value, int scale, std::string& out) {
  if (value == 0) {
    out += '0';
    return;
  }
  while (value % 10 == 0) {
    value /= 10;
    --scale;
  }
  std::string digits;
  append_decimal(value < 0 ? -value : value, 0, digits);
  int exponent = static_cast<int>(digits.size()) - 1 - scale;
  // Java's bounds for the plain form.
  if (scale >= 0 && exponent >= -6) {
    append_decimal(value, scale, out);
    return;
  }
  if (value < 0) out += '-';
  out += digits[0];
  if (digits.size() > 1) out.append(".").append(digits, 1);
  out += exponent < 0 ? "E-" : "E+";
  out += std::to_string(exponent < 0 ? -exponent : exponent);
}

} // namespace levada
