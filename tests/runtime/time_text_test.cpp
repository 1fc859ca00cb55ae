#include <catch2/catch.hpp>

#include "runtime/datetime.hpp"
#include "runtime/formats/time_text.hpp"

using namespace levada;

TEST_CASE("a timestamp is read the same after any other") {
  const std::vector<std::string> texts{
      "2026-01-01 00:00:00",     "2026-01-01 00:00:59.999", "2026-01-01 00:01:00.5", "2026-01-01 24:00:00",
      "2026-01-01 24:00:01",     "2026-01-01 23:59:60",     "2026-01-02 00:00:00",   "2026-01-01 00:60:00",
      "2026-02-31 12:00:00.123", "2026-02-31 12:00",        "2026-01-01 00:00",      "2026-01-01 00:00:0",
      "2026-01-01 00:00:00.",    "2026-01-01 00:00:00x",    "2026-01-01T00:00:00",   "2026-01-01 00:00:00.1234567891",
      "2026-01-01 00:00:00.1x",  "1969-12-31 23:59:59.999", "2026-01-01 00:00:1x",   std::string(19, '\0')};
  auto read = [](timestamp_parser& parser, const std::string& text) {
    int64_t us = 0;
    return parser.parse(text, false, us) ? std::optional{us} : std::nullopt;
  };
  int readable = 0;
  for (const auto& first : texts) {
    for (const auto& second : texts) {
      CAPTURE(first, second);
      timestamp_parser used{timestamp_style::sql};
      timestamp_parser fresh{timestamp_style::sql};
      read(used, first);
      auto expected = read(fresh, second);
      readable += expected ? 1 : 0;
      CHECK(read(used, second) == expected);
    }
  }
  CHECK(readable == 7 * static_cast<int>(texts.size()));
}
