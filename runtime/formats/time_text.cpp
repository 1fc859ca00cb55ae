#include "runtime/formats/time_text.hpp"

#include <algorithm>

#include "runtime/datetime.hpp"

namespace levada {

namespace {

bool digits(const char* text, int count, int& value) {
  value = 0;
  for (int i = 0; i < count; ++i) {
    unsigned digit = static_cast<unsigned>(text[i]) - '0';
    if (digit > 9) return false;
    value = value * 10 + static_cast<int>(digit);
  }
  return true;
}

// HH:mm:ss[.fraction of 1 to 9 digits], HH:mm too when `short_allowed`.
bool parse_time_of_day(std::string_view text, bool short_allowed, int64_t& microseconds) {
  int hour;
  int minute;
  int second = 0;
  if (text.size() < 5 || text[2] != ':' || !digits(text.data(), 2, hour) || !digits(text.data() + 3, 2, minute)) {
    return false;
  }
  if (text.size() == 5) {
    if (!short_allowed) return false;
  } else if (text.size() < 8 || text[5] != ':' || !digits(text.data() + 6, 2, second)) {
    return false;
  }
  if (minute > 59 || second > 59 || (hour > 23 && text != "24:00:00")) return false;
  int64_t total = (int64_t{hour} * 3600 + minute * 60 + second) * us_per_second;
  if (text.size() > 8) {
    if (text[8] != '.' || text.size() == 9 || text.size() > 18) return false;
    int64_t scale = us_per_second / 10;
    for (size_t i = 9; i < text.size(); ++i) {
      unsigned digit = static_cast<unsigned>(text[i]) - '0';
      if (digit > 9) return false;
      total += digit * scale;
      scale /= 10;
    }
  }
  microseconds = total;
  return true;
}

void append_padded(std::string& out, int64_t value, int width) {
  char text[20];
  for (int i = width - 1; i >= 0; --i) {
    text[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(text, static_cast<size_t>(width));
}

void append_time_of_day(std::string& out, int64_t microseconds) {
  int64_t seconds = microseconds / 1'000'000;
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_padded(out, seconds / 60 % 60, 2);
  out += ':';
  append_padded(out, seconds % 60, 2);
  int64_t fraction = microseconds % 1'000'000;
  if (fraction == 0) return;
  out += '.';
  append_padded(out, fraction, 6);
  while (out.back() == '0') out.pop_back();
}

} // namespace

namespace {

bool parse_day(std::string_view text, bool clamp, int32_t& days) {
  int year;
  int month;
  int day;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!digits(text.data(), 4, year) || !digits(text.data() + 5, 2, month) || !digits(text.data() + 8, 2, day)) {
    return false;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  auto last = static_cast<int>(days_in_month(year, static_cast<uint32_t>(month)));
  if (day > last && !clamp) return false;
  day = std::min(day, last);
  days = static_cast<int32_t>(days_from_civil(year, static_cast<uint32_t>(month), static_cast<uint32_t>(day)));
  return true;
}

} // namespace

bool parse_date_text(std::string_view text, int32_t& days) { return parse_day(text, false, days); }

bool parse_time_text(std::string_view text, int32_t& milliseconds, bool seconds_optional) {
  int64_t microseconds;
  if (!parse_time_of_day(text, seconds_optional, microseconds) || microseconds >= us_per_day) return false;
  milliseconds = static_cast<int32_t>(microseconds / us_per_second * 1000);
  return true;
}

bool timestamp_parser::parse(std::string_view text, bool zoned, int64_t& microseconds) {
  if (zoned) {
    if (text.empty() || text.back() != 'Z') return false;
    text.remove_suffix(1);
  }
  if (text.size() < 16 || text[10] != separator_) return false;
  if (std::memcmp(text.data(), day_text_, sizeof day_text_) != 0) {
    int32_t days;
    if (!parse_day(text.substr(0, 10), true, days)) return false;
    std::memcpy(day_text_, text.data(), sizeof day_text_);
    day_microseconds_ = days * us_per_day;
  }
  int64_t time;
  if (!parse_time_of_day(text.substr(11), separator_ == 'T', time)) return false;
  microseconds = day_microseconds_ + time;
  return true;
}

void append_time_text(std::string& out, int32_t milliseconds) { append_time_of_day(out, int64_t{milliseconds} * 1000); }

void append_timestamp_text(std::string& out, int64_t microseconds, timestamp_style style, bool zoned) {
  int64_t days = floor_div(microseconds, us_per_day);
  int64_t time = floor_mod(microseconds, us_per_day);
  append_date(static_cast<int32_t>(days), out);
  out += style == timestamp_style::sql ? ' ' : 'T';
  append_time_of_day(out, time);
  if (zoned) out += 'Z';
}

} // namespace levada
