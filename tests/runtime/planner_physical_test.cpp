#include <catch2/catch.hpp>

#include "tests/support/plan_rig.hpp"

using levada::exchange;
using levada::vertex_kind;
using levada::testing::plan_rig;

namespace {

constexpr char tables[] =
    "CREATE TABLE bid (auction BIGINT, price BIGINT, channel STRING, extra STRING, ts TIMESTAMP(3),\n"
    "  WATERMARK FOR ts AS ts) WITH ('connector' = 'rows');\n"
    "CREATE TABLE first_sink (a BIGINT) WITH ('connector' = 'rows');\n"
    "CREATE TABLE two (a STRING, b BIGINT) WITH ('connector' = 'rows');\n";

levada::planned_script planned(plan_rig& rig, const std::string& query) {
  auto script = rig.plan(tables + query);
  INFO(script.found.render(script.source));
  REQUIRE(script.ok());
  REQUIRE(!script.jobs.empty());
  return script;
}

std::vector<std::string> vertex_ids(const levada::job_graph& graph) {
  std::vector<std::string> ids;
  for (const auto& v : graph.vertices) ids.push_back(v.id);
  return ids;
}

constexpr char windowed[] = "INSERT INTO two SELECT channel, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts),\n"
                            "  INTERVAL '10' SECOND)) WHERE price > 5 GROUP BY channel, window_start, window_end;";

} // namespace

TEST_CASE("a statement set reads a table once, with the columns of all its inserts") {
  plan_rig rig;
  const auto script = planned(rig, "EXECUTE STATEMENT SET BEGIN\n"
                                   "INSERT INTO first_sink SELECT auction FROM bid;\n"
                                   "INSERT INTO two SELECT channel, price FROM bid WHERE price > 1;\n"
                                   "END;");
  REQUIRE(script.jobs.size() == 1);
  const auto& graph = script.jobs[0].graph;
  size_t sources = 0;
  for (const auto& v : graph.vertices) sources += v.kind == vertex_kind::source;
  CHECK(sources == 1);
  CHECK(graph.vertices[0].source_output.to_string() == "(`auction` BIGINT, `price` BIGINT, `channel` STRING)");
  CHECK(explain(graph) == R"(Sink: first_sink  [parallelism 1, +I]
  <- forward
  Project  [parallelism 1, +I]
    project `auction` AS a
    = (a BIGINT)
    <- forward
    Source: bid  [parallelism 1, +I]
      read (auction BIGINT, price BIGINT, channel STRING)
Sink: two  [parallelism 1, +I]
  <- forward
  Filter -> Project  [parallelism 1, +I]
    filter (`price` > 1)
    project `channel` AS a, `price` AS b
    = (a STRING, b BIGINT)
    <- forward
    Source: bid  [parallelism 1, +I]
      (shown above)
)");
}

TEST_CASE("edges go from lower to higher vertices") {
  plan_rig rig;
  const auto script = planned(rig, windowed);
  for (const auto& e : script.jobs[0].graph.edges) CHECK(e.from < e.to);
}

TEST_CASE("a chain ends at a key exchange, behind which it runs in parallel") {
  plan_rig rig;
  const auto script = planned(rig, windowed);
  const auto& graph = script.jobs[0].graph;
  REQUIRE(graph.vertices.size() == 3);
  CHECK(graph.vertices[0].parallelism == 1);
  CHECK(graph.vertices[1].parallelism == 2);
  CHECK(graph.vertices[2].parallelism == 1);
  CHECK(graph.edges[0].kind == exchange::hash);
  CHECK(graph.edges[1].kind == exchange::forward);
}

TEST_CASE("an aggregation without keys runs once") {
  plan_rig rig;
  const auto script = planned(rig, "INSERT INTO first_sink SELECT COUNT(*) FROM bid;");
  const auto& graph = script.jobs[0].graph;
  for (const auto& v : graph.vertices) CHECK(v.parallelism == 1);
}

TEST_CASE("without chaining every operator has a vertex and keeps its id") {
  plan_rig rig;
  const auto chained = planned(rig, windowed);
  rig.options.settings["pipeline.operator-chaining.enabled"] = "false";
  const auto unchained = planned(rig, windowed);
  const auto operators = [](const levada::job_graph& graph) {
    std::vector<std::string> ids;
    for (const auto& v : graph.vertices)
      for (const auto& spec : v.operators) ids.push_back(spec.id);
    return ids;
  };
  CHECK(operators(chained.jobs[0].graph) == operators(unchained.jobs[0].graph));
  CHECK(vertex_ids(unchained.jobs[0].graph) ==
        std::vector<std::string>{"source.bid", "source.bid.watermark", "two.1.filter", "two.2.project",
                                 "two.3.window_aggregate", "two.4.project", "sink.two"});
  CHECK(chained.jobs[0].graph.fingerprint == unchained.jobs[0].graph.fingerprint);
}

TEST_CASE("the fingerprint follows the query, not its parallelism") {
  plan_rig rig;
  const auto two = planned(rig, windowed).jobs[0].graph.fingerprint;
  rig.options.settings["parallelism.default"] = "4";
  CHECK(planned(rig, windowed).jobs[0].graph.fingerprint == two);
  std::string other = windowed;
  other.replace(other.find("'10'"), 4, "'20'");
  CHECK(planned(rig, other).jobs[0].graph.fingerprint != two);
}

TEST_CASE("-U is produced only for those who need it") {
  plan_rig rig;
  const auto emits = [&](const std::string& query) {
    const auto script = planned(rig, query);
    for (const auto& v : script.jobs[0].graph.vertices)
      for (const auto& spec : v.operators)
        if (spec.kind == "group_aggregate") return spec.emit_update_before;
    return false;
  };
  CHECK(emits("INSERT INTO two SELECT channel, COUNT(*) FROM bid GROUP BY channel;"));
  CHECK_FALSE(emits("CREATE TABLE hole (a STRING, b BIGINT) WITH ('connector' = 'blackhole');\n"
                    "INSERT INTO hole SELECT channel, COUNT(*) FROM bid GROUP BY channel;"));
}

TEST_CASE("a table read with other options is another source") {
  plan_rig rig;
  const auto script = planned(rig, "INSERT INTO first_sink SELECT auction FROM bid UNION ALL\n"
                                   "  SELECT auction FROM bid /*+ OPTIONS('size' = '3') */;");
  size_t sources = 0;
  for (const auto& v : script.jobs[0].graph.vertices) sources += v.kind == vertex_kind::source;
  CHECK(sources == 2);
}

TEST_CASE("METADATA columns are read under the connector's key and cast") {
  plan_rig rig;
  CHECK(rig.explain("CREATE TABLE m (k INT, o INT METADATA FROM 'offset', topic STRING METADATA VIRTUAL)\n"
                    "  WITH ('connector' = 'rows');\n"
                    "SELECT k, o, topic FROM m;") == R"(Sink: collect  [parallelism 1, +I]
  <- forward
  Source: m -> Project  [parallelism 1, +I]
    read (k INT, o BIGINT NOT NULL, topic STRING)
    project `k`, CAST(`o` AS INT) AS o, `topic`
    = (k INT, o INT NOT NULL, topic STRING)
)");
}

TEST_CASE("a predicate sinks below projections, unions and windows, as far as it can") {
  plan_rig rig;
  CHECK(rig.explain(std::string(tables) +
                    "SELECT c FROM (SELECT channel AS c, price AS p FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts),\n"
                    "  INTERVAL '1' MINUTE))) WHERE p > 3 AND c <> 'x';") == R"(Sink: collect  [parallelism 1, +I]
  <- forward
  Source: bid -> Watermark -> Filter -> Window Table -> Project  [parallelism 1, +I]
    read (price BIGINT, channel STRING, ts TIMESTAMP(3))
    watermark ts AS `ts`
    filter ((`price` > 3) AND (`channel` <> 'x'))
    window_table TUMBLE(ts, 1 min)
    project `channel` AS c
    = (c STRING)
)");
}

TEST_CASE("EXPLAIN gives the plan and no job to run") {
  plan_rig rig;
  const auto script = planned(rig, "EXPLAIN CHANGELOG_MODE INSERT INTO first_sink SELECT auction FROM bid;");
  CHECK(script.jobs[0].kind == levada::job_kind::explain);
  CHECK(script.jobs[0].graph.vertices.empty());
  CHECK(script.jobs[0].text.find("Sink: first_sink") == 0);
}
