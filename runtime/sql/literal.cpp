#include "runtime/sql/literal.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <limits>

#include "runtime/datetime.hpp"

namespace levada {

namespace {

template <class T>
expression_ptr constant(data_type type, T value) {
  auto made = std::make_shared<column>(column::constant(std::move(type)));
  made->data<T>()[0] = value;
  return make_literal(std::move(made));
}

expression_ptr text_constant(data_type type, std::string_view text) {
  auto made = std::make_shared<column>(column::constant(std::move(type)));
  made->data<string_ref>()[0] = made->strings().store(text);
  return make_literal(std::move(made));
}

int32_t count_code_points(std::string_view text) {
  int32_t count = 0;
  for (unsigned char c : text) count += (c & 0xC0) != 0x80;
  return count;
}

result<int128> parse_digits(std::string_view digits) {
  int128 value = 0;
  int significant = 0;
  for (char c : digits) {
    if (c == '.') continue;
    if (value != 0 || c != '0') ++significant;
    if (significant > decimal_precision_max)
      return status{errc::value_out_of_range, "the number has more than 38 digits"};
    value = value * 10 + (c - '0');
  }
  return value;
}

result<expression_ptr> bind_integer(std::string_view digits, bool negated) {
  auto parsed = parse_digits(digits);
  if (!parsed.ok()) return parsed.error();
  const int128 value = negated ? -*parsed : *parsed;
  if (value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max())
    return constant(data_type::integer().not_null(), static_cast<int32_t>(value));
  if (value >= std::numeric_limits<int64_t>::min() && value <= std::numeric_limits<int64_t>::max())
    return constant(data_type::bigint().not_null(), static_cast<int64_t>(value));
  return status{errc::value_out_of_range, "the whole number " + std::string(digits) + " is beyond BIGINT"};
}

result<expression_ptr> bind_decimal(std::string_view text, bool negated) {
  const size_t point = text.find('.');
  if (point == text.size() - 1) return bind_integer(text.substr(0, point), negated);
  auto parsed = parse_digits(text);
  if (!parsed.ok()) return parsed.error();
  const int scale = static_cast<int>(text.size() - point - 1);
  const int precision = static_cast<int>(text.size() - 1);
  if (precision > decimal_precision_max) return status{errc::value_out_of_range, "the number has more than 38 digits"};
  return constant(data_type::decimal(precision, scale).not_null(), negated ? -*parsed : *parsed);
}

result<expression_ptr> bind_approximate(const std::string& text, bool negated) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return status{errc::value_out_of_range, "the number " + text + " is beyond DOUBLE"};
  return constant(data_type::float64().not_null(), negated ? -value : value);
}

// Reads fixed-width fields from the front of a text.
class field_reader {
 public:
  explicit field_reader(std::string_view text) : rest_(text) {}
  bool number(size_t least, size_t most, int64_t& out) {
    size_t width = 0;
    out = 0;
    while (width < most && width < rest_.size() && rest_[width] >= '0' && rest_[width] <= '9')
      out = out * 10 + (rest_[width++] - '0');
    rest_.remove_prefix(width);
    return width >= least;
  }
  bool skip(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Digits after a point as microseconds; `digits` counts what was written.
  bool fraction(int64_t& us, int& digits) {
    us = 0;
    digits = 0;
    for (int64_t unit = 100000; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; unit /= 10) {
      us += unit * (rest_[0] - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    return digits > 0;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_date(field_reader& in, int64_t& days) {
  int64_t y = 0, m = 0, d = 0;
  if (!in.number(4, 4, y) || !in.skip('-') || !in.number(1, 2, m) || !in.skip('-') || !in.number(1, 2, d)) return false;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(y)},
                                         std::chrono::month{static_cast<unsigned>(m)},
                                         std::chrono::day{static_cast<unsigned>(d)}};
  if (!date.ok()) return false;
  days = std::chrono::sys_days{date}.time_since_epoch().count();
  return true;
}

bool read_time(field_reader& in, int64_t& us, int& digits) {
  int64_t h = 0, m = 0, s = 0, fraction = 0;
  digits = 0;
  if (!in.number(1, 2, h) || !in.skip(':') || !in.number(1, 2, m) || !in.skip(':') || !in.number(1, 2, s)) return false;
  if (h > 23 || m > 59 || s > 59) return false;
  if (in.skip('.') && !in.fraction(fraction, digits)) return false;
  us = ((h * 60 + m) * 60 + s) * us_per_second + fraction;
  return true;
}

status bad_text(std::string_view kind, std::string_view text, std::string_view form) {
  return {errc::invalid_argument,
          "'" + std::string(text) + "' is no " + std::string(kind) + ": write it as '" + std::string(form) + "'"};
}

result<expression_ptr> bind_date(const std::string& text) {
  field_reader in{text};
  int64_t days = 0;
  if (!read_date(in, days) || !in.done()) return bad_text("DATE", text, "2026-01-31");
  return constant(data_type::date().not_null(), static_cast<int32_t>(days));
}

result<expression_ptr> bind_time(const std::string& text) {
  field_reader in{text};
  int64_t us = 0;
  int digits = 0;
  if (!read_time(in, us, digits) || !in.done() || digits > 3) return bad_text("TIME", text, "23:59:59");
  // Milliseconds that are written are kept, though the type has none: as in Flink.
  return constant(data_type::time(0).not_null(), static_cast<int32_t>(us / 1000));
}

result<expression_ptr> bind_timestamp(const std::string& text) {
  field_reader in{text};
  int64_t days = 0, us = 0;
  int digits = 0;
  if (!read_date(in, days) || !in.skip(' ') || !read_time(in, us, digits) || !in.done())
    return bad_text("TIMESTAMP", text, "2026-01-31 23:59:59.999");
  if (digits > timestamp_precision_max)
    return status{errc::unsupported, "a TIMESTAMP has at most 6 digits after the second here"};
  return constant(data_type::timestamp(digits).not_null(), days * us_per_day + us);
}

// The fields of an interval literal from coarse to fine.
struct interval_field {
  time_unit unit;
  int64_t size;  // in microseconds, or months
  int64_t limit; // what a field that is not the leading one must stay below
  char before;   // separator in front of it
};
constexpr std::array interval_fields = {
    interval_field{time_unit::year, 12, 0, ' '},
    interval_field{time_unit::month, 1, 12, '-'},
    interval_field{time_unit::day, us_per_day, 0, ' '},
    interval_field{time_unit::hour, 3600 * us_per_second, 24, ' '},
    interval_field{time_unit::minute, 60 * us_per_second, 60, ':'},
    interval_field{time_unit::second, us_per_second, 60, ':'},
};

template <class T>
result<expression_ptr> interval_constant(const data_type& type, int128 value, const std::string& text) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max())
    return status{errc::value_out_of_range, "INTERVAL '" + text + "' is longer than an interval can be"};
  return constant(type.not_null(), static_cast<T>(value));
}

result<expression_ptr> bind_interval(const ast::literal& literal, bool negated) {
  const auto& q = literal.qualifier;
  auto unit = q.from;
  int64_t multiple = 1;
  if (unit == time_unit::quarter) unit = time_unit::month, multiple = 3;
  if (unit == time_unit::week) unit = time_unit::day, multiple = 7;
  size_t at = 0;
  while (at < interval_fields.size() && interval_fields[at].unit != unit) ++at;
  if (at == interval_fields.size())
    return status{errc::unsupported, "an INTERVAL has the units YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND"};
  const auto last = q.to.value_or(unit);
  const int precision = q.leading_precision.value_or(2);
  if (precision < 1 || precision > 10)
    return status{errc::invalid_argument, "the precision of an INTERVAL is a number from 1 to 10"};

  std::string_view text = literal.text;
  bool negative = literal.negative != negated;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = negative != (text[0] == '-');
    text.remove_prefix(1);
  }
  field_reader in{text};
  int128 total = 0;
  const auto malformed = [&] {
    return status{errc::invalid_argument, "'" + literal.text + "' does not fit the units of this INTERVAL"};
  };
  for (bool first = true;; first = false, ++at) {
    if (at == interval_fields.size()) return malformed();
    const auto& f = interval_fields[at];
    int64_t value = 0;
    if (!first && !in.skip(f.before)) return malformed();
    if (!in.number(1, 18, value)) return malformed();
    int64_t bound = 1;
    for (int i = 0; i < precision; ++i) bound *= 10;
    if (first && value >= bound) {
      const std::string name(time_unit_name(f.unit));
      return status{errc::value_out_of_range, "INTERVAL '" + literal.text + "' has more digits than " + name + "(" +
                                                  std::to_string(precision) + ") holds: write INTERVAL '" +
                                                  literal.text + "' " + name + "(" + std::to_string(text.size()) + ")"};
    }
    if (!first && value >= f.limit) return malformed();
    total += int128{value} * f.size * multiple;
    if (f.unit == last) break;
  }
  int64_t fraction = 0;
  int digits = 0;
  if (last == time_unit::second && in.skip('.') && (!in.fraction(fraction, digits) || digits > 6)) return malformed();
  if (!in.done()) return malformed();
  total += fraction;
  if (negative) total = -total;
  if (q.year_month()) return interval_constant<int32_t>(data_type::interval_month(), total, literal.text);
  return interval_constant<int64_t>(data_type::interval_day(), total, literal.text);
}

} // namespace

result<expression_ptr> bind_literal(const ast::literal& literal, bool negated) {
  switch (literal.kind) {
  case ast::literal_kind::null_value: return make_null(data_type{});
  case ast::literal_kind::boolean: return make_boolean(literal.truth);
  case ast::literal_kind::unknown: return make_null(data_type::boolean());
  case ast::literal_kind::integer: return bind_integer(literal.text, negated);
  case ast::literal_kind::decimal: return bind_decimal(literal.text, negated);
  case ast::literal_kind::approximate: return bind_approximate(literal.text, negated);
  case ast::literal_kind::string: return make_string(literal.text);
  case ast::literal_kind::binary:
    return text_constant(data_type::binary(static_cast<int32_t>(literal.text.size())).not_null(), literal.text);
  case ast::literal_kind::date: return bind_date(literal.text);
  case ast::literal_kind::time: return bind_time(literal.text);
  case ast::literal_kind::timestamp: return bind_timestamp(literal.text);
  case ast::literal_kind::interval: return bind_interval(literal, negated);
  }
  check(false);
  std::abort();
}

expression_ptr make_null(const data_type& type) {
  auto made = std::make_shared<column>(column::constant(type.as_nullable()));
  made->set_null(0);
  return make_literal(std::move(made));
}

expression_ptr make_boolean(bool value) {
  return constant(data_type::boolean().not_null(), static_cast<uint8_t>(value ? 1 : 0));
}

expression_ptr make_string(std::string_view text) {
  return text_constant(data_type::character(count_code_points(text)).not_null(), text);
}

std::optional<int64_t> interval_ms(const expression& e) {
  if (e.kind != expression_kind::literal || e.type.kind() != type_kind::interval_day || e.value->is_null(0)) return {};
  return e.value->at<int64_t>(0) / 1000;
}

} // namespace levada
