// A program with levada inside: pushes readings, receives the average of each ten seconds. Exits 0 when it got them.
#include <levada/levada.hpp>

#include <cstdio>

int main() {
  levada::runtime engine;
  engine.load(R"sql(
    CREATE TABLE reading (
      sensor STRING,
      celsius DOUBLE,
      ts TIMESTAMP(3),
      WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
    ) WITH ('connector' = 'push');

    CREATE TABLE average (sensor STRING, window_start TIMESTAMP(3), celsius DOUBLE) WITH ('connector' = 'callback');

    INSERT INTO average
    SELECT sensor, window_start, AVG(celsius)
    FROM TABLE(TUMBLE(TABLE reading, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY sensor, window_start, window_end;
  )sql");

  int received = 0;
  engine.on_rows("average", [&](const levada::row_event& event) {
    std::printf("%s from second %lld: %.1f\n", event.values[0].as_string().c_str(),
                static_cast<long long>(event.values[1].as_timestamp_us() / 1000000), event.values[2].as_double());
    ++received;
  });

  if (auto failed = engine.start()) {
    std::fprintf(stderr, "%s\n", failed.message.c_str());
    return 1;
  }
  for (int second = 0; second < 60; ++second) {
    levada::timestamp_value at{int64_t{second} * 1000000};
    // Waits when the pipeline is behind: memory stays bounded.
    if (auto failed = engine.push("reading", {second % 2 ? "boiler" : "roof", 20.0 + second % 7, at})) {
      std::fprintf(stderr, "%s\n", failed.message.c_str());
      return 1;
    }
  }
  if (auto failed = engine.finish()) {
    std::fprintf(stderr, "%s\n", failed.message.c_str());
    return 1;
  }
  return received == 12 ? 0 : 1;
}
