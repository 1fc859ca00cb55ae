#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "runtime/sql/keywords.hpp"
#include "runtime/sql/settings.hpp"

namespace levada {

namespace {

struct unit {
  std::string_view name; // upper case
  int64_t factor;
};

// Nanoseconds, since Flink's smallest unit is one.
constexpr int64_t ns_per_ms = 1'000'000;
constexpr int64_t ns_per_second = 1000 * ns_per_ms;
constexpr std::array<unit, 31> time_units = {{
    {"", ns_per_ms},
    {"D", 86400 * ns_per_second},
    {"DAY", 86400 * ns_per_second},
    {"DAYS", 86400 * ns_per_second},
    {"H", 3600 * ns_per_second},
    {"HOUR", 3600 * ns_per_second},
    {"HOURS", 3600 * ns_per_second},
    {"M", 60 * ns_per_second},
    {"MIN", 60 * ns_per_second},
    {"MINUTE", 60 * ns_per_second},
    {"MINUTES", 60 * ns_per_second},
    {"S", ns_per_second},
    {"SEC", ns_per_second},
    {"SECS", ns_per_second},
    {"SECOND", ns_per_second},
    {"SECONDS", ns_per_second},
    {"MS", ns_per_ms},
    {"MILLI", ns_per_ms},
    {"MILLIS", ns_per_ms},
    {"MILLISECOND", ns_per_ms},
    {"MILLISECONDS", ns_per_ms},
    {"\xC2\xB5S", 1000},
    {"MICRO", 1000},
    {"MICROS", 1000},
    {"MICROSECOND", 1000},
    {"MICROSECONDS", 1000},
    {"NS", 1},
    {"NANO", 1},
    {"NANOS", 1},
    {"NANOSECOND", 1},
    {"NANOSECONDS", 1},
}};

constexpr std::array<unit, 15> size_units = {{
    {"", 1},
    {"B", 1},
    {"BYTES", 1},
    {"K", int64_t{1} << 10},
    {"KB", int64_t{1} << 10},
    {"KIBIBYTES", int64_t{1} << 10},
    {"M", int64_t{1} << 20},
    {"MB", int64_t{1} << 20},
    {"MEBIBYTES", int64_t{1} << 20},
    {"G", int64_t{1} << 30},
    {"GB", int64_t{1} << 30},
    {"GIBIBYTES", int64_t{1} << 30},
    {"T", int64_t{1} << 40},
    {"TB", int64_t{1} << 40},
    {"TEBIBYTES", int64_t{1} << 40},
}};

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Number times unit, divided by `divisor`; not more than an int64_t before the division.
template <size_t n>
result<int64_t> parse_quantity(std::string_view text, const std::array<unit, n>& units, int64_t divisor,
                               std::string_view what) {
  const auto refuse = [&] {
    return status{errc::invalid_option, "'" + std::string(text) + "' is not " + std::string(what)};
  };
  const auto trimmed = trim(text);
  int64_t number = 0;
  const auto parsed = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  if (parsed.ec != std::errc{} || number < 0) return refuse();
  const auto rest = trimmed.substr(static_cast<size_t>(parsed.ptr - trimmed.data()));
  const auto name = upper_case(trim(rest));
  for (const auto& [known, factor] : units) {
    if (known != name) continue;
    // A unit of at least the divisor is applied in the coarser unit, so that '1000000 d' does not overflow.
    const bool coarse = factor >= divisor;
    const int64_t scale = coarse ? factor / divisor : factor;
    if (number > std::numeric_limits<int64_t>::max() / scale) return refuse();
    return coarse ? number * scale : number * scale / divisor;
  }
  return refuse();
}

} // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  auto parsed =
      parse_quantity(text, time_units, ns_per_ms, "a duration; write '10 s', '5 min', '250 ms', '1 h' or '1 d'");
  if (!parsed.ok()) return parsed.error();
  return std::chrono::milliseconds{*parsed};
}

result<int64_t> parse_memory_size(std::string_view text) {
  return parse_quantity(text, size_units, 1, "a size; write '64 mb', '512 kb' or '1 gb'");
}

} // namespace levada
