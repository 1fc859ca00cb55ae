#include <catch2/catch.hpp>

#include "runtime/formats/integer_text.hpp"

using namespace levada;

namespace {

std::string written(int64_t value) {
  char text[integer_bytes_max];
  return {text, put_integer(text, value)};
}

} // namespace

TEST_CASE("integers are written as they are read, whatever their length") {
  for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10) {
    for (int64_t digit = 1; digit <= 9; ++digit) {
      for (int64_t value : {digit * power - 1, digit * power, digit * power + 1}) {
        CHECK(written(value) == std::to_string(value));
        CHECK(written(-value) == std::to_string(-value));
      }
    }
  }
  for (int64_t value = 0; value < 100'000'000; value += 997) REQUIRE(written(value) == std::to_string(value));
  CHECK(written(INT64_MAX) == std::to_string(INT64_MAX));
  CHECK(written(INT64_MIN) == std::to_string(INT64_MIN));
}
