#include "runtime/functions/time_unit.hpp"

#include "runtime/datetime.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

result<time_unit> unit_argument(const bind_request& request, size_t argument) {
  auto name = literal_text(request, argument, "the unit of time");
  if (!name.ok()) return name.error();
  auto found = time_unit_of(*name);
  if (!found) return status{errc::invalid_argument, "'" + *name + "' is no unit of time"};
  return *found;
}

int64_t unit_us(time_unit unit) {
  switch (unit) {
  case time_unit::week: return 7 * us_per_day;
  case time_unit::day: return us_per_day;
  case time_unit::hour: return 3600 * us_per_second;
  case time_unit::minute: return 60 * us_per_second;
  case time_unit::second: return us_per_second;
  case time_unit::millisecond: return 1000;
  case time_unit::microsecond: return 1;
  default: return 0;
  }
}

int32_t unit_months(time_unit unit) {
  switch (unit) {
  case time_unit::millennium: return 12000;
  case time_unit::century: return 1200;
  case time_unit::decade: return 120;
  case time_unit::year: return 12;
  case time_unit::quarter: return 3;
  case time_unit::month: return 1;
  default: return 0;
  }
}

int64_t wall_clock_us(const column& c, uint32_t row, const eval_context& context) {
  switch (c.type().kind()) {
  case type_kind::date: return c.at<int32_t>(row) * us_per_day;
  case type_kind::time: return int64_t{c.at<int32_t>(row)} * 1000;
  case type_kind::timestamp_ltz: return local_from_utc(context.session_zone, c.at<int64_t>(row));
  default: return c.at<int64_t>(row);
  }
}

} // namespace levada
