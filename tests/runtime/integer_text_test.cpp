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

TEST_CASE("short integers are read as they are written, all else is left to others") {
  auto read = [](std::string text) {
    size_t size = text.size();
    text.resize(size + 8, '7'); // what stands behind does not count
    int64_t value = -1;
    return get_short_integer(text.data(), size, value) ? value : -1;
  };
  for (int64_t value = 0; value < 100'000'000; value += 997) REQUIRE(read(std::to_string(value)) == value);
  for (int64_t power = 1; power < 100'000'000; power *= 10) {
    CHECK(read(std::to_string(power)) == power);
    CHECK(read(std::to_string(power * 10 - 1)) == power * 10 - 1);
  }
  for (const char* other :
       {"", "100000000", "-1", "+1", "007", "00", "1.5", "1e3", "1 ", " 1", "12345x", "1:", "1/", "\"1\""}) {
    CAPTURE(other);
    CHECK(read(other) == -1);
  }
  for (int c = 0; c < 256; ++c) {
    bool digit = c >= '0' && c <= '9';
    CHECK((read(std::string(1, static_cast<char>(c))) >= 0) == digit);
    CHECK((read("12" + std::string(1, static_cast<char>(c)) + "4") >= 0) == digit);
  }
}
