#include "platform/status.hpp"

#include <catch2/catch.hpp>

using namespace levada;

TEST_CASE("a default status is success and carries no text") {
  const status fine;
  CHECK(fine.ok());
  CHECK(fine.code() == errc::ok);
  CHECK(fine.message().empty());
  CHECK(fine.to_string() == "ok");
}

TEST_CASE("a failure prints its number in four digits, then its text") {
  const status failure{errc::malformed_record, "line 3 is not JSON"};
  CHECK_FALSE(failure.ok());
  CHECK(failure.to_string() == "LV0300: line 3 is not JSON");
  CHECK(code_text(errc::memory_limit) == "LV0500");
}

TEST_CASE("at() puts the place in front of the text and leaves success alone") {
  const status failure{errc::io_error, "cannot read"};
  CHECK(failure.at("bids.json").to_string() == "LV0100: bids.json: cannot read");
  CHECK(failure.at("bids.json").code() == errc::io_error);
  CHECK(failure.message() == "cannot read");
  CHECK(status{}.at("bids.json").ok());
}

TEST_CASE("a result holds either its value or the error that prevented it") {
  result<std::string> value{std::string{"42"}};
  REQUIRE(value.ok());
  CHECK(*value == "42");
  CHECK(value->size() == 2);
  CHECK(value.error().ok());

  const result<std::string> failure{status{errc::not_found, "no such table"}};
  REQUIRE_FALSE(failure.ok());
  CHECK(failure.error().code() == errc::not_found);
}

TEST_CASE("a result gives its value away when it is an rvalue") {
  result<std::unique_ptr<int>> owned{std::make_unique<int>(7)};
  const std::unique_ptr<int> taken = *std::move(owned);
  REQUIRE(taken);
  CHECK(*taken == 7);
}
