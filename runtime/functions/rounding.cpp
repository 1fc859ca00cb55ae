// ROUND, TRUNCATE, CEIL, FLOOR.
#include <algorithm>
#include <cmath>

#include "runtime/functions/cast.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/time_floor.hpp"
#include "runtime/number_text.hpp"

namespace levada {

namespace {

constexpr int digits_max = 38;
constexpr int double_scale = 20;      // fraction digits of a double that rounding looks at
constexpr double double_whole = 1e17; // from here on a double has no fraction
enum class direction : uint8_t { nearest, zero };

// `value` of `scale` with at most `digits` fraction digits (negative: tens, hundreds), still of that scale.
std::optional<int128> round_decimal(int128 value, int scale, int digits, direction to) {
  int dropped = scale - std::min(digits, scale);
  if (dropped == 0) return value;
  if (dropped > digits_max) return int128{0};
  int128 unit = power_of_ten(dropped);
  int128 rest = value % unit;
  value -= rest;
  if (to == direction::nearest) {
    int128 size = rest < 0 ? -rest : rest;
    // Adding the unit may exceed what 38 digits hold; the caller's shape decides.
    if (size >= unit - size) value += rest < 0 ? -unit : unit;
  }
  return value;
}

void append_shortest(float value, std::string& out) { append_float(value, out); }
void append_shortest(double value, std::string& out) { append_double(value, out); }

template <class T>
T round_approximate(T value, int32_t digits, direction to) {
  if (!std::isfinite(value) || std::fabs(value) >= static_cast<T>(double_whole) || digits >= double_scale) {
    return value;
  }
  // By the digits the number is printed with, so that 1.005 rounds to 1.01.
  std::string text;
  append_shortest(value, text);
  int128 exact = 0;
  if (parse_decimal(text, {digits_max, double_scale}, exact) != decimal_parse::ok) return value;
  auto rounded = round_decimal(exact, double_scale, std::max(digits, -digits_max), to);
  return static_cast<T>(decimal_to_double(*rounded, double_scale));
}

template <class T>
T round_integer(T value, int32_t digits, direction to) {
  if (digits >= 0) return value;
  auto rounded = round_decimal(value, 0, std::max(digits, -digits_max), to);
  return static_cast<T>(absl::Int128Low64(*rounded));
}

template <class T>
kernel round_plain(T (*round)(T, int32_t, direction), direction to, bool with_digits) {
  if (!with_digits) return lift<T>([=](T value) { return round(value, 0, to); });
  return lift<T, int32_t>([=](T value, int32_t digits) { return round(value, digits, to); });
}

kernel round_kernel(const data_type& type, direction to, bool with_digits) {
  switch (type.kind()) {
  case type_kind::tinyint: return round_plain<int8_t>(round_integer<int8_t>, to, with_digits);
  case type_kind::smallint: return round_plain<int16_t>(round_integer<int16_t>, to, with_digits);
  case type_kind::integer: return round_plain<int32_t>(round_integer<int32_t>, to, with_digits);
  case type_kind::bigint: return round_plain<int64_t>(round_integer<int64_t>, to, with_digits);
  case type_kind::float32: return round_plain<float>(round_approximate<float>, to, with_digits);
  default: return round_plain<double>(round_approximate<double>, to, with_digits);
  }
}

// The scale asked for decides the type, so it has to be known: an unknown one keeps the type of the argument.
binding round_decimals(const bind_request& request, direction to) {
  const data_type& type = request.types[0];
  int digits = 0;
  bool known = request.types.size() == 1;
  if (!known && request.literals.size() > 1 && request.literals[1] && !request.literals[1]->is_null(0)) {
    known = request.types[1].kind() == type_kind::integer;
    if (known) digits = request.literals[1]->at<int32_t>(0);
  }
  decimal_shape shape{type.precision(), type.scale()};
  if (known && digits < type.scale()) {
    int kept = std::max(digits, 0);
    shape = {std::min(digits_max, 1 + type.precision() - type.scale() + kept), kept};
  }
  binding bound{data_type::decimal(shape.precision, shape.scale).as_nullable(any_nullable(request.types)), {type}, {}};
  int scale = type.scale();
  auto round = [=](int128 value, int32_t wanted) -> std::optional<int128> {
    auto rounded = round_decimal(value, scale, std::clamp(wanted, -digits_max, digits_max), to);
    return rounded ? decimal_rescale(*rounded, scale, shape) : rounded;
  };
  if (request.types.size() == 1) {
    bound.run = lift<int128>([=](int128 value) { return round(value, 0); });
  } else {
    bound.arguments.push_back(argument_type(request.types[1], data_type::integer()));
    bound.run = lift<int128, int32_t>(round);
  }
  return bound;
}

result<binding> bind_round(std::string_view name, direction to, const bind_request& request) {
  size_t count = request.types.size();
  bool ok = count >= 1 && count <= 2 && request.types[0].is_numeric() && (count == 1 || request.types[1].is_integer());
  if (!ok) return bad_arguments(name, std::string{name} + "(number[, digits])", request.types);
  const data_type& type = request.types[0];
  if (type.kind() == type_kind::decimal) return round_decimals(request, to);
  binding bound{type.as_nullable(any_nullable(request.types)), {type}, round_kernel(type, to, count == 2)};
  if (count == 2) bound.arguments.push_back(argument_type(request.types[1], data_type::integer()));
  return bound;
}

kernel whole_decimal(int scale, int precision, bool up) {
  return lift<int128>([=](int128 value) -> std::optional<int128> {
    int128 unit = power_of_ten(scale);
    int128 whole = value / unit;
    int128 rest = value % unit;
    if (up && rest > 0) whole += 1;
    if (!up && rest < 0) whole -= 1;
    return decimal_rescale(whole, 0, {precision, 0});
  });
}

result<binding> bind_whole(std::string_view name, bool up, const bind_request& request) {
  if (request.types.size() == 2) return bind_time_floor(request, up);
  if (request.types.size() != 1 || !request.types[0].is_numeric()) {
    return bad_arguments(name, std::string{name} + "(number), or " + std::string{name} + "(time TO unit)",
                         request.types);
  }
  const data_type& type = request.types[0];
  if (type.is_integer()) return bind_cast(type, type, false, request.context);
  binding bound{type, {type}, {}};
  if (type.kind() == type_kind::decimal) {
    bound.result = data_type::decimal(type.precision(), 0).as_nullable(type.nullable());
    bound.run = whole_decimal(type.scale(), type.precision(), up);
  } else if (type.kind() == type_kind::float32) {
    bound.run = lift<float>([up](float v) { return up ? std::ceil(v) : std::floor(v); });
  } else {
    bound.run = lift<double>([up](double v) { return up ? std::ceil(v) : std::floor(v); });
  }
  return bound;
}

} // namespace

namespace functions {

void register_rounding(registry& into) {
  for (const char* name : {"CEIL", "CEILING", "FLOOR"}) {
    bool up = name[0] == 'C';
    into.add(function_definition{name, std::string{name} + "(number), " + name + "(time TO unit)",
                                 up ? "The next whole number, or start of a unit of time, that is not smaller."
                                    : "The next whole number, or start of a unit of time, that is not larger.",
                                 [=](const bind_request& request) { return bind_whole(name, up, request); }});
  }
  into.add(function_definition{
      "ROUND", "ROUND(number[, digits])", "Rounded half up to a number of fraction digits; negative for tens.",
      [](const bind_request& request) { return bind_round("ROUND", direction::nearest, request); }});
  into.add(function_definition{
      "TRUNCATE", "TRUNCATE(number[, digits])", "Cut to a number of fraction digits; negative for tens.",
      [](const bind_request& request) { return bind_round("TRUNCATE", direction::zero, request); }});
}

} // namespace functions

} // namespace levada
