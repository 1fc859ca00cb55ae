#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "runtime/sql/parser.hpp"

using namespace levada;

namespace {

std::string said_of(const std::string& text) {
  const source_text source{"a.sql", text};
  diagnostics found;
  parse_script(source, found);
  return found.render(source);
}

struct refusal {
  std::string text;
  std::string place; // line:column
  std::string code;
  std::string message;
};

void check_refusals(const std::vector<refusal>& refusals) {
  for (const auto& [text, place, code, message] : refusals) {
    CAPTURE(text);
    const auto said = said_of(text);
    CHECK(said.substr(0, said.find('\n')) == "a.sql:" + place + ": error " + code + ": " + message);
  }
}

} // namespace

TEST_CASE("several mistakes are reported in one run, each with its line and a way out") {
  CHECK(said_of("SELEC 1;\n"
                "CREATE TABLE t (\n"
                "  dateTime TIMESTAMP(3)\n"
                ");\n"
                "SELECT 1;\n"
                "INSERT INTO t SELECT a != 1 FROM s;\n") ==
        "a.sql:1:1: error LV0400: expected a statement, found 'SELEC'\n"
        "SELEC 1;\n"
        "^~~~~\n"
        "help: did you mean SELECT?\n"
        "a.sql:3:3: error LV0400: expected a column name, found 'dateTime'\n"
        "  dateTime TIMESTAMP(3)\n"
        "  ^~~~~~~~\n"
        "help: 'dateTime' is a reserved word: to use it as a name, back-quote it: `dateTime`\n"
        "a.sql:6:24: error LV0401: '!=' is not Flink SQL\n"
        "INSERT INTO t SELECT a != 1 FROM s;\n"
        "                       ^~\n"
        "help: use <>\n");
}

TEST_CASE("a mistake in one INSERT of a statement set does not hide the next") {
  CHECK(said_of("EXECUTE STATEMENT SET BEGIN\n"
                "INSERT INTO a SELECT FROM t;\n"
                "INSERT INTO b SELECT 1;\n"
                "INSERT INTO c SELECT 1 +;\n"
                "END;\n") == "a.sql:2:22: error LV0400: expected an expression, found 'FROM'\n"
                             "INSERT INTO a SELECT FROM t;\n"
                             "                     ^~~~\n"
                             "a.sql:4:25: error LV0400: expected an expression, found ';'\n"
                             "INSERT INTO c SELECT 1 +;\n"
                             "                        ^\n");
}

TEST_CASE("mistakes of syntax say what was expected and what is there") {
  check_refusals({
      {"SELECT", "1:7", "LV0400", "expected an expression, found the end of the text"},
      {"SELECT 1 2", "1:10", "LV0400", "expected ';' after the statement, found '2'"},
      {"SELECT a FROM", "1:14", "LV0400", "expected a table, found the end of the text"},
      {"SELECT value FROM t", "1:8", "LV0400", "expected an expression, found 'value'"},
      {"SELECT a AS result FROM t", "1:13", "LV0400", "expected an alias after AS, found 'result'"},
      {"SELECT a AS 'b' FROM t", "1:13", "LV0400", "an alias is a name, not a string"},
      {"SELECT (a FROM t", "1:11", "LV0400", "expected ')' to close the parenthesis, found 'FROM'"},
      {"SELECT CASE END", "1:13", "LV0400", "expected an expression, found 'END'"},
      {"SELECT CASE a ELSE 1 END", "1:15", "LV0400", "expected WHEN in CASE, found 'ELSE'"},
      {"SELECT CAST(a INT)", "1:15", "LV0400", "expected 'AS' before the type of CAST, found 'INT'"},
      {"SELECT CAST(a AS STRING NOT NULL)", "1:25", "LV0400", "expected ')' after the type, found 'NOT'"},
      {"SELECT CAST(a AS VARCHAR(99999999999))", "1:26", "LV0305", "this number is too large here"},
      {"SELECT a IN ()", "1:14", "LV0400", "expected an expression, found ')'"},
      {"SELECT POSITION(a, b)", "1:18", "LV0400",
       "expected 'IN' in POSITION: it is POSITION(part IN whole), found ','"},
      {"SELECT EXTRACT(FOO FROM a)", "1:16", "LV0400", "expected a time unit in EXTRACT, found 'FOO'"},
      {"SELECT INTERVAL '1' MILLISECOND", "1:21", "LV0400", "expected an interval unit, found 'MILLISECOND'"},
      {"SELECT INTERVAL '1' SECOND TO DAY", "1:21", "LV0400", "an interval goes from the larger unit to the smaller"},
      {"SELECT INTERVAL 1.5 DAY", "1:17", "LV0400", "expected an amount after INTERVAL, found '1.5'"},
      {"SELECT INTERVAL 1 DAY TO HOUR", "1:19", "LV0400", "an amount in several units is quoted"},
      {"SELECT MAP['a']", "1:8", "LV0400", "MAP[..] takes keys and values in turn"},
      {"SELECT a IS 1", "1:13", "LV0400", "expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS, found '1'"},
      {"SELECT a FROM t LIMIT 1 + 1", "1:25", "LV0400", "expected ';' after the statement, found '+'"},
      {"SELECT a FROM t LIMIT b", "1:23", "LV0400", "expected a number of rows, found 'b'"},
      {"SELECT * FROM t AS y /*+ OPTIONS('a'='b') */", "1:22", "LV0400", "a hint stands before the alias"},
      {"SELECT * FROM t AS y FOR SYSTEM_TIME AS OF x", "1:22", "LV0400", "FOR SYSTEM_TIME stands before the alias"},
      {"CREATE TABLE t (a INT,)", "1:23", "LV0400", "expected a column name, found ')'"},
      {"CREATE TABLE t ()", "1:17", "LV0400", "expected a column name, found ')'"},
      {"CREATE TABLE t (a INT(11))", "1:22", "LV0400", "INT takes no length or precision"},
      {"CREATE TABLE t (a ,b INT)", "1:19", "LV0400", "expected a type, found ','"},
      {"CREATE TABLE t (a INT) WITH ('a' = 1)", "1:36", "LV0400", "expected a quoted value, found '1'"},
      {"CREATE TABLE t (a INT) WITH (a = 'b')", "1:30", "LV0400", "expected an option as 'key' = 'value', found 'a'"},
      {"CREATE TABLE t (a INT COMMENT 'x' NOT NULL)", "1:35", "LV0400",
       "expected ')' or ',' after the column, found 'NOT'"},
      {"CREATE TABLE t (a INT) PARTITIONED BY (a) COMMENT 'x'", "1:43", "LV0400",
       "COMMENT stands before PARTITIONED BY"},
      {"CREATE TABLE t (WATERMARK FOR a AS a, WATERMARK FOR b AS b)", "1:39", "LV0404", "a second WATERMARK"},
      {"CREATE TABLE t LIKE u (INCLUDING ALL, EXCLUDING OPTIONS)", "1:37", "LV0400",
       "expected INCLUDING, EXCLUDING or OVERWRITING, found ','"},
      {"DROP TABLE a, b", "1:13", "LV0400", "expected ';' after the statement, found ','"},
      {"SET 'a' 'b'", "1:9", "LV0400", "expected '=' after the key of SET, found the string 'b'"},
      {"SET 'a' = ;", "1:11", "LV0400", "expected a quoted value, found ';'"},
      {"EXECUTE STATEMENT SET BEGIN END;", "1:19", "LV0407", "the statement set is empty"},
      {"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;", "1:52", "LV0400",
       "expected INSERT INTO, or END of the statement set, found the end of the text"},
      {"EXECUTE STATEMENT SET BEGIN SELECT 1; END;", "1:29", "LV0407",
       "expected INSERT INTO in the statement set, found 'SELECT'"},
      {"EXPLAIN CREATE TABLE t (a INT)", "1:9", "LV0400", "expected a query or INSERT INTO to explain, found 'CREATE'"},
      {"SELECT 1 WHERE a = 1", "1:10", "LV0400", "expected ';' after the statement, found 'WHERE'"},
      {"SELECT a FROM CURRENT_DATE", "1:15", "LV0400", "expected a table, found 'CURRENT_DATE'"},
      {"SELECT SUBSTRING(a FOR 1)", "1:20", "LV0400", "expected ')', found 'FOR'"},
      {"SET a b = c", "1:5", "LV0400", "a key has no blanks"},
      {"SET 'a' = TABLE 'b'", "1:17", "LV0400", "expected a quoted value, found the string 'b'"},
      {"RESET (a", "1:7", "LV0400", "expected a key as 'key' = 'value', found '('"},
      {"hello", "1:1", "LV0400", "expected a statement, found 'hello'"},
  });
}

TEST_CASE("what Flink has and levada has not is refused by name") {
  check_refusals({
      {"ALTER TABLE t SET ('a' = 'b')", "1:1", "LV0401", "ALTER is not supported"},
      {"UPDATE t SET a = 1", "1:1", "LV0401", "UPDATE is not supported"},
      {"USE CATALOG c", "1:1", "LV0401", "USE is not supported"},
      {"SHOW TABLES", "1:1", "LV0401", "SHOW is not supported"},
      {"CREATE OR REPLACE TABLE t (a INT)", "1:8", "LV0401", "CREATE OR REPLACE is not supported"},
      {"CREATE TEMPORARY FUNCTION f AS 'x'", "1:18", "LV0401", "CREATE FUNCTION is not supported"},
      {"CREATE CATALOG c WITH ('a' = 'b')", "1:8", "LV0401", "CREATE of 'CATALOG' is not supported"},
      {"DROP DATABASE d", "1:6", "LV0401", "DROP of 'DATABASE' is not supported"},
      {"CREATE TABLE t (a INT PRIMARY KEY)", "1:23", "LV0401", "a primary key that is enforced is not supported"},
      {"CREATE TABLE t (a INT, UNIQUE (a) NOT ENFORCED)", "1:24", "LV0401", "UNIQUE constraints are not supported"},
      {"CREATE TABLE t (a TIMESTAMP(3) WITH TIME ZONE)", "1:32", "LV0401",
       "a type with a time zone of its own is not supported"},
      {"CREATE TABLE t (a INTERVAL DAY)", "1:19", "LV0401", "a column cannot hold an INTERVAL"},
      {"CREATE TABLE t (a INT) DISTRIBUTED BY HASH(a) INTO 4 BUCKETS", "1:24", "LV0401",
       "DISTRIBUTED is not supported"},
      {"INSERT OVERWRITE t SELECT 1", "1:8", "LV0401", "INSERT OVERWRITE is not supported"},
      {"INSERT INTO t PARTITION (a = '1') SELECT 1", "1:15", "LV0401", "INSERT INTO .. PARTITION is not supported"},
      {"SELECT a FROM t MATCH_RECOGNIZE (PATTERN (A B+) DEFINE B AS x > (1)) AS m WHERE a > 1", "1:17", "LV0401",
       "MATCH_RECOGNIZE is not supported"},
      {"SELECT a FROM t PIVOT (SUM(a) FOR b IN (1))", "1:17", "LV0401", "PIVOT is not supported"},
      {"SELECT a FROM t TABLESAMPLE BERNOULLI(50)", "1:17", "LV0401", "TABLESAMPLE is not supported"},
      {"SELECT * FROM t CROSS APPLY f(a)", "1:17", "LV0401", "APPLY is not Flink SQL"},
      {"SELECT STREAM a FROM t", "1:8", "LV0401", "SELECT STREAM is not Flink SQL"},
      {"SELECT a FROM t LIMIT 3, 5", "1:24", "LV0401", "'LIMIT start, count' is not Flink SQL"},
      {"SELECT * EXCEPT (a) FROM t", "1:10", "LV0401", "leaving columns out of * is not supported"},
      {"SELECT a SIMILAR TO 'x'", "1:10", "LV0401", "SIMILAR TO is not supported"},
      {"SELECT a ILIKE 'x'", "1:10", "LV0401", "ILIKE is not supported"},
      {"SELECT a::INT", "1:9", "LV0401", "'::' is not Flink SQL"},
      {"SELECT a == b", "1:10", "LV0401", "'==' is not SQL"},
      {"SELECT ?", "1:8", "LV0401", "parameters are not supported"},
      {"SELECT a = ANY (1, 2)", "1:17", "LV0401", "ANY and ALL over a list are not supported"},
      {"SELECT ARRAY(SELECT 1)", "1:8", "LV0401", "ARRAY(query) is not supported"},
      {"SELECT ARRAY_AGG(a ORDER BY b)", "1:20", "LV0401", "ORDER BY inside an aggregate is not supported"},
  });
}

TEST_CASE("an unsupported clause does not hide mistakes after it in the same statement") {
  const auto said = said_of("SELECT a FROM t TABLESAMPLE SYSTEM(5), u MATCH_RECOGNIZE (x) WHERE a != 1;");
  CHECK(said.find("TABLESAMPLE is not supported") != std::string::npos);
  CHECK(said.find("MATCH_RECOGNIZE is not supported") != std::string::npos);
  CHECK(said.find("use <>") != std::string::npos);
}

TEST_CASE("a statement with a mistake is left out, the others are there") {
  const source_text source{"a.sql", "SELECT 1; SELECT FROM; SELECT 3;"};
  diagnostics found;
  CHECK(parse_script(source, found).statements.size() == 2);
  CHECK(found.error_count() == 1);
}
