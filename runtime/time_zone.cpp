// First: it has functions called check, which our macro would take.
#include <date/tz.h>

#include "runtime/time_zone.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <limits>
#include <optional>

#include "runtime/datetime.hpp"

namespace levada {

namespace {

constexpr int64_t first_instant = std::numeric_limits<int64_t>::min();
constexpr int last_year = 2100; // rules are unrolled up to here
constexpr size_t periods_max = 2048;

// "+02:00", "-8", "+0530".
std::optional<int64_t> parse_offset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  std::string digits;
  for (char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != ':') {
      return std::nullopt;
    }
  }
  if (digits.empty() || digits.size() > 4 || digits.size() == 3) return std::nullopt;
  int number = std::stoi(digits);
  int hours = digits.size() <= 2 ? number : number / 100;
  int minutes = digits.size() <= 2 ? 0 : number % 100;
  if (hours > 18 || minutes > 59) return std::nullopt;
  int64_t offset = (hours * 60 + minutes) * 60 * us_per_second;
  return text[0] == '-' ? -offset : offset;
}

std::optional<int64_t> fixed_offset(std::string_view name) {
  if (name == "Z" || name == "UTC" || name == "GMT" || name == "UT") return 0;
  for (std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (name.starts_with(prefix)) return parse_offset(name.substr(prefix.size()));
  }
  return parse_offset(name);
}

} // namespace

result<std::shared_ptr<const time_zone>> time_zone::find(std::string_view name) {
  std::vector<period> periods;
  if (auto offset = fixed_offset(name)) {
    periods.push_back({first_instant, *offset});
  } else {
    try {
      const date::time_zone* zone = date::locate_zone(std::string{name});
      date::sys_seconds at = date::sys_days{date::year{1850} / 1 / 1};
      date::sys_seconds end = date::sys_days{date::year{last_year} / 1 / 1};
      while (at < end && periods.size() < periods_max) {
        date::sys_info info = zone->get_info(at);
        int64_t offset_us = std::chrono::microseconds{info.offset}.count();
        if (periods.empty()) {
          periods.push_back({first_instant, offset_us});
        } else if (offset_us != periods.back().offset) {
          periods.push_back({std::chrono::microseconds{info.begin.time_since_epoch()}.count(), offset_us});
        }
        if (info.end <= at) break;
        at = info.end;
      }
    } catch (const std::exception&) {
      return status{errc::unknown_name, "unknown time zone '" + std::string{name} +
                                            "': use a name such as Europe/Berlin, or an offset such as GMT+02:00"};
    }
  }
  return std::shared_ptr<const time_zone>{new time_zone{std::string{name}, std::move(periods)}};
}

std::shared_ptr<const time_zone> time_zone::system() {
  std::string name = "UTC";
  if (const char* variable = std::getenv("TZ"); variable && *variable) {
    name = *variable == ':' ? variable + 1 : variable;
  } else {
    try {
      name = date::current_zone()->name();
    } catch (const std::exception&) {
      name = "UTC"; // no zone data on this machine
    }
  }
  auto zone = find(name);
  if (!zone.ok()) zone = find("UTC");
  return *zone;
}

size_t time_zone::period_at(int64_t utc) const {
  auto after = std::upper_bound(periods_.begin() + 1, periods_.end(), utc,
                                [](int64_t at, const period& p) { return at < p.begin; });
  return static_cast<size_t>(after - periods_.begin()) - 1;
}

int64_t time_zone::utc_from_local(int64_t us) const {
  // No offset exceeds a day, so the periods around the same instant in UTC are the only candidates. The earliest
  // instant that shows this wall clock time is the first occurrence.
  size_t first = period_at(us - us_per_day);
  size_t last = period_at(us + us_per_day);
  for (size_t i = first; i <= last; ++i) {
    int64_t utc = us - periods_[i].offset;
    if (period_at(utc) == i) return utc;
    // In the gap before period i: the offset in force before it carries the time past the gap.
    if (i > 0 && utc < periods_[i].begin) return us - periods_[i - 1].offset;
  }
  return us - periods_[last].offset;
}

int64_t time_zone::utc_from_local_for_timer(int64_t us) const {
  size_t first = period_at(us - us_per_day);
  size_t last = period_at(us + us_per_day);
  for (size_t i = last + 1; i-- > first;) {
    int64_t utc = us - periods_[i].offset;
    if (period_at(utc) == i) return utc;
    if (i < last && utc >= periods_[i + 1].begin && us - periods_[i + 1].offset < periods_[i + 1].begin) {
      return periods_[i + 1].begin;
    }
  }
  return us - periods_[last].offset;
}

} // namespace levada
