#include "runtime/number_text.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace levada {

namespace {

template <class T>
void append_approximate(T value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out += '-';
  T size = std::fabs(value);
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  if (size == 0) {
    out += "0.0";
    return;
  }
  // d.dddde[+-]xx, of which the digits and the exponent are laid out anew.
  char text[40];
  char* end = std::to_chars(text, text + sizeof text, size, std::chars_format::scientific).ptr;
  char digits[24];
  int count = 0;
  const char* p = text;
  for (; *p != 'e'; ++p) {
    if (*p != '.') digits[count++] = *p;
  }
  int exponent = 0;
  p += p[1] == '+' ? 2 : 1;
  std::from_chars(p, end, exponent);

  auto digit = [&](int i) { return i < count ? digits[i] : '0'; };
  if (size >= static_cast<T>(1e-3) && size < static_cast<T>(1e7)) {
    if (exponent < 0) {
      out += "0.";
      out.append(static_cast<size_t>(-exponent - 1), '0');
      out.append(digits, static_cast<size_t>(count));
      return;
    }
    for (int i = 0; i <= exponent; ++i) out += digit(i);
    out += '.';
    out += digit(exponent + 1);
    for (int i = exponent + 2; i < count; ++i) out += digits[i];
    return;
  }
  out += digits[0];
  out += '.';
  out += digit(1);
  for (int i = 2; i < count; ++i) out += digits[i];
  out += 'E';
  append_integer(exponent, out);
}

template <class T>
std::optional<T> parse_approximate(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  T value = 0;
  if (text == "NaN") {
    value = std::numeric_limits<T>::quiet_NaN();
  } else if (text == "Infinity") {
    value = std::numeric_limits<T>::infinity();
  } else {
    // from_chars also takes "inf" and "nan", which Java does not.
    if (text.empty() || !((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) return std::nullopt;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument) return std::nullopt;
    size_t used = static_cast<size_t>(end - text.data());
    if (used + 1 == text.size() && std::string_view{"fFdD"}.find(text.back()) != std::string_view::npos) ++used;
    if (used != text.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      // Too large or too small: the exponent's sign tells, or a plain number's length.
      size_t e = text.find_first_of("eE");
      bool tiny = e != std::string_view::npos && e + 1 < text.size() && text[e + 1] == '-';
      if (e == std::string_view::npos) tiny = text[0] == '0' || text[0] == '.';
      value = tiny ? T{0} : std::numeric_limits<T>::infinity();
    }
  }
  return negative ? -value : value;
}

} // namespace

void append_integer(int64_t value, std::string& out) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_double(double value, std::string& out) { append_approximate(value, out); }
void append_float(float value, std::string& out) { append_approximate(value, out); }

std::optional<int64_t> parse_integer(std::string_view text) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-') return std::nullopt;
  }
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) { return parse_approximate<double>(text); }
std::optional<float> parse_float(std::string_view text) { return parse_approximate<float>(text); }

} // namespace levada
