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
// What follows the minute: ":ss", ":ss.fff" with up to nine digits or, where that is allowed, nothing.
bool parse_seconds(std::string_view text, bool optional, int64_t& microseconds) {
  microseconds = 0;
  if (text.empty()) return optional;
  int second;
  if (text.size() < 3 || text[0] != ':' || !digits(text.data() + 1, 2, second) || second > 59) return false;
  microseconds = second * us_per_second;
  if (text.size() == 3) return true;
  if (text[3] != '.' || text.size() == 4 || text.size() > 13) return false;
  int64_t scale = us_per_second / 10;
  for (char c : text.substr(4)) {
    unsigned digit = static_cast<unsigned>(c) - '0';
    if (digit > 9) return false;
    microseconds += digit * scale;
    scale /= 10;
  }
  return true;
}

bool parse_time_of_day(std::string_view text, bool short_allowed, int64_t& microseconds) {
  int hour;
  int minute;
  if (text.size() < 5 || text[2] != ':' || !digits(text.data(), 2, hour) || !digits(text.data() + 3, 2, minute)) {
    return false;
  }
  if (minute > 59 || (hour > 23 && text != "24:00:00")) return false;
  if (!parse_seconds(text.substr(5), short_allowed, microseconds)) return false;
  microseconds += (hour * 60 + minute) * us_per_minute;
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
  bool seconds_optional = separator_ == 'T';
  if (std::memcmp(text.data(), minute_text_, sizeof minute_text_) == 0) {
    if (!parse_seconds(text.substr(sizeof minute_text_), seconds_optional, microseconds)) return false;
    microseconds += minute_microseconds_;
    return true;
  }
  int32_t days;
  int64_t time;
  if (!parse_day(text.substr(0, 10), true, days)) return false;
  if (!parse_time_of_day(text.substr(11), seconds_optional, time)) return false;
  microseconds = days * us_per_day + time;
  // Of an hour 24 there is no other second.
  if (time < us_per_day) {
    std::memcpy(minute_text_, text.data(), sizeof minute_text_);
    minute_microseconds_ = microseconds - time % us_per_minute;
  }
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
