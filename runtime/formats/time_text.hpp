// DATE, TIME and TIMESTAMP as records spell them, in the two standards Flink's formats know:
//   sql       2026-01-31 | 23:59:58[.123456789] | 2026-01-31 23:59:58[.123] | with a zone: ...58.123Z
//   iso_8601  the same with 'T' between date and time; seconds may be missing
// Years have four digits. Fractions beyond microseconds are cut off; a TIME is whole seconds, as Flink's formats read it.
// In a timestamp, day 29 to 31 of a shorter month is its last day and 24:00:00 the next day's beginning; a DATE is strict.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace levada {

enum class timestamp_style : uint8_t { sql, iso_8601 };

bool parse_date_text(std::string_view text, int32_t& days);
bool parse_time_text(std::string_view text, int32_t& milliseconds, bool seconds_optional = false);

// Remembers the minute of the previous timestamp: in a stream it is mostly that of the next.
class timestamp_parser {
 public:
  explicit timestamp_parser(timestamp_style style) : separator_(style == timestamp_style::sql ? ' ' : 'T') {}
  // `zoned`: a 'Z' must follow (TIMESTAMP_LTZ); else none may. Microseconds since 1970-01-01T00:00:00.
  bool parse(std::string_view text, bool zoned, int64_t& microseconds);

 private:
  char separator_;
  char minute_text_[16] = {};
  int64_t minute_microseconds_ = 0;
};

// Seconds always, the fraction without trailing zeros and absent when zero.
void append_time_text(std::string& out, int32_t milliseconds);
void append_timestamp_text(std::string& out, int64_t microseconds, timestamp_style style, bool zoned);

} // namespace levada
