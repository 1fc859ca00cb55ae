#include "runtime/sql/parser.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/sql/print.hpp"

using namespace levada;

namespace {

// The statements of a text, printed; fails the test on any diagnostic.
std::vector<std::string> printed(const std::string& text) {
  const source_text source{"a.sql", text};
  diagnostics found;
  const auto script = parse_script(source, found);
  INFO(text);
  INFO(found.render(source));
  CHECK_FALSE(found.failed());
  std::vector<std::string> out;
  for (const auto& each : script.statements) out.push_back(ast::to_sql(each));
  return out;
}

std::string printed_one(const std::string& text) {
  const auto all = printed(text);
  REQUIRE(all.size() == 1);
  return all[0];
}

std::string expression(const std::string& text) { return printed_one("SELECT " + text).substr(7); }

} // namespace

TEST_CASE("operators bind as they do in Flink") {
  struct reading {
    const char* text;
    const char* means;
    const char* not_this;
  };
  // Each settled by asking Flink 2.2's parser for its tree.
  const std::vector<reading> readings = {
      {"a || b * c", "(a || b) * c", "a || (b * c)"},
      {"a * b || c", "(a * b) || c", "a * (b || c)"},
      {"a - b - c", "(a - b) - c", "a - (b - c)"},
      {"a - b * c", "a - (b * c)", "(a - b) * c"},
      {"a % b / c", "(a % b) / c", "a % (b / c)"},
      {"- a * b", "(- a) * b", "- (a * b)"},
      {"- a[1]", "- (a[1])", "(- a)[1]"},
      {"a = b IS NULL", "(a = b) IS NULL", "a = (b IS NULL)"},
      {"a = b IN (1, 2)", "a = (b IN (1, 2))", "(a = b) IN (1, 2)"},
      {"a = NOT b AND c", "(a = (NOT b)) AND c", "a = (NOT (b AND c))"},
      {"NOT a = b", "NOT (a = b)", "(NOT a) = b"},
      {"NOT a IS NULL", "NOT (a IS NULL)", "(NOT a) IS NULL"},
      {"NOT a AND b", "(NOT a) AND b", "NOT (a AND b)"},
      {"a OR b AND c", "a OR (b AND c)", "(a OR b) AND c"},
      {"a BETWEEN 1 AND 5 = TRUE", "(a BETWEEN 1 AND 5) = TRUE", "a BETWEEN 1 AND (5 = TRUE)"},
      {"a BETWEEN b = c AND d", "a BETWEEN (b = c) AND d", "(a BETWEEN b AND d) = c"},
      {"a BETWEEN 1 AND 2 AND c", "(a BETWEEN 1 AND 2) AND c", "a BETWEEN 1 AND (2 AND c)"},
      {"a NOT BETWEEN 1 AND 2 + 3", "a NOT BETWEEN 1 AND (2 + 3)", "(a NOT BETWEEN 1 AND 2) + 3"},
      {"a IS DISTINCT FROM b IS NULL", "(a IS DISTINCT FROM b) IS NULL", "a IS DISTINCT FROM (b IS NULL)"},
      {"a LIKE b = c", "(a LIKE b) = c", "a LIKE (b = c)"},
      {"a + b LIKE c || d", "(a + b) LIKE (c || d)", "a + (b LIKE c) || d"},
      {"a = b = c", "(a = b) = c", "a = (b = c)"},
      {"a < b AND b < c OR d", "((a < b) AND (b < c)) OR d", "(a < b) AND ((b < c) OR d)"},
      {"a NOT IN (1) OR b", "(a NOT IN (1)) OR b", "a NOT IN (1, b)"},
      {"a[1].b[2].c", "(((a[1]).b)[2]).c", "a[1]"},
  };
  for (const auto& [text, means, not_this] : readings) {
    CAPTURE(text);
    CHECK(expression(text) == expression(means));
    CHECK(expression(text) != expression(not_this));
  }
}

TEST_CASE("a long condition is wide, not deep") {
  std::string text = "SELECT a FROM t WHERE a = 0";
  for (int i = 1; i < 5000; ++i) text += " OR a = " + std::to_string(i);
  const source_text source{"a.sql", text};
  diagnostics found;
  const auto script = parse_script(source, found);
  REQUIRE_FALSE(found.failed());
  const auto& query = *script.statements.at(0).as<ast::query_statement>()->source;
  const auto* condition = query.as<ast::select>()->where->as<ast::logical>();
  REQUIRE(condition);
  CHECK(condition->operands.size() == 5000);
  CHECK(query.depth < 10);
}

TEST_CASE("expressions print as they were written") {
  const std::vector<std::string> texts = {
      "a.b.c",
      "`a``b`.`select`",
      "(a).b",
      "f(x).y",
      "'it''s'",
      "X'0AFF'",
      "1e3 + 1.5 - .5",
      "NULL IS NULL",
      "TRUE AND UNKNOWN IS NOT UNKNOWN",
      "DATE '2020-01-01'",
      "TIME '10:00:00'",
      "TIMESTAMP '2020-01-01 00:00:00.123'",
      "INTERVAL '1 2' DAY TO SECOND(3)",
      "INTERVAL -'1' DAY(3)",
      "INTERVAL '1.5' SECOND(2, 3)",
      "INTERVAL '1-2' YEAR TO MONTH",
      "INTERVAL '2' WEEK",
      "ARRAY[1, 2][1]",
      "ARRAY[]",
      "MAP['a', 1]['a']",
      "ROW(1, 'a')",
      "CASE WHEN a THEN b END",
      "CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END",
      "CAST(a AS DECIMAL(10, 2))",
      "CAST(a AS INTERVAL DAY TO SECOND)",
      "TRY_CAST(a AS ROW<x INT NOT NULL 'c', y ARRAY<MAP<STRING, TIMESTAMP_LTZ(3)>>>)",
      "COUNT(*) FILTER (WHERE a > 1)",
      "COUNT(DISTINCT a)",
      "LISTAGG(a, ',') WITHIN GROUP (ORDER BY b DESC)",
      "FIRST_VALUE(a) IGNORE NULLS OVER (PARTITION BY b)",
      "ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST)",
      "SUM(a) OVER (w ROWS BETWEEN 5 PRECEDING AND CURRENT ROW)",
      "SUM(a) OVER (ORDER BY t RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)",
      "SUM(a) OVER ()",
      "EXTRACT(DAY FROM t)",
      "EXTRACT(EPOCH FROM t)",
      "FLOOR(t TO HOUR)",
      "CEIL(x)",
      "TRIM(LEADING '0' FROM s)",
      "TRIM(s)",
      "POSITION('a' IN s)",
      "SUBSTRING(s, 1, 2)",
      "OVERLAY(a PLACING b FROM 1 FOR 2)",
      "TIMESTAMPADD(MINUTE, 5, t)",
      "TIMESTAMPDIFF(DAY, a, b)",
      "CURRENT_TIMESTAMP",
      "LOCALTIMESTAMP",
      "PROCTIME()",
      "IF(a, b, c)",
      "LEFT(s, 1) || RIGHT(s, 1)",
      "YEAR(t) + MONTH(t) + DAYOFMONTH(t)",
      "JSON_VALUE(a, '$.b' RETURNING INT NULL ON EMPTY DEFAULT 3 ON ERROR)",
      "JSON_QUERY(a, '$' WITH CONDITIONAL ARRAY WRAPPER NULL ON EMPTY)",
      "JSON_OBJECT('a' VALUE 1, 'b' VALUE 2 NULL ON NULL)",
      "JSON_ARRAY(1, 2 ABSENT ON NULL)",
      "JSON_EXISTS(a, '$' TRUE ON ERROR)",
      "a IN (SELECT b FROM u)",
      "a > ALL (SELECT b FROM u)",
      "EXISTS (SELECT 1)",
      "(SELECT MAX(b) FROM u) + 1",
      "a LIKE 'x\\_%' ESCAPE '\\'",
      "a NOT BETWEEN SYMMETRIC 1 AND 2",
      "a IS NOT DISTINCT FROM b",
      "- - 1",
      "cat.db.f(a => 1, b => DEFAULT)",
  };
  for (const auto& text : texts) CHECK(expression(text) == text);
}

TEST_CASE("other spellings of the same expression") {
  struct spelling {
    const char* text;
    const char* normal;
  };
  const std::vector<spelling> spellings = {
      {"'a' 'b'\n'c'", "'abc'"},
      {"E'a\\tb'", "'a\tb'"},
      {"U&'\\00e9'", "'\xC3\xA9'"},
      {"INTERVAL '10' MINUTES", "INTERVAL '10' MINUTE"},
      {"(a, b) IN ((1, 2), (3, 4))", "ROW(a, b) IN (ROW(1, 2), ROW(3, 4))"},
      {"SUBSTRING(a FROM 1 FOR 2)", "SUBSTRING(a, 1, 2)"},
      {"TRIM('a' FROM x)", "TRIM(BOTH 'a' FROM x)"},
      {"TRIM(LEADING FROM x)", "TRIM(LEADING ' ' FROM x)"},
      {"CEILING(x)", "CEIL(x)"},
      {"extract(day from x)", "EXTRACT(DAY FROM x)"},
      {"a = SOME (SELECT 1)", "a = ANY (SELECT 1)"},
      {"JSON_OBJECT(KEY 'a' VALUE 1)", "JSON_OBJECT('a' VALUE 1)"},
      {"CAST(a AS INT ARRAY)", "CAST(a AS ARRAY<INT>)"},
      {"CAST(a AS DOUBLE PRECISION)", "CAST(a AS DOUBLE)"},
      {"CAST(a AS TIMESTAMP(3) WITH LOCAL TIME ZONE)", "CAST(a AS TIMESTAMP_LTZ(3))"},
      {"CAST(a AS CHARACTER VARYING(3))", "CAST(a AS VARCHAR(3))"},
      {"CAST(a AS NUMERIC(3))", "CAST(a AS DECIMAL(3))"},
      {"CAST(a AS ROW(x INT))", "CAST(a AS ROW<x INT>)"},
      {"SUM(a) OVER (ORDER BY t ROWS 5 PRECEDING)",
       "SUM(a) OVER (ORDER BY t ROWS BETWEEN 5 PRECEDING AND CURRENT ROW)"},
      {"((SELECT 1))", "(SELECT 1)"},
      {"((SELECT 1) UNION (SELECT 2))", "(SELECT 1 UNION SELECT 2)"},
      {"((SELECT 1) + 1)", "(SELECT 1) + 1"},
      {"a /* x */ + b // c\n -- d\n", "a + b"},
  };
  for (const auto& [text, normal] : spellings) CHECK(expression(text) == normal);
}

TEST_CASE("statements print as they were written") {
  const std::vector<std::string> texts = {
      ("CREATE TABLE t (a INT NOT NULL, b AS a + 1 COMMENT 'x', c INT METADATA FROM 'k' VIRTUAL, WATERMARK FOR c AS c "
       "- "
       "INTERVAL '5' SECOND, PRIMARY KEY (a) NOT ENFORCED) COMMENT 'y' PARTITIONED BY (a) WITH ('k' = 'v', 'l' = '')"),
      "CREATE TEMPORARY TABLE IF NOT EXISTS a.b.c (x ROW<y INT, z ARRAY<INT NOT NULL>> COMMENT 'it''s')",
      "CREATE TABLE t WITH ('a' = 'b') LIKE u (INCLUDING ALL EXCLUDING OPTIONS OVERWRITING WATERMARKS)",
      "CREATE TABLE t LIKE u",
      "CREATE TABLE t WITH ('a' = 'b') AS SELECT 1",
      "CREATE TABLE t (a INT, CONSTRAINT k PRIMARY KEY (a) NOT ENFORCED)",
      "CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) COMMENT 'x' AS SELECT 1, 2",
      "DROP TEMPORARY TABLE IF EXISTS a.b.c",
      "DROP VIEW v",
      "INSERT INTO t (a, b) SELECT 1, 2",
      "INSERT INTO t /*+ OPTIONS('a'='b') */ VALUES (1, 'x'), (2, 'y')",
      "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO u SELECT 2; END",
      "SET 'a' = 'b'",
      "SET",
      "RESET 'a'",
      "RESET",
      "EXPLAIN ESTIMATED_COST, CHANGELOG_MODE SELECT 1",
      "EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END",
      "SELECT *",
      "SELECT DISTINCT a AS x, t.*, u.v.* FROM t AS t(a, b)",
      "SELECT /*+ STATE_TTL('a'='1d', 'b'='2d'), BROADCAST('t') */ * FROM t",
      "SELECT * FROM t /*+ OPTIONS('a'='b') */ AS y",
      "SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN c USING (x) CROSS JOIN d NATURAL FULL JOIN e",
      "SELECT * FROM a RIGHT JOIN (b JOIN c ON TRUE) ON TRUE",
      "SELECT * FROM a, b JOIN c ON a.x = c.y",
      "SELECT * FROM (SELECT 1) AS t(x), LATERAL TABLE(f(a)) AS u(b), LATERAL (SELECT x)",
      "SELECT * FROM t CROSS JOIN UNNEST(a) WITH ORDINALITY AS x(b, c)",
      "SELECT * FROM t FOR SYSTEM_TIME AS OF o.ts AS r",
      "SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTE))",
      "SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTE)",
      "SELECT * FROM TABLE(TUMBLE(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTE))",
      "SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY (k), DESCRIPTOR(ts), INTERVAL '10' MINUTE)) AS s",
      "SELECT * FROM TABLE(HOP((SELECT * FROM t), DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '2' HOUR))",
      "SELECT * FROM TABLE(f((SELECT * FROM t) PARTITION BY (a) ORDER BY (b DESC)))",
      "SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a))",
      ("SELECT a FROM t WHERE a > 1 GROUP BY a, (b, c), () HAVING COUNT(*) > 1 WINDOW w AS (PARTITION BY a), "
       "v AS (w ORDER BY b) QUALIFY a > 1 ORDER BY a, b DESC LIMIT 5 OFFSET 3"),
      "SELECT a FROM t GROUP BY GROUPING SETS ((a), (a, b), ROLLUP(a, (b, c))), CUBE(d)",
      "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3",
      "(SELECT 1 UNION SELECT 2) UNION ALL SELECT 3",
      "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)",
      "WITH x AS (SELECT 1), y(a) AS (SELECT 2) SELECT * FROM x ORDER BY 1",
      "WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x",
      "TABLE t",
      "VALUES (1, ROW(2, 3)), (4, NULL)",
  };
  for (const auto& text : texts) {
    const bool single_set = text.find("(a), (a, b)") != std::string::npos;
    if (single_set)
      CHECK(printed_one(text) == "SELECT a FROM t GROUP BY GROUPING SETS (a, (a, b), ROLLUP(a, (b, c))), CUBE(d)");
    else CHECK(printed_one(text) == text);
  }
}

TEST_CASE("other spellings of the same statement") {
  struct spelling {
    const char* text;
    const char* normal;
  };
  const std::vector<spelling> spellings = {
      {"create table T (A int primary key not enforced)", "CREATE TABLE T (A INT, PRIMARY KEY (A) NOT ENFORCED)"},
      {"CREATE TABLE t (a INT NULL, b VARCHAR, c DEC(3,1))", "CREATE TABLE t (a INT, b VARCHAR, c DECIMAL(3, 1))"},
      {"BEGIN STATEMENT SET; INSERT INTO t SELECT 1; END;", "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END"},
      {"EXECUTE INSERT INTO t SELECT 1", "INSERT INTO t SELECT 1"},
      {"EXPLAIN PLAN FOR SELECT 1", "EXPLAIN SELECT 1"},
      {"SET execution.runtime-mode = streaming;", "SET 'execution.runtime-mode' = 'streaming'"},
      {"SET pipeline.name = my job ;", "SET 'pipeline.name' = 'my job'"},
      {"RESET pipeline.name;", "RESET 'pipeline.name'"},
      {"INSERT INTO t (SELECT 1)", "INSERT INTO t SELECT 1"},
      {"VALUES 1, 2", "VALUES (1), (2)"},
      {"SELECT a b FROM t c", "SELECT a AS b FROM t AS c"},
      {"SELECT a FROM t FETCH FIRST 3 ROWS ONLY", "SELECT a FROM t LIMIT 3"},
      {"SELECT a FROM t OFFSET 3 ROWS", "SELECT a FROM t OFFSET 3"},
      {"SELECT a FROM t LIMIT ALL", "SELECT a FROM t"},
      {"SELECT * FROM ((SELECT 1) UNION (SELECT 2)) AS t", "SELECT * FROM (SELECT 1 UNION SELECT 2) AS t"},
      {"SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)"},
      {"SELECT 1 UNION SELECT 2 UNION ALL SELECT 3", "(SELECT 1 UNION SELECT 2) UNION ALL SELECT 3"},
      {"(SELECT 1 LIMIT 1) ORDER BY 1", "SELECT * FROM (SELECT 1 LIMIT 1) ORDER BY 1"},
      {"(SELECT 1) UNION (SELECT 2) ORDER BY 1", "SELECT 1 UNION SELECT 2 ORDER BY 1"},
      {"SELECT * FROM (t)", "SELECT * FROM t"},
      {"SELECT * FROM f(TABLE t PARTITION BY a, b)", "SELECT * FROM f(TABLE t PARTITION BY (a), b)"},
      {"SELECT 1 AS `select`, 2 AS `x`", "SELECT 1 AS `select`, 2 AS `x`"},
  };
  for (const auto& [text, normal] : spellings) CHECK(printed_one(text) == normal);
}

TEST_CASE("names that only look like keywords need no quotes") {
  CHECK(
      printed("CREATE TABLE t (name STRING, id INT, ts TIMESTAMP_LTZ(3), temp DOUBLE, location STRING, status STRING, "
              "type STRING, level INT, key STRING, data STRING, size INT, unit STRING, topic STRING, payload BYTES, "
              "source STRING, map INT, model INT, input INT, output INT, options INT, path STRING, format STRING)")
          .size() == 1);
}

TEST_CASE("the queries of the comparison parse, and print to the same tree") {
  for (const auto* name : {"A", "B", "C", "D", "E", "F"}) {
    std::ifstream file(std::string(LEVADA_QUERIES) + "/" + name + ".sql");
    const std::string query(std::istreambuf_iterator<char>(file), {});
    CAPTURE(name);
    const auto statements = printed(query);
    CHECK(statements.size() >= 5);
    for (const auto& text : statements) CHECK(printed_one(text) == text);
  }
}

TEST_CASE("statements are separated by semicolons, as many as one likes") {
  CHECK(printed(";;SELECT 1;; SELECT 2 -- no semicolon\n").size() == 2);
  CHECK(printed("").empty());
  CHECK(printed("-- nothing\n;").empty());
}

TEST_CASE("nodes carry the place they came from") {
  const std::string text = "INSERT INTO dst SELECT a + b, COUNT(*) FROM t AS x WHERE a IS NULL";
  const source_text source{"a.sql", text};
  diagnostics found;
  const auto script = parse_script(source, found);
  REQUIRE(script.statements.size() == 1);
  const auto& insert = *script.statements[0].as<ast::insert>();
  const auto& select = *insert.source->as<ast::select>();
  CHECK(source.slice(script.statements[0].span) == text);
  CHECK(source.slice(insert.table_span) == "dst");
  CHECK(source.slice(insert.source->span) == text.substr(16));
  CHECK(source.slice(select.items.at(0).value->span) == "a + b");
  CHECK(source.slice(select.items.at(0).value->as<ast::binary>()->op_span) == "+");
  CHECK(source.slice(select.items.at(1).value->span) == "COUNT(*)");
  CHECK(source.slice(select.from->span) == "t AS x");
  CHECK(source.slice(select.where->span) == "a IS NULL");
}
