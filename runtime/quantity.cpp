#include "runtime/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace levada {

namespace {

struct unit {
  std::string_view name; // lower case
  int64_t factor;
  bool plural = false; // also with an s
};

// Nanoseconds, since Flink's smallest unit is one.
constexpr int64_t ns_per_us = 1000;
constexpr int64_t ns_per_ms = 1000 * ns_per_us;
constexpr int64_t ns_per_second = 1000 * ns_per_ms;
constexpr int64_t ns_per_minute = 60 * ns_per_second;
constexpr int64_t ns_per_hour = 60 * ns_per_minute;
constexpr int64_t ns_per_day = 24 * ns_per_hour;

constexpr std::array time_units = {
    unit{"", ns_per_ms},
    unit{"d", ns_per_day},
    unit{"day", ns_per_day, true},
    unit{"h", ns_per_hour},
    unit{"hour", ns_per_hour, true},
    unit{"m", ns_per_minute},
    unit{"min", ns_per_minute},
    unit{"minute", ns_per_minute, true},
    unit{"s", ns_per_second},
    unit{"sec", ns_per_second, true},
    unit{"second", ns_per_second, true},
    unit{"ms", ns_per_ms},
    unit{"milli", ns_per_ms, true},
    unit{"millisecond", ns_per_ms, true},
    unit{"\xC2\xB5s", ns_per_us},
    unit{"micro", ns_per_us, true},
    unit{"microsecond", ns_per_us, true},
    unit{"ns", 1},
    unit{"nano", 1, true},
    unit{"nanosecond", 1, true},
};

constexpr std::array size_units = {
    unit{"", 1},
    unit{"b", 1},
    unit{"bytes", 1},
    unit{"k", int64_t{1} << 10},
    unit{"kb", int64_t{1} << 10},
    unit{"kibibytes", int64_t{1} << 10},
    unit{"m", int64_t{1} << 20},
    unit{"mb", int64_t{1} << 20},
    unit{"mebibytes", int64_t{1} << 20},
    unit{"g", int64_t{1} << 30},
    unit{"gb", int64_t{1} << 30},
    unit{"gibibytes", int64_t{1} << 30},
    unit{"t", int64_t{1} << 40},
    unit{"tb", int64_t{1} << 40},
    unit{"tebibytes", int64_t{1} << 40},
};

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool names(std::string_view text, const unit& known) {
  if (known.plural && text.size() == known.name.size() + 1 && (text.back() == 's' || text.back() == 'S'))
    text.remove_suffix(1);
  if (text.size() != known.name.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
    if (c != known.name[i]) return false;
  }
  return true;
}

// Number times unit, divided by `divisor`; not more than an int64_t before the division.
std::optional<int64_t> parse_quantity(std::string_view text, std::span<const unit> units, int64_t divisor) {
  text = trimmed(text);
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || number < 0) return {};
  const auto name = trimmed(text.substr(static_cast<size_t>(parsed.ptr - text.data())));
  for (const auto& known : units) {
    if (!names(name, known)) continue;
    // A unit of at least the divisor is applied in the coarser unit, so that '1000000 d' does not overflow.
    const bool coarse = known.factor >= divisor;
    const int64_t scale = coarse ? known.factor / divisor : known.factor;
    if (number > std::numeric_limits<int64_t>::max() / scale) return {};
    return coarse ? number * scale : number * scale / divisor;
  }
  return {};
}

} // namespace

std::optional<int64_t> parse_duration_ms(std::string_view text) { return parse_quantity(text, time_units, ns_per_ms); }

std::optional<int64_t> parse_memory_bytes(std::string_view text) { return parse_quantity(text, size_units, 1); }

} // namespace levada
