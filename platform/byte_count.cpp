#include "platform/byte_count.hpp"

#include <cstdio>

namespace levada {

std::string byte_count_text(uint64_t bytes) {
  static constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return std::to_string(bytes) + " bytes";
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (amount >= 1024 && unit + 1 < std::size(units)) amount /= 1024, ++unit;
  char text[32];
  const bool whole = amount >= 100 || amount == static_cast<double>(static_cast<uint64_t>(amount));
  std::snprintf(text, sizeof text, whole ? "%.0f %s" : "%.1f %s", amount, units[unit]);
  return text;
}

} // namespace levada
