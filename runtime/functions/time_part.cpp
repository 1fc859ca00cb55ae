// EXTRACT and its short names, TIMESTAMPADD, TIMESTAMPDIFF.
#include "runtime/datetime.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/time_unit.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

namespace {

bool is_point_in_time(const data_type& type) {
  return type.kind() == type_kind::date || type.kind() == type_kind::time || type.is_timestamp();
}

// ISO: the year to which the Thursday of the week belongs.
int64_t iso_year(int64_t days) {
  int64_t thursday = days - floor_mod(days + 3, 7) + 3;
  return civil_from_days(thursday).year;
}

int64_t iso_week(int64_t days) {
  int64_t thursday = days - floor_mod(days + 3, 7) + 3;
  return (thursday - days_from_civil(civil_from_days(thursday).year, 1, 1)) / 7 + 1;
}

int64_t part_of_clock(int64_t us, time_unit unit) {
  switch (unit) {
  case time_unit::hour: return us / (3600 * us_per_second) % 24;
  case time_unit::minute: return us / (60 * us_per_second) % 60;
  case time_unit::second: return us / us_per_second % 60;
  case time_unit::millisecond: return us / 1000 % 1000;
  case time_unit::microsecond: return us % us_per_second;
  default: return us % us_per_second * 1000;
  }
}

int64_t part_of_time(int64_t us, time_unit unit) {
  int64_t days = floor_div(us, us_per_day);
  switch (unit) {
  case time_unit::week: return iso_week(days);
  case time_unit::isoyear: return iso_year(days);
  case time_unit::isodow: return floor_mod(days + 3, 7) + 1;
  case time_unit::dow: return floor_mod(days + 4, 7) + 1; // Sunday is 1
  case time_unit::epoch: return floor_div(us, us_per_second);
  case time_unit::hour:
  case time_unit::minute:
  case time_unit::second:
  case time_unit::millisecond:
  case time_unit::microsecond:
  case time_unit::nanosecond: return part_of_clock(floor_mod(us, us_per_day), unit);
  default: break;
  }
  civil_date date = civil_from_days(days);
  switch (unit) {
  case time_unit::millennium: return floor_div(date.year - 1, 1000) + 1;
  case time_unit::century: return floor_div(date.year - 1, 100) + 1;
  case time_unit::decade: return floor_div(date.year, 10);
  case time_unit::year: return date.year;
  case time_unit::quarter: return (date.month - 1) / 3 + 1;
  case time_unit::month: return date.month;
  case time_unit::day: return date.day;
  default: return days - days_from_civil(date.year, 1, 1) + 1; // DOY
  }
}

kernel extract_time(time_unit unit) {
  return [unit](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    const column& times = *in.args.back();
    in.rows.for_each([&](uint32_t row) {
      if (out.is_null(row)) return;
      out.data<int64_t>()[row] = part_of_time(wall_clock_us(times, row, in.context), unit);
    });
    return {};
  };
}

// Of an interval: what is left of the larger units.
kernel extract_interval(const data_type& type, time_unit unit) {
  return [months = type.kind() == type_kind::interval_month, unit](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    const column& intervals = *in.args.back();
    in.rows.for_each([&](uint32_t row) {
      if (out.is_null(row)) return;
      int64_t value;
      if (months) {
        int64_t n = intervals.at<int32_t>(row);
        value = unit == time_unit::month ? n % 12 : n / unit_months(unit);
      } else {
        int64_t us = intervals.at<int64_t>(row);
        value = unit == time_unit::day ? us / us_per_day : part_of_clock(us % us_per_day, unit);
      }
      out.data<int64_t>()[row] = value;
    });
    return {};
  };
}

result<kernel> extract_kernel(const data_type& type, time_unit unit) {
  bool of_clock = unit >= time_unit::hour && unit <= time_unit::nanosecond;
  bool ok = type.kind() == type_kind::interval_month ? unit_months(unit) > 0
            : type.kind() == type_kind::interval_day ? of_clock || unit == time_unit::day
            : type.kind() == type_kind::time         ? of_clock
                                                     : is_point_in_time(type);
  if (!ok) {
    return status{errc::type_mismatch, "this unit of time is no part of " + type.as_nullable().to_string()};
  }
  return type.is_interval() ? extract_interval(type, unit) : extract_time(unit);
}

result<binding> bind_extract(const bind_request& request) {
  if (request.types.size() != 2) return bad_arguments("EXTRACT", "EXTRACT(unit FROM time)", request.types);
  auto unit = unit_argument(request, 0);
  if (!unit.ok()) return unit.error();
  auto run = extract_kernel(request.types[1], *unit);
  if (!run.ok()) return run.error();
  return binding{data_type::bigint().as_nullable(request.types[1].nullable()),
                 {request.types[0], request.types[1]},
                 std::move(*run)};
}

void add_part(registry& into, const char* name, time_unit unit, const char* summary) {
  std::string signature = std::string{name} + "(date or timestamp)";
  into.add(function_definition{name, signature, summary, [=](const bind_request& request) -> result<binding> {
                                 if (request.types.size() != 1) return bad_arguments(name, signature, request.types);
                                 auto run = extract_kernel(request.types[0], unit);
                                 if (!run.ok()) return bad_arguments(name, signature, request.types);
                                 return binding{data_type::bigint().as_nullable(request.types[0].nullable()),
                                                {request.types[0]},
                                                std::move(*run)};
                               }});
}

// TIMESTAMPADD(unit, count, time): a DATE plus hours is a TIMESTAMP.
result<binding> bind_add(const bind_request& request) {
  constexpr std::string_view signature = "TIMESTAMPADD(unit, count, date or timestamp)";
  bool ok = request.types.size() == 3 && request.types[1].is_integer() &&
            (request.types[2].kind() == type_kind::date || request.types[2].is_timestamp());
  if (!ok) return bad_arguments("TIMESTAMPADD", signature, request.types);
  auto unit = unit_argument(request, 0);
  if (!unit.ok()) return unit.error();
  int64_t us = unit_us(*unit);
  int64_t months = unit_months(*unit);
  if (us == 0 && months == 0) return status{errc::unsupported, "TIMESTAMPADD in this unit of time is not supported"};

  const data_type& time = request.types[2];
  bool to_timestamp = time.kind() == type_kind::date && us > 0 && us < us_per_day;
  data_type type = to_timestamp ? data_type::timestamp(timestamp_precision_max) : time;
  binding bound{type.as_nullable(any_nullable(request.types)),
                {request.types[0], argument_type(request.types[1], data_type::bigint()), time},
                {}};
  kernel run;
  if (to_timestamp) {
    run = lift<int64_t, int32_t>([us](int64_t count, int32_t days) { return days * us_per_day + count * us; });
  } else if (time.kind() == type_kind::date) {
    run = lift<int64_t, int32_t>([us, months](int64_t count, int32_t days) {
      if (months > 0) return static_cast<int32_t>(add_months(days, count * months));
      return static_cast<int32_t>(days + count * (us / us_per_day));
    });
  } else {
    run = lift<int64_t, int64_t>([us, months](int64_t count, int64_t at) {
      if (months == 0) return at + count * us;
      return add_months(floor_div(at, us_per_day), count * months) * us_per_day + floor_mod(at, us_per_day);
    });
  }
  bound.run = [run = std::move(run)](const kernel_args& in, column& out) {
    return run({in.args.subspan(1), in.rows, in.physical_rows, in.context}, out);
  };
  return bound;
}

// Whole months from one day to another; the end of a short month counts as the day it stands for.
int64_t months_between_days(int64_t to, int64_t from) {
  if (to < from) return -months_between_days(from, to);
  int64_t months = (to - from) / 31;
  while (add_months(from, months) < to && add_months(from, months + 1) <= to) ++months;
  return months;
}

// As Calcite counts them: a month that ends earlier in its day is not whole, going forward.
int64_t months_between(int64_t to, int64_t from) {
  int64_t day_to = floor_div(to, us_per_day);
  int64_t day_from = floor_div(from, us_per_day);
  int64_t months = months_between_days(day_to, day_from);
  bool same_day = add_months(day_from, months) == day_to;
  return months - (same_day && floor_mod(to, us_per_day) < floor_mod(from, us_per_day));
}

result<binding> bind_difference(const bind_request& request) {
  constexpr std::string_view signature = "TIMESTAMPDIFF(unit, start, end)";
  auto is_day_or_time = [](const data_type& t) { return t.kind() == type_kind::date || t.is_timestamp(); };
  if (request.types.size() != 3 || !is_day_or_time(request.types[1]) || !is_day_or_time(request.types[2])) {
    return bad_arguments("TIMESTAMPDIFF", signature, request.types);
  }
  auto unit = unit_argument(request, 0);
  if (!unit.ok()) return unit.error();
  int64_t us = unit_us(*unit);
  int64_t months = unit_months(*unit);
  if (us == 0 && months == 0) return status{errc::unsupported, "TIMESTAMPDIFF in this unit of time is not supported"};
  // Two instants differ by what passed between them, anything else by what the clocks show.
  bool instants = us > 0 && request.types[1].kind() == type_kind::timestamp_ltz &&
                  request.types[2].kind() == type_kind::timestamp_ltz;
  kernel run = [=](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    in.rows.for_each([&](uint32_t row) {
      if (out.is_null(row)) return;
      auto at = [&](size_t i) {
        return instants ? in.args[i]->at<int64_t>(row) : wall_clock_us(*in.args[i], row, in.context);
      };
      int64_t from = at(1);
      int64_t to = at(2);
      int64_t difference = months > 0 ? months_between(to, from) / months : (to - from) / us;
      out.data<int32_t>()[row] = static_cast<int32_t>(difference);
    });
    return {};
  };
  return binding{data_type::integer().as_nullable(any_nullable(request.types)),
                 {request.types[0], request.types[1], request.types[2]},
                 std::move(run)};
}

} // namespace

namespace functions {

void register_time_part(registry& into) {
  into.add(
      function_definition{"EXTRACT", "EXTRACT(unit FROM time)", "One field of a time or an interval.", bind_extract});
  add_part(into, "YEAR", time_unit::year, "The year.");
  add_part(into, "QUARTER", time_unit::quarter, "The quarter, 1 to 4.");
  add_part(into, "MONTH", time_unit::month, "The month, 1 to 12.");
  add_part(into, "WEEK", time_unit::week, "The week by ISO 8601.");
  add_part(into, "DAYOFYEAR", time_unit::doy, "The day of the year, from 1.");
  add_part(into, "DAYOFMONTH", time_unit::day, "The day of the month, from 1.");
  add_part(into, "DAYOFWEEK", time_unit::dow, "The day of the week; Sunday is 1.");
  add_part(into, "HOUR", time_unit::hour, "The hour, 0 to 23.");
  add_part(into, "MINUTE", time_unit::minute, "The minute, 0 to 59.");
  add_part(into, "SECOND", time_unit::second, "The second, 0 to 59.");
  into.add(
      function_definition{"TIMESTAMPADD", "TIMESTAMPADD(unit, count, time)", "A time some units later.", bind_add});
  into.add(function_definition{"TIMESTAMPDIFF", "TIMESTAMPDIFF(unit, start, end)",
                               "Whole units from one time to another.", bind_difference});
}

} // namespace functions

} // namespace levada
