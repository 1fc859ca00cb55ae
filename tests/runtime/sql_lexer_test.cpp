#include "runtime/sql/lexer.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace levada;

namespace {

struct lexed {
  source_text source;
  diagnostics found;
  std::vector<token> tokens;

  explicit lexed(std::string_view text) : source("a.sql", text), tokens(tokenize(source, found)) {}

  // "kind:text" of each token but the last, separated by blanks.
  std::string listing() const {
    constexpr const char* kinds[] = {"word", "name", "str",  "estr", "ustr", "bin",
                                     "int",  "dec",  "appr", "sym",  "bad",  "end"};
    std::string out;
    for (const auto& each : tokens) {
      if (each.kind == token_kind::end) break;
      if (!out.empty()) out += ' ';
      out += kinds[static_cast<size_t>(each.kind)];
      out += ':';
      out += source.slice(each.span);
    }
    return out;
  }
  std::string value() { return string_value(source, tokens[0], found); }
  std::string first_message() const { return std::string(found.first_error(source).message()); }
};

} // namespace

TEST_CASE("words, names, numbers and operators are told apart") {
  CHECK(lexed("SELECT `a``b` _c$1 é").listing() == "word:SELECT name:`a``b` word:_c$1 word:é");
  CHECK(lexed("12 1.5 1. .5 1e3 1.5E-2 2.e+1").listing() ==
        "int:12 dec:1.5 dec:1. dec:.5 appr:1e3 appr:1.5E-2 appr:2.e+1");
  CHECK(lexed("a<=b<>c=>d||e!=f").listing() ==
        "word:a sym:<= word:b sym:<> word:c sym:=> word:d sym:|| word:e sym:!= word:f");
  CHECK(lexed("a.b[1]").listing() == "word:a sym:. word:b sym:[ int:1 sym:]");
  CHECK(lexed("'x' E'x' e'x' U&'x' X'0F' x'0f'").listing() ==
        "str:'x' estr:E'x' estr:e'x' ustr:U&'x' bin:X'0F' bin:x'0f'");
}

TEST_CASE("comments vanish and hints stay") {
  CHECK(lexed("a -- b\nc // d\r\ne /* f\n -- */ g").listing() == "word:a word:c word:e word:g");
  CHECK(lexed("t /*+ o('a'='b') */ x").listing() ==
        "word:t sym:/*+ word:o sym:( str:'a' sym:= str:'b' sym:) sym:*/ word:x");
  CHECK(lexed("'-- no comment' `/* nor here */`").listing() == "str:'-- no comment' name:`/* nor here */`");
  CHECK(lexed("\xEF\xBB\xBFSELECT").listing() == "word:SELECT");
  CHECK(lexed("-- only a comment").listing().empty());
  CHECK(lexed("a */ b").listing() == "word:a sym:* sym:/ word:b");
}

TEST_CASE("strings and names are undone from their quotes") {
  CHECK(lexed("'it''s'").value() == "it's");
  CHECK(lexed("''").value().empty());
  CHECK(lexed("'a\\n'").value() == "a\\n");
  CHECK(lexed("E'a\\n\\t\\'\\\\\\x41\\101\\u20ac''b'").value() == "a\n\t'\\AA\xE2\x82\xAC'b");
  CHECK(lexed("U&'\\0041\\+01F6B0\\\\'").value() == "A\xF0\x9F\x9A\xB0\\");
  CHECK(lexed("X'00fF'").value() == std::string("\0\xFF", 2));
  const lexed name("`a``b`");
  CHECK(identifier_text(name.source, name.tokens[0]) == "a`b");
}

TEST_CASE("every token knows where it stands") {
  const lexed text("a\n  'bc'");
  REQUIRE(text.tokens.size() == 3);
  CHECK(text.tokens[1].span.offset == 4);
  CHECK(text.tokens[1].span.length == 4);
  CHECK(text.tokens[2].kind == token_kind::end);
  CHECK(text.tokens[2].span.offset == 8);
}

TEST_CASE("what is no SQL text is refused where it stands") {
  struct refusal {
    std::string text;
    std::string message;
  };
  const std::vector<refusal> refusals = {
      {"SELECT 'abc", "a.sql:1:8: this string is never closed"},
      {"SELECT E'abc\\'", "a.sql:1:9: this string is never closed"},
      {"SELECT `abc", "a.sql:1:8: this back-quoted name is never closed"},
      {"SELECT 1 /* abc", "a.sql:1:10: this comment is never closed"},
      {"SELECT \"abc\"", "a.sql:1:8: double quotes mean nothing in Flink SQL"},
      {std::string("SELECT \0 1", 10), "a.sql:1:8: NUL byte in the text"},
      {"SELECT '\xFF'", "a.sql:1:9: this is not valid UTF-8"},
      {"-- \xC3\n", "a.sql:1:4: this is not valid UTF-8"},
      {"SELECT '\xED\xA0\x80'", "a.sql:1:9: this is not valid UTF-8"},
      {"SELECT '\xC0\x80'", "a.sql:1:9: this is not valid UTF-8"},
      {"SELECT a & b", "a.sql:1:10: unexpected character '&'"},
      {"SELECT ``", "a.sql:1:8: an empty name"},
      {"SELECT 12abc", "a.sql:1:8: a number runs into a name"},
      {"SELECT \xE2\x80\x98x\xE2\x80\x99", "a.sql:1:8: unexpected character"},
      {"SELECT\xC2\xA0x", "a.sql:1:7: unexpected character"},
  };
  for (const auto& [text, message] : refusals) {
    CAPTURE(text);
    const lexed result(text);
    CHECK(result.first_message() == message);
    CHECK(result.tokens.back().kind == token_kind::end);
  }
}

TEST_CASE("escapes that mean nothing are refused inside the string") {
  const auto message = [](const char* text) {
    lexed result(text);
    result.value();
    return result.first_message();
  };
  CHECK(message("E'a\\q'") == "a.sql:1:4: unknown escape in E'..'");
  CHECK(message("E'\\000'") == "a.sql:1:3: unknown escape in E'..'");
  CHECK(message("E'\\ud800'") == "a.sql:1:3: unknown escape in E'..'");
  CHECK(message("U&'\\00'") == "a.sql:1:4: not a Unicode escape");
  CHECK(message("X'0'") == "a.sql:1:3: a binary string holds pairs of hexadecimal digits");
  CHECK(message("X'0G'") == "a.sql:1:3: a binary string holds pairs of hexadecimal digits");
}
