// Whatever the bytes, the parser ends with trees or with diagnostics.
#include <catch2/catch.hpp>

#include <array>
#include <random>
#include <string>

#include "runtime/sql/parser.hpp"
#include "runtime/sql/print.hpp"

using namespace levada;

namespace {

constexpr size_t megabyte = size_t{1} << 20;

std::string repeat(std::string_view part, size_t times) {
  std::string out;
  out.reserve(part.size() * times);
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

struct outcome {
  size_t statements;
  size_t errors;
  errc first;
};

outcome parse(std::string_view text) {
  const source_text source{"a.sql", text};
  diagnostics found;
  const auto script = parse_script(source, found);
  CHECK(found.render(source).size() < 64 * 1024);
  return {script.statements.size(), found.error_count(), found.first_error(source).code()};
}

} // namespace

TEST_CASE("nesting ten thousand deep is an error message") {
  constexpr size_t deep = 10'000;
  const std::array<std::string, 16> texts = {
      "SELECT " + repeat("(", deep) + "1" + repeat(")", deep),
      "SELECT " + repeat("(", deep),
      "SELECT " + repeat("NOT ", deep) + "a",
      "SELECT " + repeat("- ", deep) + "a",
      "SELECT " + repeat("f(", deep) + "1" + repeat(")", deep),
      "SELECT " + repeat("CASE WHEN ", deep) + "1",
      "SELECT " + repeat("ARRAY[", deep) + "1",
      "SELECT " + repeat("(SELECT ", deep) + "1" + repeat(")", deep),
      "SELECT * FROM " + repeat("(SELECT * FROM ", deep) + "t" + repeat(")", deep),
      "SELECT * FROM " + repeat("(", deep) + "t" + repeat(")", deep),
      "SELECT a FROM t GROUP BY " + repeat("ROLLUP(", deep) + "a" + repeat(")", deep),
      "SELECT CAST(a AS " + repeat("ARRAY<", deep) + "INT" + repeat(">", deep) + ")",
      "CREATE TABLE t (a " + repeat("ROW<x ", deep) + "INT" + repeat(">", deep) + ")",
      "SELECT CAST(a AS INT" + repeat(" ARRAY", deep) + ")",
      repeat("(", deep) + "SELECT 1" + repeat(")", deep),
      "SELECT a" + repeat(" IS NULL", deep),
  };
  for (const auto& text : texts) {
    CAPTURE(text.substr(0, 60));
    const auto result = parse(text);
    CHECK(result.statements == 0);
    CHECK(result.first == errc::nesting_too_deep);
  }
}

TEST_CASE("trees that grow without parentheses are bounded just the same") {
  constexpr size_t many = 10'000;
  const std::array<std::string, 8> texts = {
      "SELECT a" + repeat(" + a", many),       "SELECT a" + repeat(" = a", many),
      "SELECT a" + repeat("[1]", many),        "SELECT f(a)" + repeat(".b", many),
      "SELECT a" + repeat(".b", many),         "SELECT * FROM t" + repeat(" JOIN t ON TRUE", many),
      "SELECT * FROM t" + repeat(", t", many), "SELECT 1" + repeat(" UNION SELECT 1 UNION ALL SELECT 2", many),
  };
  for (const auto& text : texts) {
    CAPTURE(text.substr(0, 60));
    CHECK(parse(text).first == errc::nesting_too_deep);
  }
}

TEST_CASE("what is merely long is accepted") {
  constexpr size_t many = 10'000;
  CHECK(parse("SELECT a" + repeat(", a", many) + " FROM t").errors == 0);
  CHECK(parse("SELECT a FROM t WHERE a IN (1" + repeat(", 1", many) + ")").errors == 0);
  CHECK(parse("SELECT a FROM t WHERE a" + repeat(" AND a", many)).errors == 0);
  CHECK(parse("SELECT 1" + repeat(" UNION ALL SELECT 1", many)).errors == 0);
  CHECK(parse("VALUES (1)" + repeat(", (1)", many)).errors == 0);
  CHECK(parse(repeat("SELECT 1;", many)).statements == many);
  CHECK(parse("SELECT '" + std::string(megabyte, 'x') + "'").errors == 0);
}

TEST_CASE("a megabyte of noise is an error message") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 3; ++round) {
    std::string noise(megabyte, '\0');
    for (auto& c : noise) c = static_cast<char>(round == 0 ? random() : ' ' + random() % 95);
    const auto result = parse(noise);
    CHECK(result.errors > 0);
  }
}

TEST_CASE("a megabyte of tokens in any order is an error message") {
  constexpr std::array<std::string_view, 58> words = {"SELECT",
                                                      "FROM",
                                                      "WHERE",
                                                      "GROUP BY",
                                                      "ORDER BY",
                                                      "a",
                                                      "b",
                                                      "t",
                                                      "(",
                                                      ")",
                                                      ",",
                                                      ";",
                                                      "1",
                                                      "2.5",
                                                      "'s'",
                                                      "+",
                                                      "-",
                                                      "*",
                                                      "=",
                                                      "<>",
                                                      "AND",
                                                      "OR",
                                                      "NOT",
                                                      "IS NULL",
                                                      "IN",
                                                      "BETWEEN",
                                                      "LIKE",
                                                      "CASE",
                                                      "WHEN",
                                                      "THEN",
                                                      "END",
                                                      "AS",
                                                      "JOIN",
                                                      "ON",
                                                      "UNION ALL",
                                                      "VALUES",
                                                      "CREATE TABLE",
                                                      "INSERT INTO",
                                                      "WITH",
                                                      "TABLE",
                                                      "INTERVAL",
                                                      "DAY",
                                                      "ARRAY",
                                                      "[",
                                                      "]",
                                                      "ROW",
                                                      "CAST",
                                                      "INT",
                                                      "OVER",
                                                      "PARTITION BY",
                                                      "LIMIT",
                                                      "EXISTS",
                                                      ".",
                                                      "COUNT",
                                                      "DESCRIPTOR",
                                                      "=>",
                                                      "SET",
                                                      "EXPLAIN"};
  std::mt19937_64 random(11);
  for (int round = 0; round < 3; ++round) {
    std::string soup;
    while (soup.size() < megabyte) soup += std::string(words[random() % words.size()]) + " ";
    CHECK(parse(soup).errors > 0);
  }
}

TEST_CASE("expressions put together at random print to what means the same") {
  constexpr std::array<std::string_view, 14> operands = {
      "a",        "1",        "'s'",         "(a + b)",        "f(a)",       "CASE WHEN a THEN b END",
      "NOT a",    "- a",      "(b IS NULL)", "CAST(a AS INT)", "(SELECT 1)", "ARRAY[1][1]",
      "(a OR b)", "ROW(1, a)"};
  constexpr std::array<std::string_view, 15> operators = {"+",
                                                          "-",
                                                          "*",
                                                          "=",
                                                          "<>",
                                                          "AND",
                                                          "OR",
                                                          "LIKE",
                                                          "||",
                                                          "BETWEEN 1 AND",
                                                          "IS NULL =",
                                                          "IN (1, 2) AND",
                                                          "IS DISTINCT FROM",
                                                          "NOT LIKE 'x' ESCAPE",
                                                          "% "};
  std::mt19937_64 random(17);
  for (int round = 0; round < 5000; ++round) {
    std::string text = "SELECT " + std::string(operands[random() % operands.size()]);
    for (uint64_t i = random() % 6; i > 0; --i)
      text += " " + std::string(operators[random() % operators.size()]) + " " +
              std::string(operands[random() % operands.size()]);
    CAPTURE(text);
    const source_text source{"a.sql", text};
    diagnostics found;
    const auto script = parse_script(source, found);
    REQUIRE_FALSE(found.failed());
    const auto printed = ast::to_sql(script.statements.at(0));
    CAPTURE(printed);
    const source_text again{"b.sql", printed};
    const auto second = parse_script(again, found);
    REQUIRE_FALSE(found.failed());
    REQUIRE(ast::to_sql(second.statements.at(0)) == printed);
  }
}

TEST_CASE("a statement cut off or damaged anywhere is an error message") {
  const std::string text =
      "CREATE TABLE t (a ROW<x INT, y ARRAY<STRING>>, b AS f(a.x) || 'q', WATERMARK FOR b AS b - INTERVAL '1' "
      "SECOND(3), "
      "PRIMARY KEY (a) NOT ENFORCED) WITH ('k' = 'v') LIKE u (INCLUDING ALL);"
      "INSERT INTO t WITH c AS (SELECT DISTINCT a, COUNT(*) FILTER (WHERE x > 1.5e3) OVER (PARTITION BY a ORDER BY b "
      "ROWS "
      "5 PRECEDING) n FROM TABLE(HOP(DATA => TABLE t, DESCRIPTOR(b), INTERVAL '1' DAY)) AS h(a, b) LEFT JOIN LATERAL "
      "TABLE(g(a)) ON TRUE WHERE a NOT IN (SELECT 1) GROUP BY ROLLUP(a, (b, c)) HAVING CASE a WHEN 1 THEN TRUE END) "
      "SELECT JSON_VALUE(a, '$' NULL ON ERROR), TRIM(BOTH 'x' FROM y) FROM c UNION ALL VALUES (1, ROW(2)) LIMIT 5";
  REQUIRE(parse(text).errors == 0);
  std::mt19937_64 random(13);
  for (size_t length = 0; length < text.size(); ++length) parse(text.substr(0, length));
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = text;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = text[random() % text.size()];
    parse(damaged);
  }
}

TEST_CASE("a NUL byte is an error message wherever it stands") {
  for (const std::string& text : {std::string("\0", 1), std::string("SELECT \0", 8), std::string("SELECT '\0'", 10),
                                  std::string("SELECT 1 -- \0\n", 14), std::string("SELECT `\0`", 10)}) {
    const source_text source{"a.sql", text};
    diagnostics found;
    parse_script(source, found);
    CHECK(found.render(source).find("error LV0400: NUL byte in the text") != std::string::npos);
  }
}

TEST_CASE("a text too large to be a query is refused unread") {
  const auto result = parse(std::string(source_text::max_source_bytes + 1, ' '));
  CHECK(result.errors == 1);
}
