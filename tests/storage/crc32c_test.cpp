#include "storage/crc32c.hpp"

#include <random>
#include <string>

#include <catch2/catch.hpp>

namespace levada {
namespace {

TEST_CASE("CRC-32C gives the values of RFC 3720") {
  for (auto* sum : {&crc32c, &crc32c_by_table}) {
    CHECK(sum(std::string(32, '\0'), 0) == 0x8A9136AA);
    CHECK(sum(std::string(32, '\xff'), 0) == 0x62A8AB43);
    CHECK(sum("123456789", 0) == 0xE3069283);
    CHECK(sum("", 0) == 0);
  }
}

TEST_CASE("CRC-32C by instruction equals that by table, and may be taken in parts") {
  std::mt19937 random(1);
  for (size_t length = 0; length < 200; ++length) {
    std::string bytes(length, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    const auto whole = crc32c(bytes);
    CHECK(whole == crc32c_by_table(bytes));
    const auto cut = std::string_view(bytes).substr(0, length / 3);
    const auto rest = std::string_view(bytes).substr(length / 3);
    CHECK(crc32c(rest, crc32c(cut)) == whole);
    CHECK(crc32c_by_table(rest, crc32c_by_table(cut)) == whole);
  }
}

} // namespace
} // namespace levada
