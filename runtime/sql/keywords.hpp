// Flink SQL's reserved words (Flink 2.2's parser, asked for its own list). Whatever is not in it is a free
// name, keyword of some clause or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace levada {

enum class word_class : uint8_t {
  free,              // an identifier wherever one may stand
  reserved,          // an identifier only in back-quotes
  reserved_function, // the same, but callable without them: COUNT(..), LEFT(..)
};

word_class classify_word(std::string_view word);

// ASCII only: keywords have no other letters.
inline char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool equal_ignoring_case(std::string_view text, std::string_view upper);
std::string upper_case(std::string_view text);

} // namespace levada
