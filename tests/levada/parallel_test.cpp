// Whole pipelines on the engine's threads, from files into exactly-once files: what they give must not depend on how
// many instances share the work. Small enough for ThreadSanitizer, which is how races between tasks are looked for.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "levada/levada.hpp"
#include "tests/temporary_directory.hpp"

using namespace levada;

namespace {

constexpr int readings = 4000;
constexpr int limits = 400;
constexpr int sensors = 40;

const std::vector<std::string> sinks = {"tumbled", "hopped", "sessions", "members", "joined", "passed", "totals"};

std::string timestamp_text(int ms) {
  char text[40];
  std::snprintf(text, sizeof text, "2026-01-01 00:%02d:%02d.%03d", ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
  return text;
}

// In order of event time: no row is late, however the two files interleave.
std::string reading_lines() {
  std::string lines;
  for (int i = 0, ms = 0; i < readings; ++i, ms += i % 97 == 0 ? 900 : i % 11)
    lines += std::to_string(i) + ",s" + std::to_string(i * 7 % sensors) + "," + std::to_string(i * 31 % 1000) + "," +
             timestamp_text(ms) + "\n";
  return lines;
}

std::string limit_lines() {
  std::string lines;
  for (int i = 0; i < limits; ++i)
    lines +=
        "s" + std::to_string(i * 3 % sensors) + "," + std::to_string(i % 900) + "," + timestamp_text(i * 140) + "\n";
  return lines;
}

class pipeline {
 public:
  // Runs on from where the last run with the same state stood. `drain`: stops as soon as it has started.
  std::map<std::string, std::vector<std::string>> run(int parallelism, bool keeps_state, bool drain = false) {
    runtime_options options;
    options.settings["parallelism.default"] = std::to_string(parallelism);
    options.settings["table.local-time-zone"] = "UTC";
    if (keeps_state) {
      options.state_dir = files_.file("state");
      options.settings["execution.checkpointing.interval"] = "2 ms";
    }
    runtime engine(options);
    REQUIRE_FALSE(engine.load(tables() + queries));
    const auto started = engine.start();
    INFO(started.message);
    REQUIRE_FALSE(started);
    const auto ended = drain ? engine.drain() : engine.wait();
    INFO(ended.message);
    REQUIRE_FALSE(ended);
    return written();
  }

 private:
  static constexpr const char* queries = R"(
CREATE VIEW by_second AS SELECT * FROM TABLE(TUMBLE(TABLE reading, DESCRIPTOR(ts), INTERVAL '1' SECOND));
CREATE VIEW allowed AS SELECT * FROM TABLE(TUMBLE(TABLE high, DESCRIPTOR(ts), INTERVAL '1' SECOND));
EXECUTE STATEMENT SET BEGIN
INSERT INTO tumbled SELECT sensor, window_start, COUNT(*), SUM(v), MAX(v), COUNT(DISTINCT v)
  FROM TABLE(TUMBLE(TABLE reading, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY sensor, window_start, window_end;
INSERT INTO hopped SELECT sensor, window_start, COUNT(*), MIN(v)
  FROM TABLE(HOP(TABLE reading, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '3' SECOND))
  GROUP BY sensor, window_start, window_end;
INSERT INTO sessions SELECT sensor, window_start, window_end, COUNT(*)
  FROM TABLE(SESSION(TABLE reading PARTITION BY sensor, DESCRIPTOR(ts), INTERVAL '0.4' SECOND))
  GROUP BY sensor, window_start, window_end;
INSERT INTO members SELECT seq, sensor, window_start
  FROM TABLE(SESSION(TABLE reading PARTITION BY sensor, DESCRIPTOR(ts), INTERVAL '0.4' SECOND));
INSERT INTO joined SELECT by_second.sensor, by_second.seq, allowed.top
  FROM by_second JOIN allowed ON by_second.sensor = allowed.sensor
  AND by_second.window_start = allowed.window_start AND by_second.window_end = allowed.window_end
  WHERE by_second.v > allowed.top;
INSERT INTO passed SELECT seq, UPPER(sensor) FROM reading WHERE MOD(v, 3) = 0;
INSERT INTO totals SELECT sensor, COUNT(*), SUM(v) FROM reading GROUP BY sensor;
END;
)";

  std::string tables() const {
    const std::string csv = "'connector' = 'filesystem', 'format' = 'csv', 'path' = '";
    auto sink = [&](const char* name, const char* columns, const char* format = "csv") {
      return "CREATE TABLE " + std::string(name) + " (" + columns +
             ") WITH ('connector' = 'filesystem', 'sink.delivery-guarantee' = 'exactly-once', 'format' = '" + format +
             "', 'path' = '" + files_.file(name) + "');\n";
    };
    return "CREATE TABLE reading (seq BIGINT, sensor STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH "
           "(" +
           csv + reading_ + "');\n" +
           "CREATE TABLE high (sensor STRING, top BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH (" + csv +
           high_ + "');\n" +
           sink("tumbled", "sensor STRING, at_ts TIMESTAMP(3), n BIGINT, total BIGINT, top BIGINT, kinds BIGINT") +
           sink("hopped", "sensor STRING, at_ts TIMESTAMP(3), n BIGINT, low BIGINT") +
           sink("sessions", "sensor STRING, from_ts TIMESTAMP(3), to_ts TIMESTAMP(3), n BIGINT") +
           sink("members", "seq BIGINT, sensor STRING, from_ts TIMESTAMP(3)") +
           sink("joined", "sensor STRING, seq BIGINT, top BIGINT") + sink("passed", "seq BIGINT, sensor STRING") +
           sink("totals", "sensor STRING, n BIGINT, total BIGINT", "debezium-json");
  }

  // What readers of the files see: hidden ones are not committed.
  std::map<std::string, std::vector<std::string>> written() const {
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& name : sinks) {
      auto& lines = all[name];
      if (!std::filesystem::exists(files_.file(name))) continue;
      for (const auto& part : std::filesystem::directory_iterator(files_.file(name))) {
        if (part.path().filename().string().front() == '.') continue;
        std::ifstream in(part.path());
        for (std::string line; std::getline(in, line);) lines.push_back(line);
      }
      std::sort(lines.begin(), lines.end());
    }
    return all;
  }

  temporary_directory files_;
  std::string reading_ = files_.write("reading.csv", reading_lines());
  std::string high_ = files_.write("high.csv", limit_lines());
};

} // namespace

TEST_CASE("Windows, joins and groups give the same rows at any parallelism, with and without epochs and stops") {
  pipeline alone;
  const auto expected = alone.run(1, false);
  for (const auto& name : sinks) {
    INFO(name);
    CHECK(expected.at(name).size() > 10);
  }
  SECTION("at parallelism 2") {
    pipeline shared;
    CHECK(shared.run(2, false) == expected);
  }
  SECTION("at parallelism 4, with epochs") {
    pipeline shared;
    CHECK(shared.run(4, true) == expected);
  }
  SECTION("at parallelism 2, with epochs, stopped several times") {
    pipeline stopped;
    for (int i = 0; i < 3; ++i) stopped.run(2, true, true);
    CHECK(stopped.run(2, true) == expected);
  }
}
