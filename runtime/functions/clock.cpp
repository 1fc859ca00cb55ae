// What time it is: by the wall clock, evaluated per row, and by the watermark.
#include "platform/clock.hpp"

#include "runtime/datetime.hpp"
#include "runtime/functions/cast_kernels.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

namespace {

constexpr int precision = 3;

int64_t now_us(const eval_context& context) {
  check(context.clock);
  return truncate_us(context.clock->wall_us(), precision);
}

int64_t local_now_us(const eval_context& context) { return local_from_utc(context.session_zone, now_us(context)); }

int32_t today(const eval_context& context) {
  return static_cast<int32_t>(floor_div(local_now_us(context), us_per_day));
}

int32_t time_of_day_ms(const eval_context& context) {
  return static_cast<int32_t>(floor_mod(local_now_us(context), us_per_day) / us_per_second * 1000);
}

template <class F>
void add_now(registry& into, const char* name, const char* summary, const data_type& type, F f) {
  into.add(overloaded(name, std::string{name} + "()", summary, {{{}, type, lift<>(f), false, false}}));
}

// The watermark when the row arrived, that is, after the row before it.
status watermark_at_arrival(const kernel_args& in, column& out) {
  const batch* input = in.context.input;
  in.rows.for_each([&](uint32_t row) {
    int64_t watermark = !input ? watermark_none : row == 0 ? input->watermark_before : input->watermark_at(row - 1);
    if (watermark == watermark_none || watermark == watermark_end) return out.set_null(row);
    out.data<int64_t>()[row] = watermark * 1000;
  });
  return {};
}

result<binding> bind_watermark(const bind_request& request) {
  if (request.types.size() != 1 || !request.types[0].is_timestamp()) {
    return bad_arguments("CURRENT_WATERMARK", "CURRENT_WATERMARK(rowtime)", request.types);
  }
  const data_type& type = request.types[0];
  data_type result =
      type.kind() == type_kind::timestamp ? data_type::timestamp(precision) : data_type::timestamp_ltz(precision);
  return binding{result, {type}, watermark_at_arrival, false};
}

} // namespace

namespace functions {

void register_clock(registry& into) {
  const data_type instant = data_type::timestamp_ltz(precision);
  for (const char* name : {"CURRENT_TIMESTAMP", "NOW", "CURRENT_ROW_TIMESTAMP"}) {
    add_now(into, name, "The current time.", instant, now_us);
  }
  add_now(into, "PROCTIME", "The time at which a row is processed.", instant, now_us);
  add_now(into, "LOCALTIMESTAMP", "The current time in the session's zone.", data_type::timestamp(precision),
          local_now_us);
  add_now(into, "CURRENT_DATE", "The current date in the session's zone.", data_type::date(), today);
  for (const char* name : {"CURRENT_TIME", "LOCALTIME"}) {
    add_now(into, name, "The time of day in the session's zone.", data_type::time(), time_of_day_ms);
  }
  into.add(function_definition{"CURRENT_WATERMARK", "CURRENT_WATERMARK(rowtime)",
                               "The watermark when the row arrived, or NULL before the first.", bind_watermark});
}

} // namespace functions

} // namespace levada
