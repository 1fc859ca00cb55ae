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
help: aggregate per window (GROUP BY window_start, window_end), so that each result is final; or write to a connector that takes changes (blackhole, print, rows) or a format that records them ('format' = 'debezium-json'); or leave the aggregation out
)");
}
