// DECIMAL as Flink's text formats write it.
#pragma once

#include <string>

#include "runtime/functions/decimal.hpp"

namespace levada {

// Without trailing zeros, then as Java's BigDecimal.toString: 1E+2 for 100.00, 12.5 for 12.50, 1E-7 for 0.0000001.
void append_scientific_decimal(int128 value, int scale, std::string& out);

} // namespace levada
