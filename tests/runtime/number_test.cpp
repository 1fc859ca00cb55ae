#include <limits>

#include <catch2/catch.hpp>

#include "runtime/functions/decimal.hpp"
#include "runtime/number_text.hpp"

using namespace levada;

namespace {

std::string text(double value) {
  std::string out;
  append_double(value, out);
  return out;
}

int128 decimal(const char* text, int scale) {
  int128 value = 0;
  REQUIRE(parse_decimal(text, {38, scale}, value) == decimal_parse::ok);
  return value;
}

std::string text(std::optional<int128> value, int scale) {
  if (!value) return "NULL";
  std::string out;
  append_decimal(*value, scale, out);
  return out;
}

} // namespace

TEST_CASE("doubles print as in Java") {
  CHECK(text(1) == "1.0");
  CHECK(text(-0.0) == "-0.0");
  CHECK(text(0.001) == "0.001");
  CHECK(text(0.0001) == "1.0E-4");
  CHECK(text(9999999) == "9999999.0");
  CHECK(text(1e7) == "1.0E7");
  CHECK(text(12345678.9) == "1.23456789E7");
  CHECK(text(123456.75) == "123456.75");
  CHECK(text(1e300) == "1.0E300");
  CHECK(text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(text(-std::numeric_limits<double>::infinity()) == "-Infinity");
  std::string out;
  append_float(0.1F, out);
  CHECK(out == "0.1");
}

TEST_CASE("decimals print as Java's BigDecimal") {
  auto java = [](int128 value, int scale) {
    std::string out;
    append_java_decimal(value, scale, out);
    return out;
  };
  CHECK(java(-12340, 3) == "-12.340");
  CHECK(java(1, 6) == "0.000001");
  CHECK(java(1, 7) == "1E-7");
  CHECK(java(-15, 8) == "-1.5E-7");
  CHECK(java(0, 7) == "0E-7");
  CHECK(java(1, -2) == "1E+2");
}

TEST_CASE("doubles are read as in Java") {
  CHECK(parse_double("1.5") == 1.5);
  CHECK(parse_double("-1e3") == -1000);
  CHECK(parse_double(".5") == 0.5);
  CHECK(parse_double("1.5f") == 1.5);
  CHECK(parse_double("1e400") == std::numeric_limits<double>::infinity());
  CHECK(parse_double("1e-400") == 0);
  CHECK(parse_double("-Infinity") == -std::numeric_limits<double>::infinity());
  for (const char* bad : {"", "inf", "nan", "1.5x", "abc", "-", "+-1", "0x10"}) {
    INFO(bad);
    CHECK_FALSE(parse_double(bad).has_value());
  }
  CHECK(parse_integer("+12") == 12);
  CHECK_FALSE(parse_integer("+-12").has_value());
  CHECK_FALSE(parse_integer("9223372036854775808").has_value());
}

TEST_CASE("shapes of decimal results keep integer digits and at least six fraction digits") {
  CHECK(decimal_shape_of_sum({3, 2}, {4, 3}) == decimal_shape{5, 3});
  CHECK(decimal_shape_of_product({3, 2}, {4, 3}) == decimal_shape{8, 5});
  CHECK(decimal_shape_of_quotient({3, 2}, {4, 3}) == decimal_shape{11, 7});
  CHECK(decimal_shape_of_remainder({3, 2}, {4, 3}) == decimal_shape{4, 3});
  CHECK(decimal_shape_of_quotient({2, 1}, {10, 0}) == decimal_shape{13, 12});
  CHECK(decimal_shape_of_sum({38, 30}, {38, 2}) == decimal_shape{38, 6});
  CHECK(decimal_shape_of_product({20, 18}, {20, 18}) == decimal_shape{38, 33});
  CHECK(decimal_shape_of_product({38, 37}, {38, 37}) == decimal_shape{38, 35});
}

TEST_CASE("decimal arithmetic is exact, rounds half up and overflows to NULL") {
  CHECK(text(decimal_divide(decimal("1.50", 2), 2, decimal("2.125", 3), 3, {11, 7}), 7) == "0.7058824");
  CHECK(text(decimal_divide(decimal("-1", 0), 0, decimal("3", 0), 0, {38, 37}), 37) ==
        "-0.3333333333333333333333333333333333333");
  CHECK(text(decimal_multiply(decimal("1.123456789", 9), 9, decimal("3.987654321", 9), 9, {38, 15}), 15) ==
        "4.479957319112635");
  const char* large = "99999999999999999999999999999999999999";
  CHECK(text(decimal_add(decimal(large, 0), 0, 1, 0, {38, 0}), 0) == "NULL");
  CHECK(text(decimal_multiply(decimal(large, 0), 0, decimal("0.1", 37), 37, {38, 0}), 0) ==
        "10000000000000000000000000000000000000");
  CHECK(text(decimal_remainder(decimal("-7.5", 1), 1, 2, 0, {2, 1}), 1) == "-1.5");
  CHECK(text(decimal_rescale(decimal("98.5", 1), 1, {2, 0}), 0) == "99");
  CHECK(text(decimal_rescale(decimal("99.5", 1), 1, {2, 0}), 0) == "NULL");
  CHECK(text(decimal_rescale(decimal("-1.25", 2), 2, {3, 1}), 1) == "-1.3");
  CHECK(decimal_compare(decimal(large, 0), 0, decimal("0.1", 37), 37) > 0);
  CHECK(decimal_compare(decimal("1.10", 2), 2, decimal("1.1", 1), 1) == 0);
}

TEST_CASE("decimals are read and rounded to their scale") {
  auto read = [](const char* in, decimal_shape to) {
    int128 value = 0;
    switch (parse_decimal(in, to, value)) {
    case decimal_parse::ok: return text(std::optional{value}, to.scale);
    case decimal_parse::malformed: return std::string{"malformed"};
    default: return std::string{"overflow"};
    }
  };
  CHECK(read("1.235", {10, 2}) == "1.24");
  CHECK(read("-1.235", {10, 2}) == "-1.24");
  CHECK(read("1e2", {10, 2}) == "100.00");
  CHECK(read("125e-2", {10, 1}) == "1.3");
  CHECK(read(".5", {10, 2}) == "0.50");
  CHECK(read("0.004", {10, 2}) == "0.00");
  CHECK(read("0.005", {10, 2}) == "0.01");
  CHECK(read("99.995", {4, 2}) == "overflow");
  CHECK(read("12345678901", {10, 2}) == "overflow");
  CHECK(read("", {10, 2}) == "malformed");
  CHECK(read("1.2.3", {10, 2}) == "malformed");
  CHECK(read("1e", {10, 2}) == "malformed");
  CHECK(text(decimal_from_double(1.005, {10, 2}), 2) == "1.01");
  CHECK(decimal_to_double(decimal("0.1", 20), 20) == 0.1);
  CHECK(decimal_to_int64_wrapping(decimal("9123.87", 2), 2) == 9123);
}
