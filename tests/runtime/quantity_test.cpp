#include <catch2/catch.hpp>

#include <vector>

#include "runtime/quantity.hpp"

using namespace levada;

TEST_CASE("durations are read as Flink reads them") {
  struct reading {
    const char* text;
    int64_t ms;
  };
  const std::vector<reading> readings = {{"10 s", 10'000},   {"10s", 10'000},        {"5 min", 300'000},
                                         {"5 m", 300'000},   {"250", 250},           {" 1 h ", 3600'000},
                                         {"1 d", 86400'000}, {"2 DAYS", 172800'000}, {"0 ms", 0},
                                         {"3 millis", 3},    {"7 seconds", 7000},    {"999999 ns", 0}};
  for (const auto& [text, ms] : readings) {
    CAPTURE(text);
    const auto parsed = parse_duration_ms(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == ms);
  }
  CHECK(parse_duration_ms("1500 \xC2\xB5s") == 1);
  for (const char* text :
       {"", "s", "-1 s", "1 fortnight", "1 mss", "1.5 s", "99999999999999999999 s", "9223372036854775807 d"})
    CHECK_FALSE(parse_duration_ms(text).has_value());
}

TEST_CASE("memory sizes are read in powers of 1024") {
  CHECK(parse_memory_bytes("64 mb") == int64_t{64} << 20);
  CHECK(parse_memory_bytes("64MB") == int64_t{64} << 20);
  CHECK(parse_memory_bytes("1g") == int64_t{1} << 30);
  CHECK(parse_memory_bytes("4096") == 4096);
  CHECK(parse_memory_bytes("3 kibibytes") == 3072);
  for (const char* text : {"", "mb", "-1 mb", "1 mib", "9999999999 tb"})
    CHECK_FALSE(parse_memory_bytes(text).has_value());
}
