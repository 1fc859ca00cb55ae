#include "runtime/time_unit.hpp"

#include <algorithm>
#include <array>

namespace levada {

namespace {

constexpr std::array<std::string_view, 19> names = {
    "MILLENNIUM", "CENTURY", "DECADE", "YEAR",   "ISOYEAR", "QUARTER",     "MONTH",       "WEEK",       "ISODOW", "DOW",
    "DOY",        "DAY",     "HOUR",   "MINUTE", "SECOND",  "MILLISECOND", "MICROSECOND", "NANOSECOND", "EPOCH"};

} // namespace

std::string_view time_unit_name(time_unit unit) { return names[static_cast<size_t>(unit)]; }

std::optional<time_unit> time_unit_of(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<time_unit>(found - names.begin());
}

} // namespace levada
