// Flink SQL text to tokens. Keywords are not told from names here: a word is a word. Comments (--, //, /* */)
// and white space are dropped; `/*+` and the `*/` that closes it stay, as symbols.
#pragma once

#include "runtime/sql/diagnostic.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace levada {

enum class token_kind : uint8_t {
  word,              // name or keyword
  quoted_identifier, // `..`
  string,            // '..'
  escaped_string,    // E'..'
  unicode_string,    // U&'..'
  binary_string,     // X'..'
  integer,           // 12
  decimal,           // 1.5, 1., .5
  approximate,       // 1e3
  symbol,            // operators and punctuation, by their text
  invalid,           // already reported
  end,               // exactly one, last
};

struct token {
  token_kind kind = token_kind::end;
  source_span span;
};

// Reports invalid UTF-8, NUL bytes, stray characters, unterminated strings, identifiers and comments.
// Linear in the text; the result always ends in an end token.
std::vector<token> tokenize(const source_text& source, diagnostics& found);

// The name in a word or quoted_identifier, back-quotes removed and doubled ones undone.
std::string identifier_text(const source_text& source, const token& what);

// The bytes a string or binary token stands for. Bad escapes and odd hex digits are reported.
std::string string_value(const source_text& source, const token& what, diagnostics& found);

} // namespace levada
