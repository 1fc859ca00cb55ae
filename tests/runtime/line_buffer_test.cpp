#include <catch2/catch.hpp>

#include "runtime/formats/line_buffer.hpp"

using namespace levada;

namespace {

std::string written(int64_t value) {
  std::string text;
  line_buffer{text}.put_integer(value);
  return text;
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

TEST_CASE("what does not fit into a line buffer goes through it in order") {
  std::string text;
  std::string expected;
  {
    line_buffer line{text};
    for (int i = 0; i < 300; ++i) {
      line.put_integer(i);
      line.put(',');
      line.put(std::string(static_cast<size_t>(i % 7 * 100), 'x'));
      expected += std::to_string(i) + "," + std::string(static_cast<size_t>(i % 7 * 100), 'x');
    }
  }
  CHECK(text == expected);
}
