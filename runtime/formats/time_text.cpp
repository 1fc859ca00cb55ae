#include "runtime/formats/time_text.hpp"

#include <chrono>

namespace levada {

namespace {

constexpr int64_t microseconds_per_day = 86'400'000'000;

bool digits(const char* text, int count, int& value) {
  value = 0;
  for (int i = 0; i < count; ++i) {
    unsigned digit = static_cast<unsigned>(text[i]) - '0';
    if (digit > 9) return false;
    value = value * 10 + static_cast<int>(digit);
  }
  return true;
}

// HH:mm:ss[.fraction of 1 to 9 digits]
bool parse_time_of_day(std::string_view text, int64_t& microseconds) {
  int hour;
  int minute;
  int second;
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return false;
  if (!digits(text.data(), 2, hour) || !digits(text.data() + 3, 2, minute) || !digits(text.data() + 6, 2, second)) {
    return false;
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  int64_t total = (int64_t{hour} * 3600 + minute * 60 + second) * 1'000'000;
  if (text.size() > 8) {
    if (text[8] != '.' || text.size() == 9 || text.size() > 18) return false;
    int64_t scale = 100'000;
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

bool parse_date_text(std::string_view text, int32_t& days) {
  int year;
  int month;
  int day;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!digits(text.data(), 4, year) || !digits(text.data() + 5, 2, month) || !digits(text.data() + 8, 2, day)) {
    return false;
  }
  std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                   std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return false;
  days = static_cast<int32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
  return true;
}

bool parse_time_text(std::string_view text, int32_t& milliseconds) {
  int64_t microseconds;
  if (!parse_time_of_day(text, microseconds)) return false;
  milliseconds = static_cast<int32_t>(microseconds / 1000);
  return true;
}

bool timestamp_parser::parse(std::string_view text, bool zoned, int64_t& microseconds) {
  if (zoned) {
    if (text.empty() || text.back() != 'Z') return false;
    text.remove_suffix(1);
  }
  if (text.size() < 19 || text[10] != separator_) return false;
  if (std::memcmp(text.data(), day_text_, sizeof day_text_) != 0) {
    int32_t days;
    if (!parse_date_text(text.substr(0, 10), days)) return false;
    std::memcpy(day_text_, text.data(), sizeof day_text_);
    day_microseconds_ = days * microseconds_per_day;
  }
  int64_t time;
  if (!parse_time_of_day(text.substr(11), time)) return false;
  microseconds = day_microseconds_ + time;
  return true;
}

void append_date_text(std::string& out, int32_t days) {
  std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  int year = static_cast<int>(date.year());
  if (year < 0) {
    out += '-';
    year = -year;
  }
  append_padded(out, year, year > 9999 ? 5 : 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
}

void append_time_text(std::string& out, int32_t milliseconds) { append_time_of_day(out, int64_t{milliseconds} * 1000); }

void append_timestamp_text(std::string& out, int64_t microseconds, timestamp_style style, bool zoned) {
  int64_t days = microseconds / microseconds_per_day;
  int64_t time = microseconds % microseconds_per_day;
  if (time < 0) {
    time += microseconds_per_day;
    --days;
  }
  append_date_text(out, static_cast<int32_t>(days));
  out += style == timestamp_style::sql ? ' ' : 'T';
  append_time_of_day(out, time);
  if (zoned) out += 'Z';
}

} // namespace levada
