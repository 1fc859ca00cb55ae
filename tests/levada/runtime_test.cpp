#include "levada/levada.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/temporary_directory.hpp"

using namespace levada;

namespace {

// Rows of one callback table.
struct received {
  std::mutex mutex;
  std::vector<row_event> rows;
  auto into() {
    return [this](const row_event& event) {
      std::lock_guard guard(mutex);
      rows.push_back(event);
    };
  }
};

constexpr const char* reading_table = "CREATE TABLE reading (sensor STRING, c DOUBLE, ts TIMESTAMP(3), "
                                      "WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'push');";

timestamp_value second(int64_t s) { return {s * 1000000}; }

// Counts rows per key; emits the count when the next minute of event time begins.
class minute_count final : public user_operator {
 public:
  void process(const row& in, operator_call& call) override {
    auto n = call.get("n");
    call.put("n", (n ? n->as_int() : 0) + 1);
    call.set_timer((in[2].as_timestamp_us() / 60000000 + 1) * 60000);
  }
  void on_timer(int64_t time_ms, operator_call& call) override {
    call.emit({call.key()[0], call.get("n")->as_int(), time_ms});
    call.erase("n");
  }
};

void register_minute_count(runtime& engine) {
  REQUIRE_FALSE(engine.add_operator("minute_count", {{"sensor", "STRING"}, {"n", "BIGINT"}, {"at", "BIGINT"}},
                                    [] { return std::make_unique<minute_count>(); }));
}

} // namespace

TEST_CASE("Rows pushed in come out of a filter in order") {
  runtime engine;
  received hot;
  REQUIRE_FALSE(engine.load(reading_table));
  REQUIRE_FALSE(engine.load("CREATE TABLE hot (sensor STRING, c DOUBLE) WITH ('connector' = 'callback');"
                            "INSERT INTO hot SELECT sensor, c FROM reading WHERE c > 50"));
  REQUIRE_FALSE(engine.on_rows("hot", hot.into()));
  REQUIRE_FALSE(engine.start());
  for (int i = 0; i < 1000; ++i) REQUIRE_FALSE(engine.push("reading", {"s", double(i % 100), second(i)}));
  REQUIRE_FALSE(engine.finish());
  REQUIRE(hot.rows.size() == 490);
  CHECK(hot.rows[0].values == row{"s", 51.0});
}

TEST_CASE("A changelog reaches the callback with its kinds") {
  runtime engine;
  received totals;
  REQUIRE_FALSE(engine.load(reading_table));
  REQUIRE_FALSE(engine.load("CREATE TABLE total (sensor STRING, n BIGINT) WITH ('connector' = 'callback');"
                            "INSERT INTO total SELECT sensor, COUNT(*) FROM reading GROUP BY sensor"));
  REQUIRE_FALSE(engine.on_rows("total", totals.into()));
  REQUIRE_FALSE(engine.start());
  for (int i = 0; i < 2; ++i) REQUIRE_FALSE(engine.push("reading", {"s", 1.0, second(i)}));
  REQUIRE_FALSE(engine.finish());
  REQUIRE(totals.rows.size() == 3);
  CHECK(totals.rows[0].kind == change::insert);
  CHECK(totals.rows[1].kind == change::update_before);
  CHECK(totals.rows[2].kind == change::update_after);
  CHECK(totals.rows[2].values == row{"s", int64_t{2}});
}

TEST_CASE("An operator of one's own keeps state per key and fires its timers in event time") {
  runtime engine;
  received counts;
  register_minute_count(engine);
  REQUIRE_FALSE(engine.load(reading_table));
  REQUIRE_FALSE(engine.load("CREATE TABLE n (sensor STRING, n BIGINT, at_ms BIGINT) WITH ('connector' = 'callback')"));
  REQUIRE_FALSE(engine.insert_into("n", engine.from("reading").filter("c >= 0").apply("minute_count", {"sensor"})));
  REQUIRE_FALSE(engine.on_rows("n", counts.into()));
  REQUIRE_FALSE(engine.start());
  for (int i = 0; i < 180; ++i) REQUIRE_FALSE(engine.push("reading", {i % 3 ? "a" : "b", 1.0, second(i)}));
  REQUIRE_FALSE(engine.finish());
  // A row is counted by the timer that fires after it: each minute's, and what comes before the watermark passes it.
  std::map<std::string, int64_t> rows_of;
  std::multiset<int64_t> fired;
  for (const auto& event : counts.rows) {
    rows_of[event.values[0].as_string()] += event.values[1].as_int();
    fired.insert(event.values[2].as_int());
  }
  CHECK(rows_of == std::map<std::string, int64_t>{{"a", 120}, {"b", 60}});
  CHECK(fired == std::multiset<int64_t>{60000, 60000, 120000, 120000, 180000, 180000});
}

TEST_CASE("An operator of one's own is a table function of SQL, and its state survives a stop") {
  temporary_directory dir;
  received counts;
  auto run = [&](int from, int to, bool finish) {
    runtime_options options;
    options.state_dir = dir.path() + "/state";
    options.settings["execution.checkpointing.interval"] = "10 ms";
    runtime engine(options);
    register_minute_count(engine);
    REQUIRE_FALSE(engine.load(reading_table));
    REQUIRE_FALSE(engine.load("CREATE TABLE n (sensor STRING, n BIGINT, at_ms BIGINT) WITH ('connector' = 'callback');"
                              "INSERT INTO n SELECT * FROM minute_count(TABLE reading PARTITION BY sensor)"));
    REQUIRE_FALSE(engine.on_rows("n", counts.into()));
    auto started = engine.start();
    INFO(started.message);
    REQUIRE_FALSE(started);
    for (int i = from; i < to; ++i) REQUIRE_FALSE(engine.push("reading", {"a", 1.0, second(i)}));
    auto ended = finish ? engine.finish() : engine.drain();
    REQUIRE_FALSE(ended);
  };
  run(0, 30, false);
  CHECK(counts.rows.empty());
  run(30, 50, true);
  REQUIRE(counts.rows.size() == 1);
  // Rows that were queued but not read when it stopped are the program's to push again.
  CHECK(counts.rows[0].values[1].as_int() >= 20);
  CHECK(counts.rows[0].values[1].as_int() <= 50);
}

TEST_CASE("A silent source stops holding event time back after its idle time-out") {
  runtime_options options;
  options.virtual_clock = true;
  options.settings["table.exec.source.idle-timeout"] = "5 s";
  runtime engine(options);
  received counted;
  received seen;
  for (const char* name : {"a", "b"}) {
    REQUIRE_FALSE(engine.load("CREATE TABLE " + std::string(name) +
                              " (sensor STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'push')"));
  }
  REQUIRE_FALSE(engine.load("CREATE TABLE counted (n BIGINT) WITH ('connector' = 'callback');"
                            "CREATE TABLE seen (sensor STRING) WITH ('connector' = 'callback');"
                            "CREATE VIEW both_of_them AS SELECT * FROM a UNION ALL SELECT * FROM b;"
                            "EXECUTE STATEMENT SET BEGIN INSERT INTO seen SELECT sensor FROM both_of_them;"
                            "INSERT INTO counted SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE both_of_them, DESCRIPTOR(ts), "
                            "INTERVAL '1' MINUTE)) GROUP BY window_start, window_end; END"));
  REQUIRE_FALSE(engine.on_rows("counted", counted.into()));
  REQUIRE_FALSE(engine.on_rows("seen", seen.into()));
  auto started = engine.start();
  INFO(started.message);
  REQUIRE_FALSE(started);
  const auto eventually = [](received& of, size_t rows) {
    for (int i = 0; i < 20000; ++i) {
      {
        std::lock_guard guard(of.mutex);
        if (of.rows.size() >= rows) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  };
  REQUIRE_FALSE(engine.push("b", {"b", second(0)}));
  REQUIRE_FALSE(engine.push("a", {"a", second(1)}));
  REQUIRE_FALSE(engine.push("a", {"a", second(70)}));
  REQUIRE(eventually(seen, 3)); // before they are read no time passes for them
  engine.advance_clock(3'000'000);
  REQUIRE_FALSE(engine.push("a", {"a", second(80)}));
  REQUIRE(eventually(seen, 4));
  {
    std::lock_guard guard(counted.mutex);
    CHECK(counted.rows.empty());
  }
  engine.advance_clock(3'000'000);
  REQUIRE(eventually(counted, 1));
  CHECK(counted.rows[0].values == row{int64_t{2}});
  REQUIRE_FALSE(engine.finish());
}

TEST_CASE("CURRENT_TIMESTAMP follows a virtual clock") {
  runtime_options options;
  options.virtual_clock = true;
  options.virtual_start_us = 1'767'225'600'000'000;
  runtime engine(options);
  received now;
  REQUIRE_FALSE(engine.load(reading_table));
  REQUIRE_FALSE(engine.load("CREATE TABLE seen (at_ts TIMESTAMP_LTZ(3)) WITH ('connector' = 'callback');"
                            "INSERT INTO seen SELECT CURRENT_TIMESTAMP FROM reading"));
  REQUIRE_FALSE(engine.on_rows("seen", now.into()));
  REQUIRE_FALSE(engine.start());
  engine.advance_clock(5'000'000);
  REQUIRE_FALSE(engine.push("reading", {"s", 1.0, second(0)}));
  REQUIRE_FALSE(engine.finish());
  REQUIRE(now.rows.size() == 1);
  CHECK(now.rows[0].values[0].as_timestamp_us() == 1'767'225'605'000'000);
}

TEST_CASE("Mistakes come back as numbered errors that say where") {
  runtime engine;
  REQUIRE_FALSE(engine.load("CREATE TABLE t (a INT) WITH ('connector' = 'push');\nSELEC a FROM t"));
  auto failed = engine.start();
  CHECK(failed.code == 400);
  CHECK(failed.message.find("script:2:1") != std::string::npos);

  runtime other;
  REQUIRE_FALSE(other.load(reading_table));
  REQUIRE_FALSE(
      other.load("CREATE TABLE o (c DOUBLE) WITH ('connector' = 'callback'); INSERT INTO o SELECT c FROM reading"));
  REQUIRE_FALSE(other.start());
  CHECK(other.push("reading", {"s", "warm", second(0)}).code == 403);
  CHECK(other.push("reading", {"s", 1.0}).code == 403);
  CHECK(other.push("nowhere", {"s"}));
  REQUIRE_FALSE(other.finish());
}
