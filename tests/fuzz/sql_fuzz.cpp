// Any text through lexer, parser, binder and planner: plans, or says where it is wrong and why.
#include "platform/check.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/plan_rig.hpp"

namespace levada::fuzz {

namespace {

const std::string tables =
    "CREATE TABLE t (k STRING, i INT, l BIGINT, d DOUBLE, dec DECIMAL(10, 2), ts TIMESTAMP(3), a ARRAY<INT>,"
    " m MAP<STRING, INT>, r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)"
    " WITH ('connector' = 'rows');\n"
    "CREATE TABLE o (k STRING, n BIGINT) WITH ('connector' = 'rows');\n";

} // namespace

void one_input(std::string_view bytes) {
  testing::plan_rig rig;
  const auto planned = rig.plan(tables + std::string(bytes));
  if (planned.ok()) {
    for (const auto& job : planned.jobs) explain(job.graph);
  } else {
    check(!planned.found.render(planned.source).empty());
  }
}

std::vector<std::string> seeds() {
  return {
      R"(SELECT k, window_start, COUNT(*), SUM(d) FILTER (WHERE i > 3), AVG(DISTINCT l)
FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY k, window_start, window_end HAVING COUNT(*) > 1;)",
      R"(INSERT INTO o SELECT k, COUNT(*) FROM t
WHERE d BETWEEN 1.5 AND 2e3 OR k LIKE 'a%' AND i IS NOT NULL GROUP BY k;)",
      R"(SELECT a.k, b.l FROM TABLE(HOP(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '1' MINUTE,
  SIZE => INTERVAL '5' MINUTES)) a
JOIN TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) b
ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end AND a.i < b.i;)",
      R"(CREATE VIEW v AS SELECT CASE WHEN i > 0 THEN 'x' ELSE CAST(l AS STRING) END AS c, a[1], m['k'], r.x FROM t;
SELECT UPPER(c) || SUBSTRING(c FROM 2 FOR 3), COALESCE(c, 'none'), TIMESTAMPADD(DAY, 1, ts)
FROM (SELECT * FROM v CROSS JOIN (VALUES (TIMESTAMP '2026-01-01 00:00:00')) AS w (ts));)",
      R"(EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT k, 1 FROM t; INSERT INTO o VALUES ('a', 1), (NULL, 2); END;)",
      R"(SET 'parallelism.default' = '2'; RESET; EXPLAIN SELECT * FROM t UNION ALL SELECT * FROM t;
DROP TABLE IF EXISTS o;)",
      R"(CREATE TEMPORARY TABLE c (id BIGINT NOT NULL, p AS id * 2 + 1, o BIGINT METADATA FROM 'offset' VIRTUAL,
  PRIMARY KEY (id) NOT ENFORCED) COMMENT 'it''s' WITH ('connector' = 'rows', 'size' = '3');
CREATE TABLE e LIKE c (INCLUDING ALL);)",
      R"(SELECT window_start FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND)); /* c */ -- d
)",
      R"(SELECT EXTRACT(HOUR FROM ts), CEIL(ts TO DAY), dec / 3, i % 2, NOT (i = 1), -l, ARRAY[1, 2], MAP['a', 1],
  ROW(1, 'x'), X'ff', U&'\00e9', 1e400, 99999999999999999999999999999999999999, DATE '2026-02-30' FROM t;)",
  };
}

} // namespace levada::fuzz
