#include "runtime/formats/decimal_text.hpp"

namespace levada {

void append_scientific_decimal(int128 value, int scale, std::string& out) {
  if (value == 0) {
    out += '0';
    return;
  }
  decimal_digits all{value};
  std::string_view digits = all.view();
  auto zeros = static_cast<int>(digits.size() - 1 - digits.find_last_not_of('0'));
  append_java_decimal(value / power_of_ten(zeros), scale - zeros, out);
}

} // namespace levada
