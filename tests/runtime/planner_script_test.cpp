#include <catch2/catch.hpp>

#include "tests/support/plan_rig.hpp"

using levada::testing::plan_rig;

TEST_CASE("every statement's mistake is reported in one run") {
  plan_rig rig;
  const auto script = rig.plan("CREATE TABLE t (a INT) WITH ('connector' = 'rows');\n"
                               "SELECT b FROM t;\n"
                               "SELEC a FROM t;\n"
                               "SELECT a FROM u;\n");
  CHECK(script.found.error_count() == 3);
  CHECK(script.jobs.empty());
}

TEST_CASE("what a refused CREATE would have made is not reported again") {
  plan_rig rig;
  CHECK(rig.errors("CREATE TABLE t (a INTT) WITH ('connector' = 'rows');\n"
                   "CREATE VIEW v AS SELECT a FROM t;\n"
                   "SELECT a FROM v;\n"
                   "INSERT INTO t SELECT 1;\n") ==
        R"(q.sql:1:19: error LV0401: unknown type 'INTT'
CREATE TABLE t (a INTT) WITH ('connector' = 'rows');
                  ^~~~
help: did you mean 'INT'?
)");
}

TEST_CASE("a text that is no text is refused before it is planned") {
  plan_rig rig;
  for (const auto* text : {"\xbc", "\xbc\xbc;\xbc", "SELECT 1;\xbc", "'", "/*", "`"}) {
    CAPTURE(text);
    CHECK_FALSE(rig.plan(text).ok());
  }
}

TEST_CASE("variables are replaced in option values, and a missing one is named") {
  plan_rig rig;
  rig.options.variables = {{"IN", "/data"}};
  CHECK(rig.plan("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '${IN}/x', 'format' = 'json');\n"
                 "SELECT a FROM t;")
            .ok());
  CHECK(
      rig.errors("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '${IM}/x', 'format' = 'json');") ==
      R"(q.sql:1:67: error LV0402: nobody gave a value for ${IM}
CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '${IM}/x', 'format' = 'json');
                                                                  ^~~~~~~~~
help: did you mean 'IN'?
)");
}

TEST_CASE("SET holds from its place in the script on") {
  plan_rig rig;
  const auto script = rig.plan("CREATE TABLE t (a INT) WITH ('connector' = 'rows');\n"
                               "SET 'pipeline.name' = 'first';\n"
                               "SELECT a FROM t;\n"
                               "SET 'pipeline.name' = 'second';\n"
                               "SELECT a FROM t;\n"
                               "RESET;\n"
                               "SELECT a FROM t;\n");
  REQUIRE(script.jobs.size() == 3);
  CHECK(script.jobs[0].graph.name == "first");
  CHECK(script.jobs[1].graph.name == "second");
  CHECK(script.jobs[2].settings.parallelism == 2); // of the session
  CHECK(script.jobs[2].graph.name != "second");
}

TEST_CASE("a bare SELECT needs somewhere to go") {
  plan_rig rig;
  rig.options.make_collect = nullptr;
  CHECK(rig.errors("SELECT 1;").find("a SELECT alone has nowhere to go here") != std::string::npos);
}

TEST_CASE("queries and views nested too deep are refused, not overflowed") {
  plan_rig rig;
  std::string script = "CREATE TABLE t (a INT) WITH ('connector' = 'rows');\nCREATE VIEW v0 AS SELECT a FROM t;\n";
  for (int i = 1; i < 100; ++i)
    script += "CREATE VIEW v" + std::to_string(i) + " AS SELECT a FROM v" + std::to_string(i - 1) + ";\n";
  const auto errors = rig.errors(script);
  CHECK(errors.find("nested more than 64 deep") != std::string::npos);
}

TEST_CASE("a view of a view twice over, thirty times, is refused before it fills the memory") {
  plan_rig rig;
  std::string script = "CREATE TABLE t (a INT) WITH ('connector' = 'rows');\nCREATE VIEW v0 AS SELECT a FROM t;\n";
  for (int i = 1; i <= 30; ++i) {
    const std::string below = "v" + std::to_string(i - 1);
    script += "CREATE VIEW v" + std::to_string(i) + " AS SELECT a FROM " + below + " UNION ALL SELECT a FROM " + below +
              ";\n";
  }
  CHECK(rig.errors(script).find("too large once its views are inlined") != std::string::npos);
}

TEST_CASE("a CASE whose operand is shared too often is refused") {
  plan_rig rig;
  std::string operand = "a";
  for (int i = 0; i < 40; ++i) operand = "CASE " + operand + " WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END";
  const auto errors = rig.errors("CREATE TABLE t (a INT) WITH ('connector' = 'rows');\nSELECT " + operand + " FROM t;");
  CHECK(errors.find("too deep or too large") != std::string::npos);
}

TEST_CASE("a condition of ten thousand parts is wide, not deep") {
  plan_rig rig;
  std::string condition = "a = 0";
  for (int i = 1; i < 10000; ++i) condition += " OR a = " + std::to_string(i);
  const auto script =
      rig.plan("CREATE TABLE t (a INT) WITH ('connector' = 'rows');\nSELECT a FROM t WHERE " + condition + ";");
  CHECK(script.ok());
}

TEST_CASE("an INSERT of a statement set that could not be read is not planned, the next one is") {
  plan_rig rig;
  const auto found = rig.errors("EXECUTE STATEMENT SET BEGIN\n"
                                "INSERT INTO o SELECT 1 FROM \x12;\n"
                                "INSERT INTO nowhere VALUES (1);\n"
                                "END;");
  CHECK(found.find("q.sql:2:29: error LV0400: unexpected control character") == 0);
  CHECK(found.find("q.sql:3:13: error LV0402: table 'nowhere' does not exist") != std::string::npos);
  CHECK(rig.plan("EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT 1 FROM \x12; END;").found.error_count() == 1);
}

TEST_CASE("a string or comment that is never closed is one mistake") {
  CHECK(plan_rig{}.plan("SELECT 'abc FROM t;\nSELECT 1;\n").found.error_count() == 1);
  CHECK(plan_rig{}.plan("SELECT /* abc FROM t;\nSELECT 1;\n").found.error_count() == 1);
  CHECK(plan_rig{}.plan("SELECT 1 /* abc FROM t;\nSELECT 1;\n").jobs.empty());
}

TEST_CASE("a UNION that Flink would not read whole is warned of") {
  const std::string tables =
      "CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'rows');\n"
      "CREATE VIEW twice AS SELECT * FROM t UNION ALL SELECT * FROM t;\n";
  const auto windowed = [&](const std::string& table) {
    return plan_rig{}.plan(tables + "SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(" + table +
                           ", DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;");
  };
  const auto written = windowed("(SELECT * FROM t UNION ALL SELECT * FROM t)");
  CHECK(written.ok());
  REQUIRE(written.found.all().size() == 1);
  CHECK(written.found.all()[0].level == levada::severity::warning);
  CHECK(windowed("TABLE twice").found.all().empty());
}
