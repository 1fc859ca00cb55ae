#include "runtime/datetime.hpp"

#include <algorithm>
#include <cstdlib>

#include "runtime/number_text.hpp"

namespace levada {

namespace {

class text_reader {
 public:
  explicit text_reader(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return p_ == end_; }
  char peek() const { return p_ == end_ ? '\0' : *p_; }
  bool take(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  // Between `least` and `most` digits; false when there are fewer, or more follow.
  bool number(int least, int most, uint32_t& value) {
    value = 0;
    int digits = 0;
    for (; p_ != end_ && *p_ >= '0' && *p_ <= '9'; ++p_, ++digits) {
      if (digits == most) return false;
      value = value * 10 + static_cast<uint32_t>(*p_ - '0');
    }
    return digits >= least;
  }
  // Fraction digits as microseconds; at most nine.
  bool fraction_us(uint32_t& us) {
    us = 0;
    int digits = 0;
    for (; p_ != end_ && *p_ >= '0' && *p_ <= '9'; ++p_, ++digits) {
      if (digits == 9) return false;
      if (digits < 6) us = us * 10 + static_cast<uint32_t>(*p_ - '0');
    }
    for (int i = digits; i < 6; ++i) us *= 10;
    return digits > 0;
  }

 private:
  const char* p_;
  const char* end_;
};

bool read_date(text_reader& in, int64_t& days) {
  uint32_t year;
  uint32_t month;
  uint32_t day;
  if (!in.number(4, 4, year) || !in.take('-') || !in.number(1, 2, month) || !in.take('-') || !in.number(1, 2, day)) {
    return false;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  days = days_from_civil(year, month, std::min(day, days_in_month(year, month)));
  return true;
}

bool read_time(text_reader& in, int64_t& us) {
  uint32_t hour;
  uint32_t minute;
  uint32_t second;
  uint32_t fraction = 0;
  if (!in.number(1, 2, hour) || !in.take(':') || !in.number(1, 2, minute) || !in.take(':') ||
      !in.number(1, 2, second)) {
    return false;
  }
  if (in.take('.') && !in.fraction_us(fraction)) return false;
  bool end_of_day = hour == 24 && minute == 0 && second == 0 && fraction == 0;
  if ((hour > 23 && !end_of_day) || minute > 59 || second > 59) return false;
  us = (int64_t{hour} * 3600 + minute * 60 + second) * us_per_second + fraction;
  return true;
}

// Digits of the one layout nearly all machines write, "yyyy-MM-dd HH:mm:ss[.SSS]", without a branch per digit.
std::optional<int64_t> parse_usual(std::string_view text, datetime_style style) {
  if (text.size() != 19 && text.size() != 23) return std::nullopt;
  const char* p = text.data();
  char separator = p[10];
  bool sql = separator == ' ' && style != datetime_style::iso;
  bool iso = separator == 'T' && style != datetime_style::sql;
  if (!(sql || iso) || p[4] != '-' || p[7] != '-' || p[13] != ':' || p[16] != ':') return std::nullopt;
  uint32_t bad = 0;
  auto digit = [&](int i) {
    uint32_t d = static_cast<uint8_t>(p[i]) - uint32_t{'0'};
    bad |= d > 9;
    return d;
  };
  auto two = [&](int i) { return digit(i) * 10 + digit(i + 1); };
  uint32_t year = two(0) * 100 + two(2);
  uint32_t month = two(5);
  uint32_t day = two(8);
  uint32_t hour = two(11);
  uint32_t minute = two(14);
  uint32_t second = two(17);
  uint32_t ms = 0;
  if (text.size() == 23) {
    if (p[19] != '.') return std::nullopt;
    ms = digit(20) * 100 + two(21);
  }
  bad |= month - 1 > 11 || day - 1 > 27 || hour > 23 || minute > 59 || second > 59;
  if (bad) return std::nullopt;
  int64_t seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  return seconds * us_per_second + ms * 1000;
}

bool read_timestamp(text_reader& in, datetime_style style, int64_t& us) {
  int64_t days;
  int64_t time_us = 0;
  if (!read_date(in, days)) return false;
  bool sql = style != datetime_style::iso && in.take(' ');
  bool iso = !sql && style != datetime_style::sql && in.take('T');
  if ((sql || iso) && !read_time(in, time_us)) return false;
  us = days * us_per_day + time_us;
  return true;
}

void append_padded(uint64_t value, int digits, std::string& out) {
  char text[20];
  int count = 0;
  while (value != 0 || count < digits) {
    text[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  while (count > 0) out += text[--count];
}

void append_fraction(int64_t us, int precision, std::string& out) {
  if (precision <= 0) return;
  out += '.';
  int64_t unit = 100'000;
  for (int i = 0; i < precision; ++i, unit /= 10) out += unit > 0 ? static_cast<char>('0' + us / unit % 10) : '0';
}

void append_hms(int64_t us_of_day, int precision, std::string& out) {
  auto seconds = static_cast<uint64_t>(us_of_day / us_per_second);
  append_padded(seconds / 3600, 2, out);
  out += ':';
  append_padded(seconds / 60 % 60, 2, out);
  out += ':';
  append_padded(seconds % 60, 2, out);
  append_fraction(us_of_day % us_per_second, precision, out);
}

void append_hms_short(int64_t us_of_day, std::string& out) {
  int64_t fraction = us_of_day % us_per_second;
  int precision = fraction == 0 ? 0 : fraction % 1000 == 0 ? 3 : 6;
  append_hms(us_of_day, precision, out);
  if (us_of_day % (60 * us_per_second) == 0) out.resize(out.size() - 3);
}

} // namespace

int64_t add_months(int64_t days, int64_t months) {
  civil_date d = civil_from_days(days);
  int64_t month = d.year * 12 + static_cast<int64_t>(d.month) - 1 + months;
  int64_t year = floor_div(month, 12);
  auto month_of_year = static_cast<uint32_t>(floor_mod(month, 12)) + 1;
  return days_from_civil(year, month_of_year, std::min(d.day, days_in_month(year, month_of_year)));
}

std::optional<int64_t> parse_timestamp_us(std::string_view text, datetime_style style) {
  if (auto usual = parse_usual(text, style)) return usual;
  text_reader in{text};
  int64_t us;
  if (!read_timestamp(in, style, us) || !in.at_end()) return std::nullopt;
  return us;
}

std::optional<int64_t> parse_instant_us(std::string_view text, datetime_style style) {
  if (!text.empty() && text.back() == 'Z') return parse_timestamp_us(text.substr(0, text.size() - 1), style);
  text_reader in{text};
  int64_t us;
  if (!read_timestamp(in, style, us)) return std::nullopt;
  char sign = in.peek();
  uint32_t hours;
  uint32_t minutes = 0;
  if ((sign != '+' && sign != '-') || !in.take(sign) || !in.number(2, 2, hours)) return std::nullopt;
  if (in.take(':') && !in.number(2, 2, minutes)) return std::nullopt;
  if (!in.at_end() || hours > 18 || minutes > 59) return std::nullopt;
  int64_t offset = (int64_t{hours} * 60 + minutes) * 60 * us_per_second;
  return sign == '+' ? us - offset : us + offset;
}

std::optional<int32_t> parse_date(std::string_view text) {
  size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return std::nullopt;
  text.remove_prefix(first);
  text = text.substr(0, text.find(' '));
  text_reader in{text};
  uint32_t year;
  uint32_t month = 1;
  uint32_t day = 1;
  if (!in.number(1, 4, year)) return std::nullopt;
  if (in.take('-')) {
    if (!in.number(1, 2, month)) return std::nullopt;
    if (in.take('-') && !in.number(1, 2, day)) return std::nullopt;
  }
  if (!in.at_end() || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
  return static_cast<int32_t>(days_from_civil(year, month, day));
}

std::optional<int32_t> parse_time_ms(std::string_view text) {
  text_reader in{text};
  uint32_t hour;
  uint32_t minute = 0;
  uint32_t second = 0;
  uint32_t fraction = 0;
  if (!in.number(1, 2, hour)) return std::nullopt;
  if (in.take(':')) {
    if (!in.number(1, 2, minute)) return std::nullopt;
    if (in.take(':')) {
      if (!in.number(1, 2, second)) return std::nullopt;
      if (in.take('.') && !in.fraction_us(fraction)) return std::nullopt;
    }
  }
  if (!in.at_end() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return static_cast<int32_t>((hour * 3600 + minute * 60 + second) * 1000 + fraction / 1000);
}

void append_date(int32_t days, std::string& out) {
  civil_date d = civil_from_days(days);
  if (d.year < 0) out += '-';
  append_padded(static_cast<uint64_t>(std::abs(d.year)), 4, out);
  out += '-';
  append_padded(d.month, 2, out);
  out += '-';
  append_padded(d.day, 2, out);
}

void append_time(int32_t ms, int precision, std::string& out) { append_hms(int64_t{ms} * 1000, precision, out); }

void append_timestamp(int64_t us, int precision, datetime_style style, std::string& out) {
  append_date(static_cast<int32_t>(floor_div(us, us_per_day)), out);
  out += style == datetime_style::iso ? 'T' : ' ';
  append_hms(floor_mod(us, us_per_day), precision, out);
}

void append_timestamp_short(int64_t us, std::string& out) {
  append_date(static_cast<int32_t>(floor_div(us, us_per_day)), out);
  out += 'T';
  append_hms_short(floor_mod(us, us_per_day), out);
}

void append_time_short(int32_t ms, std::string& out) { append_hms_short(int64_t{ms} * 1000, out); }

void append_interval_day(int64_t us, std::string& out) {
  out += us < 0 ? '-' : '+';
  int64_t size = std::abs(us);
  append_integer(size / us_per_day, out);
  out += ' ';
  append_hms(size % us_per_day, 3, out);
}

void append_interval_month(int32_t months, std::string& out) {
  out += months < 0 ? '-' : '+';
  int64_t size = std::abs(int64_t{months});
  append_integer(size / 12, out);
  out += '-';
  append_padded(static_cast<uint64_t>(size % 12), 2, out);
}

void append_duration(int64_t us, std::string& out) {
  int64_t seconds = us / us_per_second;
  int64_t fraction = std::abs(us % us_per_second);
  out += "PT";
  if (us == 0) {
    out += "0S";
    return;
  }
  if (int64_t hours = seconds / 3600; hours != 0) {
    append_integer(hours, out);
    out += 'H';
  }
  if (int64_t minutes = seconds / 60 % 60; minutes != 0) {
    append_integer(minutes, out);
    out += 'M';
  }
  if (seconds % 60 == 0 && fraction == 0) return;
  if (us < 0 && seconds % 60 == 0) out += '-';
  append_integer(seconds % 60, out);
  if (fraction != 0) {
    append_fraction(fraction, 6, out);
    out.resize(out.find_last_not_of('0') + 1);
  }
  out += 'S';
}

void append_period(int32_t months, std::string& out) {
  out += 'P';
  if (months / 12 != 0) {
    append_integer(months / 12, out);
    out += 'Y';
  }
  if (months % 12 != 0 || months == 0) {
    append_integer(months % 12, out);
    out += months == 0 ? 'D' : 'M';
  }
}

} // namespace levada
