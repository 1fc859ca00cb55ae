#include <catch2/catch.hpp>

#include "tests/support/plan_rig.hpp"

using levada::testing::plan_rig;

namespace {

constexpr char bids[] = "CREATE TABLE bid (auction BIGINT, price BIGINT, channel STRING, ts TIMESTAMP(3),\n"
                        "  WATERMARK FOR ts AS ts) WITH ('connector' = 'rows');\n"
                        "CREATE TABLE sunk (auction BIGINT, n BIGINT) WITH ('connector' = 'append');\n";

std::string explained(std::string query) { return plan_rig{}.explain(bids + std::move(query)); }

} // namespace

TEST_CASE("a source is asked only for the columns the query reads") {
  CHECK(explained("INSERT INTO sunk SELECT auction, price FROM bid;") == R"(Sink: sunk  [parallelism 1, +I]
  <- forward
  Source: bid  [parallelism 1, +I]
    read (auction BIGINT, price BIGINT)
)");
}

TEST_CASE("an aggregation by the windows of a window function assigns them itself") {
  CHECK(explained("INSERT INTO sunk SELECT auction, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts),\n"
                  "  INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end;") ==
        R"(Sink: sunk  [parallelism 1, +I]
  <- forward
  Window Aggregate -> Project  [parallelism 2, +I]
    window_aggregate COUNT(*) by auction over TUMBLE(ts, 10 s)
    project `auction`, `$agg0` AS n
    = (auction BIGINT, n BIGINT)
    <- hash auction
    Source: bid -> Watermark  [parallelism 1, +I]
      read (auction BIGINT, ts TIMESTAMP(3))
      watermark ts AS `ts`
      = (auction BIGINT, ts TIMESTAMP(3))
)");
}

TEST_CASE("a sink that takes inserts only refuses updates and names three ways out") {
  CHECK(
      plan_rig{}.errors(bids + std::string("INSERT INTO sunk SELECT auction, COUNT(*) FROM bid GROUP BY auction;")) ==
      R"(q.sql:4:13: error LV0407: table 'sunk' (connector 'append') takes inserts only, but this query changes rows it has sent (+I, -U, +U): the aggregation in line 4 does
INSERT INTO sunk SELECT auction, COUNT(*) FROM bid GROUP BY auction;
            ^~~~
help: aggregate per window (GROUP BY window_start, window_end, and of SESSION its partition), so that each result is final; or write to a connector that takes changes (blackhole, print, rows) or a format that records them ('format' = 'debezium-json'); or leave the aggregation out
)");
}

namespace {

constexpr char messages[] =
    "CREATE TABLE m (id STRING, p ROW<a INT, b STRING, c ROW<d DOUBLE, e STRING>>,\n"
    "  ts TIMESTAMP(3), twice AS p.a * 2, WATERMARK FOR ts AS ts) WITH ('connector' = 'rows');\n"
    "CREATE TABLE sunk (v INT) WITH ('connector' = 'append');\n";

// What the source of `m` is asked for.
std::string read_for(const std::string& query) {
  const auto text = plan_rig{}.explain(messages + query);
  const auto from = text.find("read (");
  return from == std::string::npos ? text : text.substr(from, text.find('\n', from) - from);
}

} // namespace

TEST_CASE("of a ROW a source is asked only for the fields that are read") {
  CHECK(read_for("INSERT INTO sunk SELECT p.a FROM m;") == "read (p ROW<`a` INT>)");
  CHECK(read_for("INSERT INTO sunk SELECT p.a FROM m WHERE p.c.d > 1;") ==
        "read (p ROW<`a` INT, `c` ROW<`d` DOUBLE>>)");
  CHECK(read_for("INSERT INTO sunk SELECT twice FROM m WHERE p.b = 'x';") == "read (p ROW<`a` INT, `b` STRING>)");
  CHECK(read_for("INSERT INTO sunk SELECT q.a FROM (SELECT p AS q, id FROM m) WHERE id = 'x';") ==
        "read (id STRING, p ROW<`a` INT>)");
  CHECK(read_for("INSERT INTO sunk SELECT p.a FROM TABLE(TUMBLE(TABLE m, DESCRIPTOR(ts), INTERVAL '1' MINUTE));") ==
        "read (p ROW<`a` INT>, ts TIMESTAMP(3))");
  CHECK(read_for("INSERT INTO sunk SELECT CAST(MAX(p.c.d) AS INT) FROM TABLE(TUMBLE(TABLE m, DESCRIPTOR(ts),\n"
                 "  INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;") ==
        "read (p ROW<`c` ROW<`d` DOUBLE>>, ts TIMESTAMP(3))");
}

TEST_CASE("a ROW that is also used as a whole is read as a whole") {
  const std::string whole = "read (p ROW<`a` INT, `b` STRING, `c` ROW<`d` DOUBLE, `e` STRING>>)";
  CHECK(read_for("INSERT INTO sunk SELECT p.a FROM m WHERE p IS NOT NULL;") == whole);
  CHECK(read_for("INSERT INTO sunk SELECT q.a FROM (SELECT p AS q FROM m UNION ALL SELECT p FROM m);") == whole);
  CHECK(read_for("SELECT p FROM m;") == whole);
}

TEST_CASE("a source with several readers delivers the fields of all of them") {
  CHECK(read_for("EXECUTE STATEMENT SET BEGIN INSERT INTO sunk SELECT p.a FROM m;\n"
                 "INSERT INTO sunk SELECT CAST(p.b AS INT) FROM m; END;") == "read (p ROW<`a` INT, `b` STRING>)");
}

TEST_CASE("a format that knows fields by their place is asked for whole rows") {
  const auto read = [](const std::string& format) {
    const auto text = plan_rig{}.explain("CREATE TABLE m (p ROW<a INT, b STRING>) WITH ('connector' = 'filesystem',\n"
                                         "'path' = '/nowhere', 'format' = '" +
                                         format + "'); SELECT p.a FROM m;");
    const auto from = text.find("read (");
    return from == std::string::npos ? text : text.substr(from, text.find('\n', from) - from);
  };
  CHECK(read("json") == "read (p ROW<`a` INT>)");
  CHECK(read("messagepack") == "read (p ROW<`a` INT, `b` STRING>)");
}

TEST_CASE("parts of a union that read one table are one operator") {
  CHECK(explained("INSERT INTO sunk SELECT auction, price FROM bid WHERE price > 5 UNION ALL\n"
                  "  SELECT price, auction FROM bid;") == R"(Sink: sunk  [parallelism 1, +I]
  <- forward
  Source: bid -> Branches  [parallelism 1, +I]
    read (auction BIGINT, price BIGINT)
    branches where (`price` > 5): `auction`, `price` | `price`, `auction`
    = (auction BIGINT, price BIGINT)
)");
}

TEST_CASE("both sides of a join of a table with itself settle what is late") {
  const auto joined = [](const std::string& other) {
    return explained(
        "CREATE TABLE ask (auction BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)\n"
        "  WITH ('connector' = 'rows');\n"
        "SELECT l.auction FROM (SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' HOUR))) l\n"
        "JOIN (SELECT * FROM TABLE(TUMBLE(TABLE " +
        other +
        ", DESCRIPTOR(ts), INTERVAL '1' HOUR))) r\n"
        "ON l.window_start = r.window_start AND l.window_end = r.window_end;");
  };
  const std::string settled = "in_time the windows [window_start, window_end)";
  const auto itself = joined("bid");
  CHECK(itself.find(settled) != std::string::npos);
  CHECK(itself.find(settled) != itself.rfind(settled));
  CHECK(joined("ask").find(settled) == std::string::npos);
}
