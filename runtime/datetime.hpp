// The proleptic Gregorian calendar, and dates and times as text. No zones here (time_zone.hpp).
//
// Days and microseconds count from 1970-01-01T00:00:00. Years 1 to 9999 have a text; what lies beyond is computed but
// printed with as many digits as needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace levada {

constexpr int64_t us_per_second = 1'000'000;
constexpr int64_t us_per_minute = 60 * us_per_second;
constexpr int64_t us_per_day = 86'400 * us_per_second;
constexpr int32_t ms_per_day = 86'400'000;

constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); } // b > 0
constexpr int64_t floor_mod(int64_t a, int64_t b) { return a - floor_div(a, b) * b; }

struct civil_date {
  int64_t year = 1970;
  uint32_t month = 1; // 1..12
  uint32_t day = 1;   // 1..31
};

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr int64_t days_from_civil(int64_t year, uint32_t month, uint32_t day) {
  year -= month <= 2;
  int64_t era = floor_div(year, 400);
  auto year_of_era = static_cast<uint32_t>(year - era * 400);
  uint32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

constexpr civil_date civil_from_days(int64_t days) {
  days += 719468;
  int64_t era = floor_div(days, 146097);
  auto day_of_era = static_cast<uint32_t>(days - era * 146097);
  uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  uint32_t shifted_month = (5 * day_of_year + 2) / 153;
  uint32_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  uint32_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2), month, day};
}

constexpr bool is_leap_year(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
constexpr uint32_t days_in_month(int64_t year, uint32_t month) {
  constexpr uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

// The same day of a month `months` later, or that month's last day.
int64_t add_months(int64_t days, int64_t months);

enum class datetime_style : uint8_t {
  sql, // 2020-01-31 10:20:30.123
  iso, // 2020-01-31T10:20:30.123
  any, // either, when reading
};

// A whole wall clock time: date alone, or date, separator and H:m:s with up to nine fraction digits, of which six count.
// Fields may lack leading zeros. 24:00:00 is the next day; the 30th and 31st of a shorter month are its last day.
std::optional<int64_t> parse_timestamp_us(std::string_view text, datetime_style style = datetime_style::any);
// Likewise with "Z" or an offset at the end; in UTC.
std::optional<int64_t> parse_instant_us(std::string_view text, datetime_style style = datetime_style::any);
// "2020-01-31", "2020-1", "2020"; what follows a blank is ignored, as in CAST AS DATE.
std::optional<int32_t> parse_date(std::string_view text);
// "10", "10:20", "10:20:30.5"; in milliseconds.
std::optional<int32_t> parse_time_ms(std::string_view text);

void append_date(int32_t days, std::string& out);
// `precision` digits of the fraction.
void append_time(int32_t ms, int precision, std::string& out);
void append_timestamp(int64_t us, int precision, datetime_style style, std::string& out);
// As Java's LocalDateTime and LocalTime print: seconds left out when zero, the fraction in groups of three digits.
void append_timestamp_short(int64_t us, std::string& out);
void append_time_short(int32_t ms, std::string& out);

// "+1 02:03:04.567" and "+1-02", as CAST prints intervals; "PT26H3M4.567S" and "P1Y2M" as print does.
void append_interval_day(int64_t us, std::string& out);
void append_interval_month(int32_t months, std::string& out);
void append_duration(int64_t us, std::string& out);
void append_period(int32_t months, std::string& out);

} // namespace levada
