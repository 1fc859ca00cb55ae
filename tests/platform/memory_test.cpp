#include "platform/memory.hpp"

#include <catch2/catch.hpp>

namespace levada {
namespace {

constexpr uint64_t mebibyte = 1 << 20;

TEST_CASE("growing past the ceiling changes nothing and names the largest holders") {
  memory_budget budget(10 * mebibyte);
  memory_charge join(budget, "3.join");
  memory_charge window(budget, "4.window");
  REQUIRE(join.resize(6 * mebibyte).ok());
  REQUIRE(window.resize(3 * mebibyte).ok());
  const auto refused = window.resize(5 * mebibyte);
  CHECK(refused.code() == errc::memory_limit);
  CHECK(refused.message() == "4.window needs 2 MiB more, but memory.limit is 10 MiB; held by 3.join (6 MiB), "
                             "4.window (3 MiB)");
  CHECK(window.bytes() == 3 * mebibyte);
  CHECK(budget.used_bytes() == 9 * mebibyte);
  REQUIRE(window.resize(4 * mebibyte).ok());
}

TEST_CASE("a charge is given back when its holder shrinks or goes, and the peak stays") {
  memory_budget budget(100);
  {
    memory_charge batches(budget, "batches");
    REQUIRE(batches.resize(80).ok());
    REQUIRE(batches.resize(10).ok());
    CHECK(budget.used_bytes() == 10);
  }
  CHECK(budget.used_bytes() == 0);
  CHECK(budget.peak_bytes() == 80);
  CHECK(budget.uses().empty());
}

TEST_CASE("loans give way to charges: they are never refused, and whoever would make more is told to wait") {
  memory_budget budget(10 * mebibyte);
  memory_charge state(budget, "3.group");
  REQUIRE(state.resize(6 * mebibyte).ok());
  {
    memory_loan batch(budget, 3 * mebibyte);
    CHECK(budget.used_bytes() == 9 * mebibyte);
    CHECK(budget.has_room(mebibyte));
    CHECK_FALSE(budget.has_room(2 * mebibyte));
    // State may take what is only lent: the sum comes down again when the batch is delivered.
    REQUIRE(state.resize(9 * mebibyte).ok());
    CHECK_FALSE(budget.has_room(0));
    CHECK(budget.overdrawn("3.group", 3 * mebibyte).ok());
    memory_loan burst(budget, mebibyte);
    CHECK(budget.overdrawn("4.filter", mebibyte).ok());
    const auto failed = budget.overdrawn("3.group", 3 * mebibyte);
    CHECK(failed.code() == errc::memory_limit);
    CHECK(failed.message() ==
          "3.group gives out more at once than fits, 3 MiB: 13 MiB are used, but memory.limit is 10 MiB; "
          "held by 3.group (9 MiB), batches under way (4 MiB)");
  }
  // Nothing under way: one step is always possible, or a job near its ceiling would stand still for ever.
  CHECK(budget.has_room(5 * mebibyte));
  const auto refused = state.resize(11 * mebibyte);
  CHECK(refused.code() == errc::memory_limit);
  CHECK(refused.message().find("3.group needs 2 MiB more") == 0);
}

TEST_CASE("charges of one name are summed") {
  memory_budget budget;
  memory_charge first(budget, "batches");
  memory_charge second(budget, "batches");
  memory_charge state(budget, "state");
  REQUIRE(first.resize(5).ok());
  REQUIRE(second.resize(6).ok());
  REQUIRE(state.resize(7).ok());
  const auto uses = budget.uses();
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].name == "batches");
  CHECK(uses[0].bytes == 11);
  CHECK(uses[1].bytes == 7);
}

} // namespace
} // namespace levada
