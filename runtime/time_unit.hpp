// Units of time by SQL's names. Which of them a construct takes is its own affair.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace levada {

enum class time_unit : uint8_t {
  millennium,
  century,
  decade,
  year,
  isoyear,
  quarter,
  month,
  week,
  isodow,
  dow,
  doy,
  day,
  hour,
  minute,
  second,
  millisecond,
  microsecond,
  nanosecond,
  epoch,
};

// Upper case: "MILLENNIUM".
std::string_view time_unit_name(time_unit unit);
// Of a name in upper case, in the singular; nullopt: no such unit.
std::optional<time_unit> time_unit_of(std::string_view name);

} // namespace levada
