// Durations and amounts of memory as Flink writes them in table options and settings, in whatever case.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace levada {

// "10 s", "5 min", "250" (milliseconds), "1 d". Below a millisecond is cut off, as in Flink. Nothing for any other text,
// nor for more than an int64_t holds; here and below.
std::optional<int64_t> parse_duration_ms(std::string_view text);
// "64 mb", "1g", "4096" (bytes); units are powers of 1024.
std::optional<int64_t> parse_memory_bytes(std::string_view text);

} // namespace levada
