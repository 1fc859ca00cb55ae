#include "runtime/functions/time_floor.hpp"

#include "runtime/datetime.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/time_unit.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

namespace {

// Centuries and millennia start with year 1, weeks on Sunday.
int64_t floor_us(int64_t us, time_unit unit) {
  if (unit == time_unit::week) {
    int64_t days = floor_div(us, us_per_day);
    return (days - floor_mod(days + 4, 7)) * us_per_day;
  }
  if (int64_t length = unit_us(unit); length > 0) return floor_div(us, length) * length;
  civil_date date = civil_from_days(floor_div(us, us_per_day));
  int64_t months = unit_months(unit);
  int64_t first = months >= 1200 ? 12 : 0;
  int64_t month = date.year * 12 + static_cast<int64_t>(date.month) - 1 - first;
  month = floor_div(month, months) * months + first;
  return days_from_civil(floor_div(month, 12), static_cast<uint32_t>(floor_mod(month, 12)) + 1, 1) * us_per_day;
}

int64_t ceil_us(int64_t us, time_unit unit) {
  int64_t start = floor_us(us, unit);
  if (start == us) return us;
  if (int64_t length = unit_us(unit); length > 0) return start + length;
  return add_months(floor_div(start, us_per_day), unit_months(unit)) * us_per_day;
}

kernel floor_kernel(const data_type& type, time_unit unit, bool up) {
  auto rounded = [unit, up](int64_t us) { return up ? ceil_us(us, unit) : floor_us(us, unit); };
  switch (type.kind()) {
  case type_kind::date:
    return lift<int32_t>(
        [rounded](int32_t days) { return static_cast<int32_t>(floor_div(rounded(days * us_per_day), us_per_day)); });
  case type_kind::time:
    return lift<int32_t>([rounded](int32_t ms) {
      return static_cast<int32_t>(floor_mod(rounded(int64_t{ms} * 1000) / 1000, ms_per_day));
    });
  case type_kind::timestamp_ltz:
    return lift<int64_t>([rounded](const eval_context& context, int64_t us) {
      return utc_from_local(context.session_zone, rounded(local_from_utc(context.session_zone, us)));
    });
  default: return lift<int64_t>(rounded);
  }
}

} // namespace

result<binding> bind_time_floor(const bind_request& request, bool up) {
  const char* name = up ? "CEIL" : "FLOOR";
  const data_type& type = request.types[0];
  bool is_time = type.kind() == type_kind::date || type.kind() == type_kind::time || type.is_timestamp();
  if (!is_time) return bad_arguments(name, std::string{name} + "(date, time or timestamp TO unit)", request.types);
  auto unit = unit_argument(request, 1);
  if (!unit.ok()) return unit.error();
  bool clock_unit = unit_us(*unit) > 0 && unit_us(*unit) < us_per_day;
  bool calendar_unit = !clock_unit && (unit_us(*unit) > 0 || unit_months(*unit) > 0);
  if (!clock_unit && !calendar_unit) {
    return status{errc::unsupported, std::string{name} + " to this unit of time is not supported"};
  }
  if (type.kind() == type_kind::time && calendar_unit) {
    return status{errc::type_mismatch, "a TIME has no date: use HOUR, MINUTE or SECOND"};
  }
  return binding{type, {type, request.types[1]}, floor_kernel(type, *unit, up)};
}

} // namespace levada
