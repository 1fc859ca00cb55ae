#include "runtime/datetime.hpp"
#include "runtime/functions/cast_kernels.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

namespace {

int32_t date_of(int64_t us) { return static_cast<int32_t>(floor_div(us, us_per_day)); }
int32_t time_of(int64_t us) { return static_cast<int32_t>(floor_mod(us, us_per_day) / us_per_second * 1000); }

kernel from_local(const data_type& to) {
  switch (to.kind()) {
  case type_kind::date: return lift<int64_t>(date_of);
  case type_kind::time: return lift<int64_t>(time_of);
  case type_kind::timestamp:
    return lift<int64_t>([precision = to.precision()](int64_t us) { return truncate_us(us, precision); });
  case type_kind::timestamp_ltz:
    return lift<int64_t>([precision = to.precision()](const eval_context& context, int64_t us) {
      return truncate_us(utc_from_local(context.session_zone, us), precision);
    });
  default: return {};
  }
}

kernel from_instant(const data_type& to) {
  switch (to.kind()) {
  case type_kind::date:
    return lift<int64_t>(
        [](const eval_context& context, int64_t us) { return date_of(local_from_utc(context.session_zone, us)); });
  case type_kind::time:
    return lift<int64_t>(
        [](const eval_context& context, int64_t us) { return time_of(local_from_utc(context.session_zone, us)); });
  case type_kind::timestamp:
    return lift<int64_t>([precision = to.precision()](const eval_context& context, int64_t us) {
      return truncate_us(local_from_utc(context.session_zone, us), precision);
    });
  case type_kind::timestamp_ltz:
    return lift<int64_t>([precision = to.precision()](int64_t us) { return truncate_us(us, precision); });
  default: return {};
  }
}

} // namespace

int64_t truncate_us(int64_t us, int precision) {
  int64_t unit = 1;
  for (int i = precision; i < 6; ++i) unit *= 10;
  return floor_div(us, unit) * unit;
}

kernel cast_time(const data_type& from, const data_type& to) {
  switch (from.kind()) {
  case type_kind::timestamp: return from_local(to);
  case type_kind::timestamp_ltz: return from_instant(to);
  case type_kind::date:
    if (to.kind() == type_kind::timestamp) return lift<int32_t>([](int32_t days) { return days * us_per_day; });
    if (to.kind() == type_kind::timestamp_ltz) {
      return lift<int32_t>([](const eval_context& context, int32_t days) {
        return utc_from_local(context.session_zone, days * us_per_day);
      });
    }
    return {};
  case type_kind::time:
    if (to.kind() == type_kind::timestamp) return lift<int32_t>([](int32_t ms) { return ms * int64_t{1000}; });
    if (to.kind() == type_kind::timestamp_ltz) {
      return lift<int32_t>([](const eval_context& context, int32_t ms) {
        return utc_from_local(context.session_zone, ms * int64_t{1000});
      });
    }
    return {};
  default: return {};
  }
}

} // namespace levada
