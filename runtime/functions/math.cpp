// Functions of real numbers, and ABS and SIGN of any.
#include <atomic>
#include <cmath>
#include <memory>
#include <random>

#include "runtime/functions/decimal.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"

namespace levada {

namespace {

constexpr double pi = 3.141592653589793;
constexpr double euler = 2.718281828459045;

template <class T>
T size_of(T v) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return v < 0 ? static_cast<T>(U{0} - static_cast<U>(v)) : v; // the smallest stays, as in Java
  } else {
    return v < 0 ? -v : v;
  }
}

template <class T>
T sign_of(T v) {
  return static_cast<T>((v > 0) - (v < 0));
}

template <class F>
kernel by_type(const data_type& type, F f) {
  switch (type.kind()) {
  case type_kind::tinyint: return lift<int8_t>([f](int8_t v) { return f(v); });
  case type_kind::smallint: return lift<int16_t>([f](int16_t v) { return f(v); });
  case type_kind::integer: return lift<int32_t>([f](int32_t v) { return f(v); });
  case type_kind::bigint: return lift<int64_t>([f](int64_t v) { return f(v); });
  case type_kind::float32: return lift<float>([f](float v) { return f(v); });
  case type_kind::float64: return lift<double>([f](double v) { return f(v); });
  default: return lift<int128>([f](int128 v) { return f(v); });
  }
}

kernel sign_kernel(const data_type& type) {
  if (type.kind() == type_kind::decimal) {
    return lift<int128>([one = power_of_ten(type.scale())](int128 v) { return v == 0 ? v : v < 0 ? -one : one; });
  }
  return by_type(type, [](auto v) { return sign_of(v); });
}

// The result has the type of the argument.
template <class F>
void add_typed(registry& into, const char* name, const char* summary, F make_kernel) {
  std::string signature = std::string{name} + "(number)";
  into.add(function_definition{name, signature, summary, [=](const bind_request& request) -> result<binding> {
                                 if (request.types.size() != 1 || !request.types[0].is_numeric()) {
                                   return bad_arguments(name, signature, request.types);
                                 }
                                 const data_type& type = request.types[0];
                                 return binding{type, {type}, make_kernel(type)};
                               }});
}

using real_function = double (*)(double);

void add_real(registry& into, const char* name, const char* summary, real_function f) {
  const data_type real = data_type::float64();
  into.add(overloaded(name, std::string{name} + "(number)", summary, {{{real}, real, lift<double>(f)}}));
}

void add_constant(registry& into, const char* name, const char* summary, double value) {
  into.add(overloaded(name, std::string{name} + "()", summary,
                      {{{}, data_type::float64(), lift<>([value] { return value; })}}));
}

// SplitMix64 over a counter: any number of threads draw from one sequence.
class random_bits {
 public:
  random_bits() : counter_((uint64_t{std::random_device{}()} << 32) ^ std::random_device{}()) {}
  uint64_t next() {
    uint64_t x = counter_.fetch_add(0x9e3779b97f4a7c15ULL, std::memory_order_relaxed);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }

 private:
  std::atomic<uint64_t> counter_;
};

} // namespace

namespace functions {

void register_math(registry& into) {
  add_typed(into, "ABS", "The number without its sign.",
            [](const data_type& type) { return by_type(type, [](auto v) { return size_of(v); }); });
  add_typed(into, "SIGN", "-1, 0 or 1.", sign_kernel);

  add_real(into, "SQRT", "The square root.", std::sqrt);
  add_real(into, "EXP", "e to the power of a number.", std::exp);
  add_real(into, "LN", "The natural logarithm.", std::log);
  add_real(into, "LOG10", "The logarithm to base 10.", std::log10);
  add_real(into, "LOG2", "The logarithm to base 2.", [](double x) { return std::log(x) / std::log(2.0); });
  add_real(into, "SIN", "The sine.", std::sin);
  add_real(into, "COS", "The cosine.", std::cos);
  add_real(into, "TAN", "The tangent.", std::tan);
  add_real(into, "COT", "The cotangent.", [](double x) { return 1.0 / std::tan(x); });
  add_real(into, "ASIN", "The arc sine.", std::asin);
  add_real(into, "ACOS", "The arc cosine.", std::acos);
  add_real(into, "ATAN", "The arc tangent.", std::atan);
  add_real(into, "SINH", "The hyperbolic sine.", std::sinh);
  add_real(into, "COSH", "The hyperbolic cosine.", std::cosh);
  add_real(into, "TANH", "The hyperbolic tangent.", std::tanh);
  add_real(into, "DEGREES", "Radians as degrees.", [](double x) { return x * 57.29577951308232; });
  add_real(into, "RADIANS", "Degrees as radians.", [](double x) { return x * 0.017453292519943295; });
  add_constant(into, "PI", "The circle's constant.", pi);
  add_constant(into, "E", "Euler's number.", euler);

  const data_type real = data_type::float64();
  const data_type integer = data_type::integer();
  auto power = [](double x, double y) { return std::pow(x, y); };
  into.add(overloaded("POWER", "POWER(base, exponent)", "A number to the power of another.",
                      {{{real, real}, real, lift<double, double>(power)}}));
  into.add(
      overloaded("ATAN2", "ATAN2(y, x)", "The angle of a point.",
                 {{{real, real}, real, lift<double, double>([](double y, double x) { return std::atan2(y, x); })}}));
  into.add(overloaded(
      "LOG", "LOG([base,] number)", "The natural logarithm, or that to a base.",
      {{{real}, real, lift<double>([](double x) { return std::log(x); })},
       {{real, real}, real, lift<double, double>([](double b, double x) { return std::log(x) / std::log(b); })}}));

  auto bits = std::make_shared<random_bits>();
  into.add(overloaded(
      "RAND", "RAND()", "A random number from 0 up to 1, another one for each row.",
      {{{}, real, lift<>([bits] { return static_cast<double>(bits->next() >> 11) * 0x1.0p-53; }), false, false}}));
  into.add(overloaded("RAND_INTEGER", "RAND_INTEGER(bound)", "A random integer from 0 up to a bound.",
                      {{{integer},
                        integer,
                        lift<int32_t>([bits](int32_t bound) -> result<int32_t> {
                          if (bound <= 0) return status{errc::invalid_argument, "the bound must be positive"};
                          return static_cast<int32_t>(bits->next() % static_cast<uint32_t>(bound));
                        }),
                        false,
                        false}}));
}

} // namespace functions

} // namespace levada
