#include "storage/dump.hpp"

#include <vector>

#include "tests/storage/store_fixture.hpp"

namespace levada {
namespace {

TEST_CASE_METHOD(store_fixture, "a dump shows the last epoch, also while a run has the state open") {
  auto store = open();
  auto epoch = next_epoch(*store);
  epoch.wall_time_us = 17;
  epoch.values = {{"source.bids", std::string("7\0\n\\", 4)}};
  delta_writer delta;
  delta.put(3, "b", std::string(70, 'x'));
  delta.put(3, "a", "1");
  delta.put(2, "gone", "2");
  delta.erase(2, "gone");
  epoch.deltas = {{"1.tumble", 2, delta.take()}};
  epoch.dead_letters = {{"bids", "line 4", "not JSON", "{"}};
  commit_ok(*store, epoch);

  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  REQUIRE(dump_state({.directory = directory(), .entries = true}, keep).ok());
  REQUIRE(lines.size() == 8);
  CHECK(lines[0] == "job job 1");
  CHECK(lines[1] == "epoch 1, wall time 17 us");
  CHECK(lines[2] == "value source.bids = 7\\x00\\x0a\\x5c");
  CHECK(lines[3].starts_with("store 1.tumble: schema 2, 2 entries, base 0 bytes, deltas "));
  CHECK(lines[4] == "  group 3 a = 1");
  CHECK(lines[5] == "  group 3 b = " + std::string(64, 'x') + "...");
  CHECK(lines[6] == "dead letters 1, dropped 0");
  CHECK(lines[7] == "  0 bids line 4: not JSON: {");
  commit_ok(*store, next_epoch(*store));
}

TEST_CASE_METHOD(store_fixture, "a dump of a directory without a state makes none") {
  REQUIRE(files.make_directories(directory()).ok());
  CHECK(dump_state({.directory = directory()}, [](auto) {}).code() == errc::not_found);
  CHECK(files.list(directory())->empty());
}

} // namespace
} // namespace levada
