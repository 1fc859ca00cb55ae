// The parser's place in the tokens, and its errors. The first mistake of a statement is reported and then
// hides the rest of the statement: peek() answers end, at() and accept() false, so every loop of the grammar
// ends by itself and the half-built tree, which never contains null children, is thrown away. recover() goes
// on after the next semicolon.
#pragma once

#include "runtime/sql/ast_type.hpp"
#include "runtime/sql/lexer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace levada {

class token_cursor {
 public:
  // REQUIRES tokens from tokenize(source); source and found outlive this.
  token_cursor(const source_text& source, std::vector<token> tokens, diagnostics& found);

  const token& peek(size_t ahead = 0) const;
  token_kind kind(size_t ahead = 0) const { return peek(ahead).kind; }
  // Whether the token is this keyword (given in upper case) or symbol.
  bool at(std::string_view text, size_t ahead = 0) const;
  bool at_end() const { return kind() == token_kind::end; }
  bool at_string(size_t ahead = 0) const;
  bool at_identifier(size_t ahead = 0) const; // back-quoted, or a word that is not reserved

  void advance();
  bool accept(std::string_view text);
  // All of these in a row, or none.
  bool accept(std::string_view first, std::string_view second);
  bool accept(std::string_view first, std::string_view second, std::string_view third);
  // Fails with "expected TEXT WHERE, found .."; where is "" or like "after the column name".
  bool expect(std::string_view text, std::string_view where = {});

  ast::identifier identifier(std::string_view what); // "a column name"
  ast::name compound_name(std::string_view what);
  ast::string_text string(std::string_view what);
  int32_t integer(std::string_view what);
  // The value of a string or binary token.
  std::string string_of(const token& literal) { return string_value(source_, literal, found_); }

  // Text of a token as it stands in the source.
  std::string_view text(const token& what) const { return source_.slice(what.span); }
  std::string_view slice(source_span span) const { return source_.slice(span); }
  source_span span() const { return peek().span; }
  source_span last_span() const;              // of the token before this
  source_span since(source_span start) const; // from start to the token before this

  // What stands here, for "found ..".
  std::string found() const;

  void fail(errc code, source_span where, std::string message, std::string hint = {});
  void fail_expected(std::string_view what);
  // Reports and goes on: for a clause that parses but means nothing here.
  void unsupported(source_span where, std::string message, std::string hint = {});
  bool failed() const { return failed_; }
  // Behind the semicolon that ends this statement, or at the end.
  void recover();
  // Over a bracketed group, the cursor being on "(": for clauses that are not read.
  void skip_parentheses();

  diagnostics& report() { return found_; }

  // One level of nesting, for as long as it lives; fails the statement beyond max_syntax_depth.
  class level {
   public:
    explicit level(token_cursor& cursor);
    ~level() { --cursor_.depth_; }
    level(const level&) = delete;
    level& operator=(const level&) = delete;

   private:
    token_cursor& cursor_;
  };
  // Fails if a tree has become too deep without nesting (a + a + a ..).
  bool check_depth(uint16_t depth, source_span where);

 private:
  void fail_nesting(source_span where);

  const source_text& source_;
  std::vector<token> tokens_;
  diagnostics& found_;
  token end_;
  size_t next_ = 0;
  uint16_t depth_ = 0;
  bool failed_ = false;
};

} // namespace levada
