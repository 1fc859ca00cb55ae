#include "runtime/sql/token_cursor.hpp"

#include "runtime/sql/keywords.hpp"
#include "runtime/sql/parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace levada {

namespace {

constexpr size_t shown_token_bytes = 40;

// Reserved words that show where the grammar was left; others were more likely meant as a name.
constexpr std::array<std::string_view, 36> structural = {
    "ALL",  "AND",  "AS",    "BETWEEN", "BY",    "CASE",   "CREATE", "CROSS", "DISTINCT", "ELSE", "END",   "EXCEPT",
    "FROM", "FULL", "GROUP", "HAVING",  "IN",    "INNER",  "INSERT", "INTO",  "IS",       "JOIN", "LIKE",  "LIMIT",
    "NOT",  "NULL", "ON",    "OR",      "ORDER", "SELECT", "SET",    "THEN",  "UNION",    "WHEN", "WHERE", "WITH"};

bool is_structural(std::string_view upper) {
  return std::find(structural.begin(), structural.end(), upper) != structural.end();
}

} // namespace

token_cursor::token_cursor(const source_text& source, std::vector<token> tokens, diagnostics& found)
    : source_(source), tokens_(std::move(tokens)), found_(found), end_(tokens_.back()) {
  check(end_.kind == token_kind::end);
}

const token& token_cursor::peek(size_t ahead) const {
  return failed_ || next_ + ahead >= tokens_.size() ? end_ : tokens_[next_ + ahead];
}

bool token_cursor::at(std::string_view text, size_t ahead) const {
  const auto& next = peek(ahead);
  if (next.span.length != text.size()) return false;
  if (next.kind == token_kind::symbol) return source_.slice(next.span) == text;
  return next.kind == token_kind::word && equal_ignoring_case(source_.slice(next.span), text);
}

bool token_cursor::at_string(size_t ahead) const {
  const auto next = kind(ahead);
  return next == token_kind::string || next == token_kind::escaped_string || next == token_kind::unicode_string;
}

bool token_cursor::at_identifier(size_t ahead) const {
  const auto& next = peek(ahead);
  if (next.kind == token_kind::quoted_identifier) return true;
  return next.kind == token_kind::word && classify_word(text(next)) == word_class::free;
}

void token_cursor::advance() {
  if (!failed_ && next_ + 1 < tokens_.size()) ++next_;
}

bool token_cursor::accept(std::string_view text) {
  if (!at(text)) return false;
  advance();
  return true;
}

bool token_cursor::accept(std::string_view first, std::string_view second) {
  if (!at(first) || !at(second, 1)) return false;
  next_ += 2;
  return true;
}

bool token_cursor::accept(std::string_view first, std::string_view second, std::string_view third) {
  if (!at(first) || !at(second, 1) || !at(third, 2)) return false;
  next_ += 3;
  return true;
}

bool token_cursor::expect(std::string_view text, std::string_view where) {
  if (accept(text)) return true;
  std::string what = "'" + std::string(text) + "'";
  if (!where.empty()) what += " " + std::string(where);
  fail_expected(what);
  return false;
}

ast::identifier token_cursor::identifier(std::string_view what) {
  if (!at_identifier()) {
    fail_expected(what);
    return {{}, span(), false};
  }
  const token name = peek();
  advance();
  return {identifier_text(source_, name), name.span, name.kind == token_kind::quoted_identifier};
}

ast::name token_cursor::compound_name(std::string_view what) {
  constexpr size_t max_parts = 32;
  ast::name out;
  const auto start = span();
  do {
    out.parts.push_back(identifier(what));
    if (out.parts.size() > max_parts) fail_nesting(span());
  } while (accept("."));
  out.span = since(start);
  return out;
}

ast::string_text token_cursor::string(std::string_view what) {
  if (!at_string()) {
    fail_expected(what);
    return {{}, span()};
  }
  const token literal = peek();
  advance();
  return {string_value(source_, literal, found_), literal.span};
}

int32_t token_cursor::integer(std::string_view what) {
  if (kind() != token_kind::integer) {
    fail_expected(what);
    return 0;
  }
  const auto digits = text(peek());
  int32_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc{})
    fail(errc::value_out_of_range, span(), "this number is too large here", "at most 2147483647");
  advance();
  return value;
}

source_span token_cursor::last_span() const {
  if (next_ == 0) return {span().offset, 0};
  return tokens_[next_ - 1].span;
}

source_span token_cursor::since(source_span start) const {
  const auto last = last_span();
  return last.end() < start.end() ? start : cover(start, last);
}

std::string token_cursor::found() const {
  const auto& next = peek();
  if (next.kind == token_kind::end) return "the end of the text";
  const auto shown = text(next);
  const bool is_long = shown.size() > shown_token_bytes;
  switch (next.kind) {
  case token_kind::string:
  case token_kind::escaped_string:
  case token_kind::unicode_string:
  case token_kind::binary_string: return is_long ? "a string" : "the string " + std::string(shown);
  default: return is_long ? "a long name" : "'" + std::string(shown) + "'";
  }
}

void token_cursor::fail(errc code, source_span where, std::string message, std::string hint) {
  if (failed_) return;
  found_.error(code, where, std::move(message), std::move(hint));
  failed_ = true;
}

void token_cursor::fail_expected(std::string_view what) {
  if (failed_) return;
  const auto& next = peek();
  std::string hint;
  if (next.kind == token_kind::word) {
    const auto word = text(next);
    if (classify_word(word) != word_class::free && !is_structural(upper_case(word)))
      hint = "'" + std::string(word) + "' is a reserved word: to use it as a name, back-quote it: `" +
             std::string(word) + "`";
  }
  fail(errc::syntax_error, next.span, "expected " + std::string(what) + ", found " + found(), std::move(hint));
}

void token_cursor::unsupported(source_span where, std::string message, std::string hint) {
  if (!failed_) found_.error(errc::unsupported, where, std::move(message), std::move(hint));
}

void token_cursor::recover() {
  failed_ = false;
  while (!at_end() && !at(";")) advance();
  accept(";");
}

void token_cursor::skip_parentheses() {
  size_t open = 0;
  do {
    if (at("(")) ++open;
    if (at(")")) --open;
    advance();
  } while (open > 0 && !at_end());
}

token_cursor::level::level(token_cursor& cursor) : cursor_(cursor) {
  if (++cursor_.depth_ > max_syntax_depth) cursor_.fail_nesting(cursor_.span());
}

bool token_cursor::check_depth(uint16_t depth, source_span where) {
  if (depth <= max_syntax_depth) return true;
  fail_nesting(where);
  return false;
}

void token_cursor::fail_nesting(source_span where) {
  fail(errc::nesting_too_deep, where, "nested deeper than " + std::to_string(max_syntax_depth) + " levels",
       "split it with views or subqueries in FROM");
}

} // namespace levada
