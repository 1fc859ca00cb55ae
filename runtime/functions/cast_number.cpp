#include <cmath>
#include <limits>

#include "runtime/functions/cast_kernels.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/functions/kernel.hpp"

namespace levada {

namespace {

// One value of any numeric type or BOOLEAN. The type is looked at per row: the pairs that matter for speed have their
// own kernels, and this keeps the others to one per result type.
struct any_number {
  enum class shape : uint8_t { integer, approximate, decimal };
  shape kind;
  int scale = 0;
  int64_t integer = 0;
  double approximate = 0;
  int128 decimal = 0;
};

any_number read_number(const column& c, uint32_t row) {
  using shape = any_number::shape;
  switch (c.type().kind()) {
  case type_kind::boolean: return {shape::integer, 0, c.at<uint8_t>(row) & 1};
  case type_kind::tinyint: return {shape::integer, 0, c.at<int8_t>(row)};
  case type_kind::smallint: return {shape::integer, 0, c.at<int16_t>(row)};
  case type_kind::integer: return {shape::integer, 0, c.at<int32_t>(row)};
  case type_kind::bigint: return {shape::integer, 0, c.at<int64_t>(row)};
  case type_kind::float32: return {shape::approximate, 0, 0, c.at<float>(row)};
  case type_kind::float64: return {shape::approximate, 0, 0, c.at<double>(row)};
  default: return {shape::decimal, c.type().scale(), 0, 0, c.at<int128>(row)};
  }
}

// Java's narrowing: NaN is 0, too large is the largest.
template <class T>
T saturated(double value) {
  if (std::isnan(value)) return 0;
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

template <class T>
T to_integer(const any_number& n) {
  switch (n.kind) {
  case any_number::shape::integer: return static_cast<T>(n.integer);
  case any_number::shape::approximate:
    if constexpr (sizeof(T) == 8) return saturated<int64_t>(n.approximate);
    return static_cast<T>(saturated<int32_t>(n.approximate));
  default: return static_cast<T>(decimal_to_int64_wrapping(n.decimal, n.scale));
  }
}

double to_double(const any_number& n) {
  switch (n.kind) {
  case any_number::shape::integer: return static_cast<double>(n.integer);
  case any_number::shape::approximate: return n.approximate;
  default: return decimal_to_double(n.decimal, n.scale);
  }
}

float to_float(const any_number& n) {
  return n.kind == any_number::shape::integer ? static_cast<float>(n.integer) : static_cast<float>(to_double(n));
}

bool to_boolean(const any_number& n) { return n.integer != 0 || n.approximate != 0 || n.decimal != 0; }

std::optional<int128> to_decimal(const any_number& n, decimal_shape shape) {
  switch (n.kind) {
  case any_number::shape::integer: return decimal_rescale(n.integer, 0, shape);
  case any_number::shape::approximate: return decimal_from_double(n.approximate, shape);
  default: return decimal_rescale(n.decimal, n.scale, shape);
  }
}

template <class F>
kernel from_any(F f) {
  return [f](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    for (uint32_t i = 0; i < in.rows.count; ++i) {
      uint32_t row = in.rows[i];
      if (out.is_null(row)) continue;
      if (status s = store_outcome(out, row, f(read_number(*in.args[0], row))); !s.ok()) return s;
    }
    return {};
  };
}

template <class R, class A>
kernel widen() {
  return dense_unary<R, A>([](A v) { return static_cast<R>(v); });
}

// The implicit casts of arithmetic and comparison.
kernel hot_cast(type_kind from, type_kind to) {
  if (to == type_kind::bigint && from == type_kind::integer) return widen<int64_t, int32_t>();
  if (to == type_kind::bigint && from == type_kind::smallint) return widen<int64_t, int16_t>();
  if (to == type_kind::bigint && from == type_kind::tinyint) return widen<int64_t, int8_t>();
  if (to == type_kind::integer && from == type_kind::smallint) return widen<int32_t, int16_t>();
  if (to == type_kind::integer && from == type_kind::tinyint) return widen<int32_t, int8_t>();
  if (to == type_kind::float64 && from == type_kind::integer) return widen<double, int32_t>();
  if (to == type_kind::float64 && from == type_kind::bigint) return widen<double, int64_t>();
  if (to == type_kind::float64 && from == type_kind::float32) return widen<double, float>();
  return {};
}

// An integer of any value of its type as a DECIMAL that has room for it.
template <class A>
kernel widen_to_decimal(decimal_shape to) {
  if (to.precision - to.scale <= std::numeric_limits<A>::digits10) return {};
  return dense_unary<int128, A>([factor = static_cast<absl::uint128>(power_of_ten(to.scale))](A v) {
    return static_cast<int128>(static_cast<absl::uint128>(int128{v}) * factor);
  });
}

kernel hot_cast_to_decimal(type_kind from, decimal_shape to) {
  switch (from) {
  case type_kind::bigint: return widen_to_decimal<int64_t>(to);
  case type_kind::integer: return widen_to_decimal<int32_t>(to);
  case type_kind::smallint: return widen_to_decimal<int16_t>(to);
  case type_kind::tinyint: return widen_to_decimal<int8_t>(to);
  default: return {};
  }
}

} // namespace

kernel cast_number(const data_type& from, const data_type& to) {
  if (!from.is_numeric() && from.kind() != type_kind::boolean) return {};
  if (kernel hot = hot_cast(from.kind(), to.kind())) return hot;
  switch (to.kind()) {
  case type_kind::boolean: return from_any(to_boolean);
  case type_kind::tinyint: return from_any(to_integer<int8_t>);
  case type_kind::smallint: return from_any(to_integer<int16_t>);
  case type_kind::integer: return from_any(to_integer<int32_t>);
  case type_kind::bigint: return from_any(to_integer<int64_t>);
  case type_kind::float32: return from_any(to_float);
  case type_kind::float64: return from_any(to_double);
  case type_kind::decimal: {
    decimal_shape shape{to.precision(), to.scale()};
    if (kernel hot = hot_cast_to_decimal(from.kind(), shape)) return hot;
    return from_any([shape](const any_number& n) -> result<std::optional<int128>> {
      if (!std::isfinite(n.approximate)) return status{errc::cast_failed, "NaN and infinity are no DECIMAL"};
      return to_decimal(n, shape);
    });
  }
  default: return {};
  }
}

} // namespace levada
