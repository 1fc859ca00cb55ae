#include "runtime/functions/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <boost/multiprecision/cpp_int.hpp>

#include "platform/check.hpp"

namespace levada {

namespace {

namespace mp = boost::multiprecision;
// Wide enough for a quotient: 38 digits times 10^76.
using wide = mp::number<mp::cpp_int_backend<512, 512, mp::signed_magnitude, mp::unchecked, void>>;

constexpr int precision_max = 38;
constexpr int scale_kept = 6; // fraction digits a result keeps at least when it is cut to 38 digits

struct halves {
  uint64_t high = 0;
  uint64_t low = 0;
};

// As halves, because absl::int128 does not compute in constant expressions.
constexpr std::array<halves, precision_max + 1> powers = [] {
  std::array<halves, precision_max + 1> p{};
  p[0].low = 1;
  for (size_t i = 1; i <= precision_max; ++i) {
    uint64_t bottom = (p[i - 1].low & 0xffffffff) * 10;
    uint64_t middle = (p[i - 1].low >> 32) * 10 + (bottom >> 32);
    p[i].low = middle << 32 | (bottom & 0xffffffff);
    p[i].high = p[i - 1].high * 10 + (middle >> 32);
  }
  return p;
}();

int128 power(int n) {
  const halves& p = powers[static_cast<size_t>(n)];
  return absl::MakeInt128(static_cast<int64_t>(p.high), p.low);
}

int128 magnitude(int128 v) { return v < 0 ? -v : v; }

bool fits(int128 v, int precision) { return magnitude(v) < power(precision); }

bool fits_int64(int128 v) {
  return v >= std::numeric_limits<int64_t>::min() && v <= std::numeric_limits<int64_t>::max();
}

decimal_shape limited(int precision, int scale) {
  if (precision <= precision_max) return {precision, scale};
  int integer_digits = precision - scale;
  return {precision_max, std::max(precision_max - integer_digits, std::min(scale, scale_kept))};
}

wide widen(int128 v) {
  int128 m = magnitude(v);
  wide w = absl::Int128High64(m);
  w <<= 64;
  w += absl::Int128Low64(m);
  return v < 0 ? wide{-w} : w;
}

wide wide_power(int n) {
  wide p = 1;
  for (; n > 0; n -= precision_max) p *= widen(power(std::min(n, precision_max)));
  return p;
}

std::optional<int128> narrow(const wide& w, int precision) {
  wide m = mp::abs(w);
  if (m >= widen(power(precision))) return std::nullopt;
  auto low = static_cast<uint64_t>(m & wide{std::numeric_limits<uint64_t>::max()});
  auto high = static_cast<uint64_t>(m >> 64);
  int128 v = absl::MakeInt128(static_cast<int64_t>(high), low);
  return w < 0 ? -v : v;
}

wide divide_half_up(const wide& a, const wide& b) {
  wide quotient = a / b;
  wide rest = mp::abs(wide{a % b});
  if (rest * 2 >= mp::abs(b)) quotient += (a < 0) == (b < 0) ? 1 : -1;
  return quotient;
}

std::optional<int128> rescale_wide(const wide& value, int from_scale, decimal_shape to) {
  if (to.scale >= from_scale) return narrow(value * wide_power(to.scale - from_scale), to.precision);
  return narrow(divide_half_up(value, wide_power(from_scale - to.scale)), to.precision);
}

// Value at a larger scale, or nullopt when it does not fit 38 digits.
std::optional<int128> scaled_up(int128 value, int digits) {
  if (digits == 0) return value;
  if (value == 0) return value;
  if (digits > precision_max || magnitude(value) >= power(precision_max - digits)) return std::nullopt;
  return value * power(digits);
}

} // namespace

decimal_shape decimal_shape_of_sum(decimal_shape a, decimal_shape b) {
  int scale = std::max(a.scale, b.scale);
  return limited(std::max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale);
}

decimal_shape decimal_shape_of_product(decimal_shape a, decimal_shape b) {
  return limited(a.precision + b.precision + 1, a.scale + b.scale);
}

decimal_shape decimal_shape_of_quotient(decimal_shape a, decimal_shape b) {
  int scale = std::max(scale_kept, a.scale + b.precision + 1);
  return limited(a.precision - a.scale + b.scale + scale, scale);
}

decimal_shape decimal_shape_of_remainder(decimal_shape a, decimal_shape b) {
  int scale = std::max(a.scale, b.scale);
  return limited(std::min(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

int128 power_of_ten(int n) {
  check(n >= 0 && n <= precision_max);
  return power(n);
}

std::optional<int128> decimal_rescale(int128 value, int from_scale, decimal_shape to) {
  if (to.scale >= from_scale) {
    auto up = scaled_up(value, to.scale - from_scale);
    return up && fits(*up, to.precision) ? up : std::nullopt;
  }
  int digits = from_scale - to.scale;
  if (digits > precision_max) return int128{0};
  int128 divisor = power(digits);
  int128 quotient = value / divisor;
  int128 rest = magnitude(value % divisor);
  if (rest >= divisor - rest) quotient += value < 0 ? -1 : 1;
  return fits(quotient, to.precision) ? std::optional{quotient} : std::nullopt;
}

std::optional<int128> decimal_add(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to) {
  int scale = std::max(scale_a, scale_b);
  auto up_a = scaled_up(a, scale - scale_a);
  auto up_b = scaled_up(b, scale - scale_b);
  // Either operand below 10^37 in size keeps the sum inside 128 bits.
  if (up_a && up_b && fits(*up_a, precision_max - 1) && fits(*up_b, precision_max - 1)) {
    return decimal_rescale(*up_a + *up_b, scale, to);
  }
  return rescale_wide(widen(a) * wide_power(scale - scale_a) + widen(b) * wide_power(scale - scale_b), scale, to);
}

bool decimal_accumulate(int128& sum, int128 value) {
  const int128 room = power(precision_max) - 1;
  if (value > 0 ? sum > room - value : sum < -room - value) return false;
  sum += value;
  return true;
}

std::optional<int128> decimal_multiply(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to) {
  if (fits_int64(a) && fits_int64(b)) return decimal_rescale(a * b, scale_a + scale_b, to);
  return rescale_wide(widen(a) * widen(b), scale_a + scale_b, to);
}

std::optional<int128> decimal_divide(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to) {
  check(b != 0);
  int digits = to.scale - scale_a + scale_b;
  if (digits >= 0) {
    if (auto up = scaled_up(a, digits)) {
      int128 quotient = *up / b;
      int128 rest = magnitude(*up % b);
      if (rest >= magnitude(b) - rest) quotient += (*up < 0) == (b < 0) ? 1 : -1;
      return fits(quotient, to.precision) ? std::optional{quotient} : std::nullopt;
    }
    return narrow(divide_half_up(widen(a) * wide_power(digits), widen(b)), to.precision);
  }
  return narrow(divide_half_up(widen(a), widen(b) * wide_power(-digits)), to.precision);
}

std::optional<int128> decimal_remainder(int128 a, int scale_a, int128 b, int scale_b, decimal_shape to) {
  check(b != 0);
  int scale = std::max(scale_a, scale_b);
  auto up_a = scaled_up(a, scale - scale_a);
  auto up_b = scaled_up(b, scale - scale_b);
  if (up_a && up_b) return decimal_rescale(*up_a % *up_b, scale, to);
  wide rest = (widen(a) * wide_power(scale - scale_a)) % (widen(b) * wide_power(scale - scale_b));
  return rescale_wide(rest, scale, to);
}

int decimal_compare(int128 a, int scale_a, int128 b, int scale_b) {
  int scale = std::max(scale_a, scale_b);
  auto up_a = scaled_up(a, scale - scale_a);
  auto up_b = scaled_up(b, scale - scale_b);
  if (up_a && up_b) return *up_a < *up_b ? -1 : *up_a > *up_b;
  // At most one does not fit: it is the larger in size, so its sign decides.
  if (!up_a) return a < 0 ? -1 : 1;
  return b < 0 ? 1 : -1;
}

decimal_digits::decimal_digits(int128 value) {
  // Eighteen digits at a time are divided as 64 bits, which takes a tenth of the time.
  constexpr int chunk_digits = 18;
  const int128 chunk = power(chunk_digits);
  uint64_t chunks[3];
  int last = 0;
  int128 rest = magnitude(value);
  for (; rest >= chunk; rest /= chunk) chunks[last++] = absl::Uint128Low64(absl::uint128(rest % chunk));
  chunks[last] = absl::Uint128Low64(absl::uint128(rest));
  char* end = std::to_chars(text_, text_ + sizeof text_, chunks[last]).ptr;
  while (last > 0) {
    uint64_t digits = chunks[--last];
    for (int i = chunk_digits; i-- > 0; digits /= 10) end[i] = static_cast<char>('0' + digits % 10);
    end += chunk_digits;
  }
  count_ = static_cast<size_t>(end - text_);
}

void append_decimal(int128 value, int scale, std::string& out) {
  decimal_digits digits{value};
  std::string_view text = digits.view();
  if (value < 0) out += '-';
  auto fraction = static_cast<size_t>(scale);
  if (text.size() > fraction) {
    out.append(text, 0, text.size() - fraction);
    text.remove_prefix(text.size() - fraction);
  } else {
    out += '0';
  }
  if (fraction == 0) return;
  out += '.';
  out.append(fraction - text.size(), '0').append(text);
}

void append_java_decimal(int128 value, int scale, std::string& out) {
  decimal_digits all{value};
  std::string_view digits = all.view();
  int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (scale >= 0 && exponent >= -6) return append_decimal(value, scale, out);
  if (value < 0) out += '-';
  out += digits[0];
  if (digits.size() > 1) out.append(".").append(digits.substr(1));
  out.append(exponent < 0 ? "E" : "E+").append(std::to_string(exponent));
}

decimal_parse parse_decimal(std::string_view text, decimal_shape to, int128& value) {
  size_t i = 0;
  bool negative = false;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) negative = text[i++] == '-';

  constexpr size_t digits_max = 64; // more than 38 significant digits only matter for rounding
  char digits[digits_max];
  size_t count = 0;
  int64_t point = 0; // decimal exponent of the digits kept: value = 0.d1d2d3.. * 10^point
  bool any = false;
  bool in_fraction = false;
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (c == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (count == 0 && c == '0') {
      if (in_fraction) --point;
      continue;
    }
    if (count < digits_max) digits[count++] = c;
    if (!in_fraction) ++point;
  }
  if (!any) return decimal_parse::malformed;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int exponent = 0;
    auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
    if (error != std::errc{}) return decimal_parse::malformed;
    i = static_cast<size_t>(end - text.data());
    point += exponent;
  }
  if (i != text.size()) return decimal_parse::malformed;

  value = 0;
  if (count == 0) return decimal_parse::ok;
  int64_t wanted = point + to.scale; // digits of the unscaled result
  if (wanted > precision_max) return decimal_parse::overflow;
  if (wanted < 0) return decimal_parse::ok;
  for (int64_t k = 0; k < wanted; ++k) {
    value = value * 10 + (k < static_cast<int64_t>(count) ? digits[k] - '0' : 0);
  }
  if (wanted < static_cast<int64_t>(count) && digits[wanted] >= '5') value += 1;
  if (!fits(value, to.precision)) return decimal_parse::overflow;
  if (negative) value = -value;
  return decimal_parse::ok;
}

double decimal_to_double(int128 value, int scale) {
  // Both operands exact in a double: one correctly rounded division.
  constexpr int64_t exact = int64_t{1} << 53;
  if (magnitude(value) <= exact && scale <= 22) {
    return static_cast<double>(static_cast<int64_t>(value)) / static_cast<double>(power(scale));
  }
  std::string text;
  append_decimal(value, scale, text);
  double d = 0;
  std::from_chars(text.data(), text.data() + text.size(), d);
  return d;
}

std::optional<int128> decimal_from_double(double value, decimal_shape to) {
  if (!std::isfinite(value)) return std::nullopt;
  char text[64];
  auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  int128 v = 0;
  auto outcome = parse_decimal({text, static_cast<size_t>(end - text)}, to, v);
  return outcome == decimal_parse::ok ? std::optional{v} : std::nullopt;
}

int64_t decimal_to_int64_wrapping(int128 value, int scale) {
  return static_cast<int64_t>(absl::Int128Low64(value / power(scale)));
}

} // namespace levada
