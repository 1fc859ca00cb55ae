#include "runtime/sql/diagnostic.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>

#include "runtime/spelling.hpp"

using namespace levada;

namespace {

std::string shown(const std::string& text, source_span span, const std::string& hint = {}) {
  return render(source_text{"a.sql", text}, {severity::error, errc::syntax_error, span, "wrong", hint});
}

} // namespace

TEST_CASE("a diagnostic shows the line, a caret under the token and what to write instead") {
  CHECK(shown("SELECT 1;\nSELEC 2;\n", {10, 5}, "did you mean SELECT?") == "a.sql:2:1: error LV0400: wrong\n"
                                                                           "SELEC 2;\n"
                                                                           "^~~~~\n"
                                                                           "help: did you mean SELECT?\n");
}

TEST_CASE("a place in one of several files is given in that file") {
  source_text source{"a.sql", "one\ntwo"};
  source.append("b.sql", "");
  source.append("c.sql", "three\nfour\n");
  source.append("d.sql", "five");
  const auto at = [&](std::string_view word) {
    const auto offset = static_cast<uint32_t>(source.text().find(word));
    return render(source, {severity::error, errc::syntax_error, {offset, 1}, "", ""});
  };
  CHECK(at("one") == "a.sql:1:1: error LV0400: \none\n^\n");
  CHECK(at("wo") == "a.sql:2:2: error LV0400: \ntwo\n ^\n");
  CHECK(at("three") == "c.sql:1:1: error LV0400: \nthree\n^\n");
  CHECK(at("four") == "c.sql:2:1: error LV0400: \nfour\n^\n");
  CHECK(at("five") == "d.sql:1:1: error LV0400: \nfive\n^\n");
}

TEST_CASE("columns count code points and the caret stands under multi-byte text") {
  CHECK(shown("SELECT '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\xB0' x y", {21, 1}) ==
        "a.sql:1:16: error LV0400: wrong\n"
        "SELECT '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\xB0' x y\n"
        "               ^\n");
}

TEST_CASE("tabs before the token are kept under the line so that the caret lines up") {
  CHECK(shown("\tSELECT\tx", {8, 1}) == "a.sql:1:9: error LV0400: wrong\n\tSELECT\tx\n\t      \t^\n");
}

TEST_CASE("a diagnostic at the end of the text points behind the last line") {
  CHECK(shown("SELECT", {6, 0}) == "a.sql:1:7: error LV0400: wrong\nSELECT\n      ^\n");
  CHECK(shown("SELECT\r\n", {8, 0}) == "a.sql:2:1: error LV0400: wrong\n\n^\n");
  CHECK(shown("", {0, 0}) == "a.sql:1:1: error LV0400: wrong\n\n^\n");
}

TEST_CASE("the marks end with the line when a token spans several") {
  CHECK(shown("a 'b\nc'", {2, 5}) == "a.sql:1:3: error LV0400: wrong\na 'b\n  ^~\n");
}

TEST_CASE("control characters and malformed bytes are replaced before they reach the terminal") {
  CHECK(shown(std::string("a\x1B[2J\xFF") + " b", {7, 1}) ==
        "a.sql:1:8: error LV0400: wrong\na\xEF\xBF\xBD[2J\xEF\xBF\xBD b\n       ^\n");
}

TEST_CASE("only the neighbourhood of the mistake is shown of a very long line") {
  const std::string text = std::string(100'000, 'x') + "!" + std::string(100'000, 'y');
  const auto out = shown(text, {100'000, 1});
  CHECK(out.size() < 500);
  CHECK(out.find("a.sql:1:100001: ") == 0);
  CHECK(out.find("x!y") != std::string::npos);
}

TEST_CASE("diagnostics are shown in the order of the text and bounded") {
  const source_text source{"a.sql", std::string(100, 'x')};
  diagnostics found;
  for (uint32_t i = 30; i > 0; --i) found.error(errc::syntax_error, {i, 1}, "at " + std::to_string(i));
  CHECK(found.error_count() == 30);
  CHECK(found.all().size() == diagnostics::max_kept);
  CHECK(found.all().front().span.offset == 1);
  CHECK(found.all().back().span.offset == diagnostics::max_kept);
  const auto out = found.render(source);
  CHECK(out.find("10 more errors\n") != std::string::npos);
  CHECK(found.first_error(source).to_string() == "LV0400: a.sql:1:2: at 1");
}

TEST_CASE("a second error at one place is a consequence of the first and not shown") {
  diagnostics found;
  found.error(errc::syntax_error, {3, 1}, "first");
  found.error(errc::unsupported, {3, 4}, "second");
  CHECK(found.error_count() == 1);
  CHECK(found.all()[0].message == "first");
}

TEST_CASE("a warning is no failure") {
  const source_text source{"a.sql", "SET"};
  diagnostics found;
  found.warning(errc::invalid_option, {0, 3}, "ignored");
  CHECK_FALSE(found.failed());
  CHECK(found.first_error(source).ok());
  CHECK(found.render(source) == "a.sql:1:1: warning LV0405: ignored\nSET\n^~~\n");
}

TEST_CASE("did you mean finds slips of the keyboard and nothing else") {
  constexpr std::array<std::string_view, 4> words = {"connector", "format", "path", "scan.startup.mode"};
  CHECK(spelling::closest("conector", words) == "connector");
  CHECK(spelling::closest("fromat", words) == "format");
  CHECK(spelling::closest("FORMAT", words) == "format");
  CHECK(spelling::closest("scan_startup.mode", words) == "scan.startup.mode");
  CHECK(spelling::closest("topic", words) == std::nullopt);
  CHECK(spelling::closest("", words) == std::nullopt);
  CHECK(spelling::closest(std::string(1000, 'x'), words) == std::nullopt);
  CHECK(spelling::suggestion("pth", words) == "did you mean 'path'?");
  CHECK(spelling::distance("ab", "ba") == 1);
  CHECK(spelling::distance("kitten", "sitting") == 3);
}
