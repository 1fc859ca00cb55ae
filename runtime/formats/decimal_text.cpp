#include "runtime/formats/decimal_text.hpp"

namespace levada {

void append_scientific_decimal(int128 value, int scale, std::string& out) {
  if (value == 0) {
    out += '0';
    return;
  }
  decimal_digits all{value};
  std::string_view digits = all.view();
  size_t kept = digits.find_last_not_of('0') + 1;
  scale -= static_cast<int>(digits.size() - kept);
  digits = digits.substr(0, kept);
  int exponent = static_cast<int>(digits.size()) - 1 - scale;
  // Java's bounds for the plain form.
  if (scale >= 0 && exponent >= -6) {
    append_decimal(value / power_of_ten(static_cast<int>(all.view().size() - kept)), scale, out);
    return;
  }
  if (value < 0) out += '-';
  out += digits[0];
  if (digits.size() > 1) out.append(".").append(digits.substr(1));
  out += exponent < 0 ? "E-" : "E+";
  out += std::to_string(exponent < 0 ? -exponent : exponent);
}

} // namespace levada
