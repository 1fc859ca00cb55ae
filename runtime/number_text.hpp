// Numbers as text, in Java's shapes: what CAST AS STRING, print and the text formats write and read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace levada {

void append_integer(int64_t value, std::string& out);
// "1.0", "0.001", "1.0E7", "NaN", "-Infinity": the shortest digits that read back as the same value.
void append_double(double value, std::string& out);
void append_float(float value, std::string& out);

// Digits with an optional sign, the whole text.
std::optional<int64_t> parse_integer(std::string_view text);
// "1.5", "1e3", ".5", "NaN", "Infinity", Java's suffixes f and d; the whole text. Too large is infinite.
std::optional<double> parse_double(std::string_view text);
std::optional<float> parse_float(std::string_view text);

} // namespace levada
