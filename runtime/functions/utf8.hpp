// Characters of UTF-8 text: SQL counts characters, memory holds bytes. Malformed bytes never lead outside the text; a
// stray continuation byte counts with the character before it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace levada {

inline bool utf8_starts(char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }

inline int64_t utf8_count(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += utf8_starts(c);
  return count;
}

// Byte at which character number `index` starts, counted from zero; the size when there are fewer.
inline size_t utf8_offset(std::string_view text, int64_t index) {
  if (index >= static_cast<int64_t>(text.size())) return text.size();
  size_t i = 0;
  for (; i < text.size(); ++i) {
    if (utf8_starts(text[i]) && index-- <= 0) break;
  }
  return i;
}

inline std::string_view utf8_prefix(std::string_view text, int64_t characters) {
  return text.substr(0, characters <= 0 ? 0 : utf8_offset(text, characters));
}

// The code point at `at`, which moves on to the next character. 0xfffd for malformed bytes.
uint32_t utf8_next(std::string_view text, size_t& at);
void utf8_append(uint32_t code_point, std::string& out);

// Simple case mapping of the Latin, Greek, Cyrillic and Armenian scripts; what is not a letter of these stays.
void append_upper(std::string_view text, std::string& out);
void append_lower(std::string_view text, std::string& out);

} // namespace levada
