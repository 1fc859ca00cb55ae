#include "runtime/datetime.hpp"

#include <catch2/catch.hpp>

#include "runtime/time_zone.hpp"

using namespace levada;

namespace {

std::string sql(std::optional<int64_t> us, int precision = 3) {
  if (!us) return "-";
  std::string out;
  append_timestamp(*us, precision, datetime_style::sql, out);
  return out;
}

std::string brief(int64_t us) {
  std::string out;
  append_timestamp_short(us, out);
  return out;
}

} // namespace

TEST_CASE("days and civil dates are each other's inverse") {
  for (int64_t days = -800000; days < 800000; days += 61) {
    civil_date d = civil_from_days(days);
    REQUIRE(days_from_civil(d.year, d.month, d.day) == days);
  }
  CHECK(days_from_civil(1970, 1, 1) == 0);
  CHECK(days_from_civil(2000, 3, 1) == 11017);
}

TEST_CASE("timestamps are read in both spellings, and only in the one asked for") {
  CHECK(sql(parse_timestamp_us("2020-01-02 10:20:30")) == "2020-01-02 10:20:30.000");
  CHECK(sql(parse_timestamp_us("2020-01-02T10:20:30.123")) == "2020-01-02 10:20:30.123");
  CHECK(sql(parse_timestamp_us("2020-01-02 10:20:30.123456"), 6) == "2020-01-02 10:20:30.123456");
  CHECK(sql(parse_timestamp_us("2020-01-02 10:20:30.123456789"), 6) == "2020-01-02 10:20:30.123456");
  CHECK(sql(parse_timestamp_us("2020-1-2 1:2:3")) == "2020-01-02 01:02:03.000");
  CHECK(sql(parse_timestamp_us("2020-01-02")) == "2020-01-02 00:00:00.000");
  CHECK(sql(parse_timestamp_us("2020-01-02T10:20:30", datetime_style::sql)) == "-");
  CHECK(sql(parse_timestamp_us("2020-01-02 10:20:30", datetime_style::iso)) == "-");
  CHECK(sql(parse_timestamp_us("2020-02-30 10:20:30")) == "2020-02-29 10:20:30.000");
  CHECK(sql(parse_timestamp_us("2020-01-02 24:00:00")) == "2020-01-03 00:00:00.000");
}

TEST_CASE("what is no timestamp is refused") {
  for (const char* text : {"", "abc", "2020", "2020-01", "2020-13-02 10:20:30", "2020-01-02 25:20:30",
                           "2020-01-02 10:20", "2020-01-02 10", " 2020-01-02 10:20:30 ", "2020-01-02 10:20:30Z",
                           "10000-01-01 00:00:00", "2020-01-02 10:20:30.1234567890", "2020-01-02 10:2x:30",
                           "2020-01-0210:20:30", "2020-01-02 10:60:30", "2020-01-02 10:20:60", "2020-00-02 10:20:30"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp_us(text).has_value());
  }
}

TEST_CASE("instants carry Z or an offset") {
  CHECK(sql(parse_instant_us("2020-01-02T10:20:30Z")) == "2020-01-02 10:20:30.000");
  CHECK(sql(parse_instant_us("2020-01-02 10:20:30.5+02:00")) == "2020-01-02 08:20:30.500");
  CHECK(sql(parse_instant_us("2020-01-02 10:20:30-0x:00")) == "-");
  CHECK(sql(parse_instant_us("2020-01-02 10:20:30")) == "-");
}

TEST_CASE("dates and times are read as CAST reads them") {
  CHECK(parse_date("2020-01-02") == 18263);
  CHECK(parse_date(" 2020-01-02 ") == 18263);
  CHECK(parse_date("2020-01-02 10:20:30") == 18263);
  CHECK(parse_date("2020") == 18262);
  CHECK_FALSE(parse_date("2020-02-30"));
  CHECK_FALSE(parse_date("2020-01-02T10:20:30"));
  CHECK_FALSE(parse_date("20200102"));
  CHECK(parse_time_ms("10") == 36000000);
  CHECK(parse_time_ms("1:2:3.5") == 3723500);
  CHECK_FALSE(parse_time_ms("25:00:00"));
}

TEST_CASE("print leaves out seconds that are zero and fractions in groups of three") {
  CHECK(brief(*parse_timestamp_us("2020-10-10 00:00:05")) == "2020-10-10T00:00:05");
  CHECK(brief(*parse_timestamp_us("2020-10-10 10:20:00")) == "2020-10-10T10:20");
  CHECK(brief(*parse_timestamp_us("2020-10-10 10:20:00.1")) == "2020-10-10T10:20:00.100");
  CHECK(brief(*parse_timestamp_us("2020-10-10 10:20:00.0001")) == "2020-10-10T10:20:00.000100");
  CHECK(brief(-1000) == "1969-12-31T23:59:59.999");
}

TEST_CASE("intervals print as CAST and as print show them") {
  auto text = [](auto append, auto value) {
    std::string out;
    append(value, out);
    return out;
  };
  CHECK(text(append_interval_day, 93784567000) == "+1 02:03:04.567");
  CHECK(text(append_interval_day, -93784567000) == "-1 02:03:04.567");
  CHECK(text(append_interval_month, 14) == "+1-02");
  CHECK(text(append_interval_month, -14) == "-1-02");
  CHECK(text(append_duration, 120 * 3600 * us_per_second) == "PT120H");
  CHECK(text(append_duration, 93784567000) == "PT26H3M4.567S");
  CHECK(text(append_period, 14) == "P1Y2M");
}

TEST_CASE("months are added to the same day or the last of the month") {
  int64_t leap_day = days_from_civil(2020, 2, 29);
  CHECK(add_months(leap_day, 12) == days_from_civil(2021, 2, 28));
  CHECK(add_months(days_from_civil(2020, 1, 31), 1) == leap_day);
  CHECK(add_months(days_from_civil(2020, 1, 31), -2) == days_from_civil(2019, 11, 30));
}

TEST_CASE("a skipped hour moves on and a doubled hour is its first, or for timers its last") {
  auto zone = time_zone::find("Europe/Berlin");
  REQUIRE(zone.ok());
  auto utc = [&](const char* local) { return sql((*zone)->utc_from_local(*parse_timestamp_us(local)), 0); };
  auto timer = [&](const char* local) { return sql((*zone)->utc_from_local_for_timer(*parse_timestamp_us(local)), 0); };
  CHECK(utc("2021-01-15 12:00:00") == "2021-01-15 11:00:00");
  CHECK(utc("2021-07-15 12:00:00") == "2021-07-15 10:00:00");
  CHECK(utc("2021-03-28 02:30:00") == "2021-03-28 01:30:00");
  CHECK(timer("2021-03-28 02:30:00") == "2021-03-28 01:00:00");
  CHECK(utc("2021-10-31 02:30:00") == "2021-10-31 00:30:00");
  CHECK(timer("2021-10-31 02:30:00") == "2021-10-31 01:30:00");
  CHECK(sql((*zone)->local_from_utc(*parse_timestamp_us("2021-10-31 01:30:00")), 0) == "2021-10-31 02:30:00");
}

TEST_CASE("zones are found by name or offset") {
  CHECK(time_zone::find("UTC").ok());
  CHECK((*time_zone::find("GMT+02:00"))->local_from_utc(0) == 7200 * us_per_second);
  CHECK((*time_zone::find("-8"))->local_from_utc(0) == -28800 * us_per_second);
  auto unknown = time_zone::find("Mars/Olympus");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code() == errc::unknown_name);
}
