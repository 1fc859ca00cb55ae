#include "runtime/functions/time_arithmetic.hpp"

#include <cmath>

#include "runtime/datetime.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"

namespace levada {

namespace {

bool is_point_in_time(const data_type& type) {
  return type.kind() == type_kind::date || type.kind() == type_kind::time || type.is_timestamp();
}

int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

// The kernel for (time, interval); `sign` -1 subtracts.
kernel shift_kernel(const data_type& time, const data_type& interval, int64_t sign) {
  bool months = interval.kind() == type_kind::interval_month;
  switch (time.kind()) {
  case type_kind::date:
    if (months) {
      return lift<int32_t, int32_t>(
          [sign](int32_t days, int32_t n) { return static_cast<int32_t>(add_months(days, sign * n)); });
    }
    return lift<int32_t, int64_t>(
        [sign](int32_t days, int64_t us) { return static_cast<int32_t>(days + sign * (us / us_per_day)); });
  case type_kind::time:
    if (months) return lift<int32_t, int32_t>([](int32_t ms, int32_t) { return ms; });
    return lift<int32_t, int64_t>([sign](int32_t ms, int64_t us) {
      return static_cast<int32_t>(floor_mod(ms + sign * (us / 1000), ms_per_day));
    });
  default:
    if (months) {
      return lift<int64_t, int32_t>([sign](int64_t us, int32_t n) {
        return add_months(floor_div(us, us_per_day), sign * n) * us_per_day + floor_mod(us, us_per_day);
      });
    }
    if (sign < 0) return dense_binary<int64_t, int64_t>([](int64_t us, int64_t by) { return wrapping_add(us, -by); });
    return dense_binary<int64_t, int64_t>(wrapping_add);
  }
}

kernel swapped(kernel run) {
  return [run = std::move(run)](const kernel_args& in, column& out) {
    const column* args[] = {in.args[1], in.args[0]};
    return run({args, in.rows, in.physical_rows, in.context}, out);
  };
}

kernel interval_sum(const data_type& type, int64_t sign) {
  if (type.kind() == type_kind::interval_month) {
    return lift<int32_t, int32_t>([sign](int32_t a, int32_t b) { return static_cast<int32_t>(a + sign * b); });
  }
  return lift<int64_t, int64_t>([sign](int64_t a, int64_t b) { return wrapping_add(a, sign * b); });
}

kernel interval_product(const data_type& type) {
  if (type.kind() == type_kind::interval_month) {
    return lift<int32_t, int64_t>([](int32_t a, int64_t b) { return static_cast<int32_t>(a * b); });
  }
  return lift<int64_t, int64_t>(
      [](int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b)); });
}

} // namespace

std::optional<binding> bind_time_arithmetic(char op, const bind_request& request) {
  if (request.types.size() != 2) return std::nullopt;
  const data_type& a = request.types[0];
  const data_type& b = request.types[1];
  bool nullable = any_nullable(request.types);
  int64_t sign = op == '-' ? -1 : 1;
  if (op == '+' || op == '-') {
    if (is_point_in_time(a) && b.is_interval()) {
      return binding{a.as_nullable(nullable), {a, b}, shift_kernel(a, b, sign)};
    }
    if (op == '+' && a.is_interval() && is_point_in_time(b)) {
      return binding{b.as_nullable(nullable), {a, b}, swapped(shift_kernel(b, a, 1))};
    }
    if (a.is_interval() && a.kind() == b.kind()) {
      return binding{a.as_nullable(nullable), {a, b}, interval_sum(a, sign)};
    }
    return std::nullopt;
  }
  if (op == '*' && a.is_interval() && b.is_integer()) {
    return binding{a.as_nullable(nullable), {a, argument_type(b, data_type::bigint())}, interval_product(a)};
  }
  if (op == '*' && a.is_integer() && b.is_interval()) {
    return binding{b.as_nullable(nullable), {argument_type(a, data_type::bigint()), b}, swapped(interval_product(b))};
  }
  return std::nullopt;
}

} // namespace levada
