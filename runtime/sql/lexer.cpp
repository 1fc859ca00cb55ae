#include "runtime/sql/lexer.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace levada {

namespace {

constexpr std::array<std::string_view, 11> long_symbols = {"<>", "!=", "<=", ">=", "=>", "||",
                                                           "->", "::", "==", "&&", "<<"};
constexpr std::string_view short_symbols = "()[]{},.;:=<>+-*/%?";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || is_high(c);
}

// Bytes of a well-formed code point at text[at], or 0 (overlong forms and surrogates are malformed).
size_t well_formed(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const auto tail = [&](size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

// Characters that word processors put in place of SQL's own, and blanks that are no white space.
std::string_view typographic_hint(std::string_view text, size_t at) {
  const auto is = [&](std::string_view c) { return text.substr(at, c.size()) == c; };
  if (is("\xE2\x80\x98") || is("\xE2\x80\x99") || is("\xE2\x80\x9C") || is("\xE2\x80\x9D"))
    return "typographic quotes are not SQL: write strings in '..' and names in `..`";
  if (is("\xC2\xA0") || is("\xE2\x80\x8B") || is("\xEF\xBB\xBF") || is("\xE3\x80\x80"))
    return "this blank is not white space in SQL: type a space";
  if (is("\xE2\x80\x93") || is("\xE2\x80\x94") || is("\xE2\x88\x92")) return "type a plain '-'";
  return {};
}

class scanner {
 public:
  scanner(const source_text& source, diagnostics& found) : text_(source.text()), found_(found) {}

  std::vector<token> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    report_malformed_bytes();
    while (skip_blank()) scan();
    tokens_.push_back({token_kind::end, {static_cast<uint32_t>(text_.size()), 0}});
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  source_span span_from(size_t start) const {
    return {static_cast<uint32_t>(start), static_cast<uint32_t>(at_ - start)};
  }

  void error(size_t start, size_t length, std::string message, std::string hint = {}) {
    found_.error(errc::syntax_error, {static_cast<uint32_t>(start), static_cast<uint32_t>(length)}, std::move(message),
                 std::move(hint));
  }

  // Once for each run of bad bytes, whether or not inside strings and comments; scan() then passes over them.
  void report_malformed_bytes() {
    size_t reported = 0;
    for (size_t i = at_; i < text_.size() && reported <= diagnostics::max_kept;) {
      const size_t size = well_formed(text_, i);
      if (size > 0 && text_[i] != '\0') {
        i += size;
        continue;
      }
      const bool nul = text_[i] == '\0';
      size_t end = i + 1;
      while (end < text_.size() && (nul ? text_[end] == '\0' : well_formed(text_, end) == 0)) ++end;
      error(i, end - i, nul ? "NUL byte in the text" : "this is not valid UTF-8",
            nul ? "is this really a text file? SQL is read as UTF-8" : "save the file as UTF-8");
      i = end;
      ++reported;
    }
  }

  // Moves to the next token; false at the end.
  bool skip_blank() {
    while (at_ < text_.size()) {
      if (is_space(peek())) ++at_;
      else if ((peek() == '-' && peek(1) == '-') || (peek() == '/' && peek(1) == '/')) skip_line();
      else if (peek() == '/' && peek(1) == '*' && peek(2) != '+') skip_comment();
      else return true;
    }
    return false;
  }

  void skip_line() {
    const size_t end = text_.find_first_of("\r\n", at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
  }

  void skip_comment() {
    const size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
      error(at_, 2, "this comment is never closed", "end it with */");
      tokens_.push_back({token_kind::invalid, span_from(at_)});
    }
    at_ = end == std::string_view::npos ? text_.size() : end + 2;
  }

  void scan() {
    const size_t start = at_;
    const char c = peek();
    if (c == '\'') return quoted(start, token_kind::string);
    if (c == '`') return quoted(start, token_kind::quoted_identifier);
    if ((c == 'X' || c == 'x') && peek(1) == '\'') return prefixed(1, token_kind::binary_string);
    if ((c == 'E' || c == 'e') && peek(1) == '\'') return prefixed(1, token_kind::escaped_string);
    if ((c == 'U' || c == 'u') && peek(1) == '&' && peek(2) == '\'') return prefixed(2, token_kind::unicode_string);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_high(c) && !scan_high()) return;
    if (starts_word(c)) return word();
    symbol();
  }

  // False: the bytes cannot begin a name and were passed over as an invalid token.
  bool scan_high() {
    const size_t size = well_formed(text_, at_);
    const auto hint = typographic_hint(text_, at_);
    if (size > 0 && hint.empty()) return true;
    if (size > 0) error(at_, size, "unexpected character", std::string(hint));
    const size_t start = at_;
    at_ += std::max<size_t>(size, 1);
    tokens_.push_back({token_kind::invalid, span_from(start)});
    return false;
  }

  void prefixed(size_t prefix, token_kind kind) {
    const size_t start = at_;
    at_ += prefix;
    quoted(start, kind);
  }

  // at_ is on the opening quote. A doubled quote is the quote itself; in E'..' so is a backslashed one.
  void quoted(size_t start, token_kind kind) {
    const char quote = peek();
    const size_t open = at_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (kind == token_kind::escaped_string && peek() == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        continue;
      }
      if (peek() != quote) continue;
      if (peek(1) != quote) {
        ++at_;
        return accept_quoted(start, kind);
      }
      ++at_;
    }
    const bool name = quote == '`';
    error(open, 1, name ? "this back-quoted name is never closed" : "this string is never closed",
          name ? "end it with `; a ` inside is written twice" : "end it with '; a ' inside is written twice");
    tokens_.push_back({token_kind::invalid, span_from(start)});
  }

  void accept_quoted(size_t start, token_kind kind) {
    if (kind == token_kind::quoted_identifier && at_ - start == 2) {
      error(start, 2, "an empty name");
      kind = token_kind::invalid;
    }
    tokens_.push_back({kind, span_from(start)});
  }

  void digits() {
    while (is_digit(peek())) ++at_;
  }

  void number() {
    const size_t start = at_;
    auto kind = token_kind::integer;
    digits();
    if (peek() == '.') {
      kind = token_kind::decimal;
      ++at_;
      digits();
    }
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      kind = token_kind::approximate;
      at_ += 1 + sign;
      digits();
    }
    if (starts_word(peek()) && !is_high(peek())) {
      while (starts_word(peek()) || is_digit(peek())) ++at_;
      const auto span = span_from(start);
      error(start, span.length, "a number runs into a name", "a name that begins with a digit must be back-quoted");
      kind = token_kind::invalid;
    }
    tokens_.push_back({kind, span_from(start)});
  }

  void word() {
    const size_t start = at_;
    while (at_ < text_.size() && (starts_word(peek()) || is_digit(peek()))) {
      if (is_high(peek())) {
        const size_t size = well_formed(text_, at_);
        if (size == 0 || !typographic_hint(text_, at_).empty()) break;
        at_ += size;
      } else {
        ++at_;
      }
    }
    tokens_.push_back({token_kind::word, span_from(start)});
  }

  void symbol() {
    const size_t start = at_;
    const auto rest = text_.substr(at_);
    if (rest.starts_with("/*+")) {
      at_ += 3;
      hint_open_ = true;
      return tokens_.push_back({token_kind::symbol, span_from(start)});
    }
    if (hint_open_ && rest.starts_with("*/")) {
      at_ += 2;
      hint_open_ = false;
      return tokens_.push_back({token_kind::symbol, span_from(start)});
    }
    for (const auto candidate : long_symbols) {
      if (!rest.starts_with(candidate)) continue;
      at_ += candidate.size();
      return tokens_.push_back({token_kind::symbol, span_from(start)});
    }
    ++at_;
    const bool known = short_symbols.find(text_[start]) != std::string_view::npos;
    if (!known) stray(start);
    tokens_.push_back({known ? token_kind::symbol : token_kind::invalid, span_from(start)});
  }

  void stray(size_t start) {
    const char c = text_[start];
    if (c == '\0') return;
    if (c == '"')
      return error(start, 1, "double quotes mean nothing in Flink SQL", "write strings in '..' and names in `..`");
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return error(start, 1, "unexpected control character");
    error(start, 1, std::string("unexpected character '") + c + "'");
  }

  std::string_view text_;
  diagnostics& found_;
  size_t at_ = 0;
  bool hint_open_ = false;
  std::vector<token> tokens_;
};

} // namespace

std::vector<token> tokenize(const source_text& source, diagnostics& found) { return scanner(source, found).run(); }

} // namespace levada
