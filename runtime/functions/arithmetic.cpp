// + - * / % MOD and the signs. Integers wrap, as in Java; DECIMAL overflow is NULL.
#include "runtime/functions/cast.hpp"
#include "runtime/functions/coercion.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/time_arithmetic.hpp"

namespace levada {

namespace {

struct add {
  template <class T>
  T operator()(T a, T b) const {
    return a + b;
  }
};
struct subtract {
  template <class T>
  T operator()(T a, T b) const {
    return a - b;
  }
};
struct multiply {
  template <class T>
  T operator()(T a, T b) const {
    return a * b;
  }
};

// Two's complement without undefined overflow; small types are computed as int and cut.
template <class T, class Op>
T apply(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return Op{}(a, b);
  } else {
    using U = std::make_unsigned_t<std::conditional_t<(sizeof(T) < 4), int32_t, T>>;
    return static_cast<T>(Op{}(static_cast<U>(a), static_cast<U>(b)));
  }
}

template <class T, class Op>
kernel dense() {
  return dense_binary<T, T>([](T a, T b) { return apply<T, Op>(a, b); });
}

template <class Op>
kernel plain_kernel(const data_type& type) {
  switch (type.kind()) {
  case type_kind::tinyint: return lift<int8_t, int8_t>(apply<int8_t, Op>);
  case type_kind::smallint: return lift<int16_t, int16_t>(apply<int16_t, Op>);
  case type_kind::integer: return dense<int32_t, Op>();
  case type_kind::bigint: return dense<int64_t, Op>();
  case type_kind::float32: return dense<float, Op>();
  default: return dense<double, Op>();
  }
}

status division_by_zero() { return {errc::division_by_zero, "division by zero"}; }

template <class T>
T quotient(T a, T b) {
  // The one quotient that does not fit wraps.
  if (b == -1) return apply<T, subtract>(0, a);
  return static_cast<T>(a / b);
}

template <class T>
T remainder(T a, T b) {
  return b == -1 ? T{0} : static_cast<T>(a % b);
}

// A constant divisor other than zero cannot fail: then the loop is dense.
template <class T, class R, class F>
kernel divide_with(F f) {
  auto by_constant = dense_binary<R, T>([f](T a, T b) { return static_cast<R>(f(a, b)); });
  auto checked = lift<T, T>([f](T a, T b) -> result<R> {
    if (b == 0) return division_by_zero();
    return static_cast<R>(f(a, b));
  });
  return [by_constant, checked](const kernel_args& in, column& out) {
    const column& divisor = *in.args[1];
    bool safe = divisor.is_constant() && !divisor.is_null(0) && divisor.at<T>(0) != 0;
    return safe ? by_constant(in, out) : checked(in, out);
  };
}

kernel integer_division(const data_type& type) {
  switch (type.kind()) {
  case type_kind::tinyint: return divide_with<int8_t, int8_t>(quotient<int8_t>);
  case type_kind::smallint: return divide_with<int16_t, int16_t>(quotient<int16_t>);
  case type_kind::integer: return divide_with<int32_t, int32_t>([](int32_t a, int32_t b) { return quotient(a, b); });
  default: return divide_with<int64_t, int64_t>([](int64_t a, int64_t b) { return quotient(a, b); });
  }
}

// Of the divisor's type, computed in the wider of both.
kernel integer_remainder(const data_type& type, const data_type& to) {
  auto rest = [](int64_t a, int64_t b) { return remainder(a, b); };
  if (type.kind() == to.kind() && type.kind() == type_kind::integer) {
    return divide_with<int32_t, int32_t>([](int32_t a, int32_t b) { return remainder(a, b); });
  }
  switch (to.kind()) {
  case type_kind::tinyint: return divide_with<int64_t, int8_t>(rest);
  case type_kind::smallint: return divide_with<int64_t, int16_t>(rest);
  case type_kind::integer: return divide_with<int64_t, int32_t>(rest);
  default: return divide_with<int64_t, int64_t>(rest);
  }
}

bool decimal_result(const data_type& a, const data_type& b) {
  bool has_decimal = a.kind() == type_kind::decimal || b.kind() == type_kind::decimal;
  return has_decimal && !a.is_approximate() && !b.is_approximate();
}

decimal_shape shape_of(const data_type& type) { return {type.precision(), type.scale()}; }

using shape_rule = decimal_shape (*)(decimal_shape, decimal_shape);
using decimal_operation = std::optional<int128> (*)(int128, int, int128, int, decimal_shape);

// Whether the unscaled values can be taken as they are, and no outcome needs more digits than the result has.
bool is_exact_ring(char op, const data_type& a, const data_type& b) {
  if (op == '*') return a.precision() + b.precision() <= decimal_precision_max;
  return a.scale() == b.scale() && std::max(a.precision(), b.precision()) < decimal_precision_max;
}

// Total on any bits, those of NULLs too: wraps.
template <class Op>
kernel exact_decimal() {
  return dense_binary<int128, int128>([](int128 a, int128 b) {
    return static_cast<int128>(Op{}(static_cast<absl::uint128>(a), static_cast<absl::uint128>(b)));
  });
}

template <bool Divides>
binding bind_decimal(const bind_request& request, shape_rule rule, decimal_operation operation) {
  data_type a = as_decimal(request.types[0]);
  data_type b = as_decimal(request.types[1]);
  decimal_shape shape = rule(shape_of(a), shape_of(b));
  binding bound{data_type::decimal(shape.precision, shape.scale).as_nullable(any_nullable(request.types)),
                {argument_type(request.types[0], a), argument_type(request.types[1], b)},
                {}};
  bound.run = lift<int128, int128>([=, scale_a = a.scale(), scale_b = b.scale()](int128 x, int128 y) {
    if constexpr (Divides) {
      if (y == 0) return result<std::optional<int128>>{division_by_zero()};
      return result<std::optional<int128>>{operation(x, scale_a, y, scale_b, shape)};
    } else {
      return operation(x, scale_a, y, scale_b, shape);
    }
  });
  return bound;
}

std::optional<int128> decimal_subtract(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to) {
  return decimal_add(a, scale_a, -b, scale_b, to);
}

// FLOAT with DOUBLE is the type written first, yet computed as DOUBLE.
template <class F>
binding bind_mixed_approximate(const bind_request& request, F f) {
  binding bound{request.types[0].as_nullable(any_nullable(request.types)), {}, {}};
  for (const auto& given : request.types) bound.arguments.push_back(argument_type(given, data_type::float64()));
  if (request.types[0].kind() == type_kind::float64) {
    bound.run = lift<double, double>(f);
  } else {
    bound.run = lift<double, double>([f](double a, double b) { return static_cast<float>(f(a, b)); });
  }
  return bound;
}

bool mixes_approximate(const bind_request& request) {
  return request.types[0].is_approximate() && request.types[1].is_approximate() &&
         request.types[0].kind() != request.types[1].kind();
}

bool two_numbers(const bind_request& request) {
  return request.types.size() == 2 && request.types[0].is_numeric() && request.types[1].is_numeric();
}

binding bind_plain(const bind_request& request, const data_type& type, kernel run) {
  return {type.as_nullable(any_nullable(request.types)),
          {argument_type(request.types[0], type), argument_type(request.types[1], type)},
          std::move(run)};
}

template <class Op>
result<binding> bind_ring(char op, shape_rule rule, decimal_operation operation, const bind_request& request) {
  if (auto time = bind_time_arithmetic(op, request)) return std::move(*time);
  if (!two_numbers(request)) {
    return bad_arguments(std::string{op}, std::string{"number "} + op + " number", request.types);
  }
  if (decimal_result(request.types[0], request.types[1])) {
    binding bound = bind_decimal<false>(request, rule, operation);
    if (is_exact_ring(op, as_decimal(request.types[0]), as_decimal(request.types[1]))) bound.run = exact_decimal<Op>();
    return bound;
  }
  if (mixes_approximate(request)) return bind_mixed_approximate(request, Op{});
  auto type = common_type(request.types);
  if (!type.ok()) return type.error();
  return bind_plain(request, *type, plain_kernel<Op>(*type));
}

result<binding> bind_divide(const bind_request& request) {
  if (auto time = bind_time_arithmetic('/', request)) return std::move(*time);
  if (!two_numbers(request)) return bad_arguments("/", "number / number", request.types);
  if (decimal_result(request.types[0], request.types[1])) {
    return bind_decimal<true>(request, decimal_shape_of_quotient, decimal_divide);
  }
  if (mixes_approximate(request)) return bind_mixed_approximate(request, [](double a, double b) { return a / b; });
  auto type = common_type(request.types);
  if (!type.ok()) return type.error();
  if (type->is_integer()) return bind_plain(request, *type, integer_division(*type));
  if (type->kind() == type_kind::float32) {
    return bind_plain(request, *type, dense_binary<float, float>([](float a, float b) { return a / b; }));
  }
  return bind_plain(request, *type, dense_binary<double, double>([](double a, double b) { return a / b; }));
}

result<binding> bind_remainder(std::string_view name, const bind_request& request) {
  if (!two_numbers(request) || request.types[0].is_approximate() || request.types[1].is_approximate()) {
    return bad_arguments(name, "exact number % exact number", request.types);
  }
  if (decimal_result(request.types[0], request.types[1])) {
    return bind_decimal<true>(request, decimal_shape_of_remainder, decimal_remainder);
  }
  data_type type = *common_type(request.types);
  const data_type& to = request.types[1];
  bool as_int = type.kind() == type_kind::integer && to.kind() == type_kind::integer;
  binding bound = bind_plain(request, as_int ? type : data_type::bigint(), integer_remainder(type, to));
  bound.result = to.as_nullable(any_nullable(request.types));
  return bound;
}

kernel negation(const data_type& type) {
  switch (type.physical()) {
  case physical_type::i8: return lift<int8_t>([](int8_t v) { return apply<int8_t, subtract>(0, v); });
  case physical_type::i16: return lift<int16_t>([](int16_t v) { return apply<int16_t, subtract>(0, v); });
  case physical_type::i32: return lift<int32_t>([](int32_t v) { return apply<int32_t, subtract>(0, v); });
  case physical_type::i64: return lift<int64_t>([](int64_t v) { return apply<int64_t, subtract>(0, v); });
  case physical_type::f32: return lift<float>([](float v) { return -v; });
  case physical_type::f64: return lift<double>([](double v) { return -v; });
  default: return lift<int128>([](int128 v) { return -v; });
  }
}

result<binding> bind_sign(char op, const bind_request& request) {
  const data_type& type = request.types[0];
  if (!type.is_numeric() && !type.is_interval()) {
    return bad_arguments(std::string{op}, std::string{op} + "number", request.types);
  }
  if (op == '+') return bind_cast(type, type, false, request.context);
  return binding{type, {type}, negation(type)};
}

template <class Op>
void add_ring(registry& into, char op, shape_rule rule, decimal_operation operation, std::string summary) {
  std::string name{op};
  function_definition definition{name, "number " + name + " number", std::move(summary), {}};
  definition.bind = [op, rule, operation](const bind_request& request) -> result<binding> {
    if (request.types.size() == 1 && op != '*') return bind_sign(op, request);
    return bind_ring<Op>(op, rule, operation, request);
  };
  into.add(std::move(definition));
}

void add_remainder(registry& into, const std::string& name, std::string signature) {
  into.add(function_definition{name, std::move(signature), "The rest of a division, with the sign of the dividend.",
                               [name](const bind_request& request) { return bind_remainder(name, request); }});
}

} // namespace

namespace functions {

void register_arithmetic(registry& into) {
  add_ring<add>(into, '+', decimal_shape_of_sum, decimal_add, "The sum; integers wrap. Also time plus interval.");
  add_ring<subtract>(into, '-', decimal_shape_of_sum, decimal_subtract,
                     "The difference; integers wrap. Also time minus interval, and the sign.");
  add_ring<multiply>(into, '*', decimal_shape_of_product, decimal_multiply, "The product; integers wrap.");
  into.add(function_definition{
      "/", "number / number", "The quotient; of integers cut to an integer, and division by zero fails.", bind_divide});
  add_remainder(into, "%", "exact number % exact number");
  add_remainder(into, "MOD", "MOD(dividend, divisor)");
}

} // namespace functions

} // namespace levada
