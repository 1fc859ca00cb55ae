#include "storage/epoch_store.hpp"

#include "tests/storage/store_fixture.hpp"

namespace levada {
namespace {

TEST_CASE_METHOD(store_fixture, "a new store has no epochs, values or entries") {
  auto store = open();
  CHECK(store->last_epoch() == 0);
  CHECK_FALSE(store->finished());
  CHECK(store->read_value("source.bids").error().code() == errc::not_found);
  CHECK(store->value_ids()->empty());
  CHECK(entries_of(*store, "1.tumble").empty());
  CHECK(store->scrub().ok());
}

TEST_CASE_METHOD(store_fixture, "what an epoch commits is there after the store is opened anew") {
  {
    auto store = open();
    epoch_commit epoch = next_epoch(*store);
    epoch.wall_time_us = 1'700'000'000'000'000;
    epoch.values = {{"source.bids", "offset 7"}, {"watermark", ""}};
    delta_writer delta;
    delta.put(3, "a", "1");
    delta.put(127, "b", "2");
    delta.erase(3, "a");
    epoch.deltas = {{"1.tumble", 1, delta.take()}, {"2.count", 4, {}}};
    const auto report = commit_ok(*store, epoch);
    CHECK(report.payload_bytes > 0);
    CHECK(report.written_bytes >= 4096);
    CHECK(report.folded_bytes == 0);
  }
  auto store = open();
  CHECK(store->last_epoch() == 1);
  CHECK(store->last_wall_time_us() == 1'700'000'000'000'000);
  CHECK(*store->read_value("source.bids") == "offset 7");
  CHECK(store->read_value("watermark")->empty());
  CHECK(*store->value_ids() == std::vector<std::string>{"source.bids", "watermark"});
  CHECK(entries_of(*store, "1.tumble") == entry_map{{{127, "b"}, "2"}});
  CHECK(store->stores()->size() == 1);
  CHECK(store->scrub().ok());
}

TEST_CASE_METHOD(store_fixture, "the deltas of one store in one epoch apply in their order") {
  auto store = open();
  delta_writer first;
  delta_writer second;
  first.put(1, "k", "old");
  first.put(2, "only", "first");
  second.put(1, "k", "new");
  auto epoch = next_epoch(*store);
  epoch.deltas = {{"s", 1, first.take()}, {"other", 1, {}}, {"s", 1, second.take()}};
  commit_ok(*store, epoch);
  CHECK(entries_of(*store, "s") == entry_map{{{1, "k"}, "new"}, {{2, "only"}, "first"}});
}

TEST_CASE_METHOD(store_fixture, "removed values and stores are gone, and a store may begin again with a new schema") {
  auto store = open();
  delta_writer delta;
  delta.put(0, "k", "v");
  auto epoch = next_epoch(*store);
  epoch.values = {{"a", "1"}, {"b", "2"}};
  epoch.deltas = {{"s", 1, delta.take()}};
  commit_ok(*store, epoch);

  epoch = next_epoch(*store);
  delta.put(0, "k2", "v2");
  epoch.deltas = {{"s", 2, delta.take()}};
  CHECK(store->commit(epoch).error().code() == errc::state_mismatch);
  epoch.removed_stores = {"s", "never there"};
  epoch.removed_values = {"a", "never there"};
  commit_ok(*store, epoch);
  CHECK(*store->value_ids() == std::vector<std::string>{"b"});
  CHECK(entries_of(*store, "s") == entry_map{{{0, "k2"}, "v2"}});
  CHECK(store->stores()->front().schema == 2);
  CHECK(store->scrub().ok());
}

TEST_CASE_METHOD(store_fixture, "the state of another job is refused, names both, and stays as it is") {
  commit_ok(*open(), [] {
    epoch_commit epoch;
    epoch.epoch = 5;
    epoch.values = {{"position", "7"}};
    return epoch;
  }());
  const auto refused = try_open("job 2").error();
  CHECK(refused.code() == errc::state_mismatch);
  CHECK(refused.message().find("'job 1', not to 'job 2'") != std::string_view::npos);
  CHECK(open()->last_epoch() == 5);
  auto fresh = try_open("job 2", true);
  REQUIRE(fresh.ok());
  CHECK((*fresh)->last_epoch() == 0);
  CHECK((*fresh)->value_ids()->empty());
}

TEST_CASE_METHOD(store_fixture, "a directory has one store at a time") {
  auto first = open();
  CHECK(try_open().error().code() == errc::store_locked);
  CHECK(try_open("job 1", true).error().code() == errc::store_locked);
  first.reset();
  CHECK(try_open().ok());
}

TEST_CASE_METHOD(store_fixture, "a job that has finished says so to the next run") {
  auto epoch = next_epoch(*open());
  epoch.finished = true;
  commit_ok(*open(), epoch);
  CHECK(open()->finished());
}

TEST_CASE_METHOD(store_fixture, "a crash while the state is made leaves nothing in the way") {
  REQUIRE(files.make_directories(directory()).ok());
  auto torn = files.open(data_file() + ".new", open_mode::write_new);
  REQUIRE((*torn)->write("half a page").ok());
  CHECK(open()->last_epoch() == 0);
}

TEST_CASE_METHOD(store_fixture, "a malformed delta changes nothing") {
  auto store = open();
  auto epoch = next_epoch(*store);
  epoch.values = {{"position", "1"}};
  epoch.deltas = {{"s", 1, "\x01noise"}};
  CHECK(store->commit(epoch).error().code() == errc::corrupt_value);
  CHECK(store->last_epoch() == 0);
  epoch.deltas.clear();
  commit_ok(*store, epoch);
  CHECK(store->scrub().ok());
}

TEST_CASE_METHOD(store_fixture, "dead letters keep their order and their bytes; the oldest go first and are counted") {
  auto store = open();
  const std::string payload("\0\xff raw", 6);
  for (int round = 0; round < 3; ++round) {
    auto epoch = next_epoch(*store);
    epoch.wall_time_us = round;
    for (int i = 0; i < 4000; ++i)
      epoch.dead_letters.push_back({"bids", std::to_string(round * 4000 + i), "not JSON", payload});
    commit_ok(*store, epoch);
  }
  store.reset();
  store = open();
  CHECK(store->dead_letters_dropped() == 2000);
  uint64_t expected = 2000;
  auto read = store->for_each_dead_letter([&](uint64_t sequence, int64_t wall_time_us, const dead_letter& letter) {
    REQUIRE(sequence == expected);
    REQUIRE(letter.position == std::to_string(expected));
    REQUIRE(wall_time_us == static_cast<int64_t>(expected / 4000));
    REQUIRE(letter.payload == payload);
    ++expected;
  });
  CHECK(read.ok());
  CHECK(expected == 12'000);
}

TEST_CASE_METHOD(store_fixture, "dead letters are bounded in bytes, and a long payload is cut") {
  auto store = open();
  auto epoch = next_epoch(*store);
  const std::string longer(epoch_store_limits::dead_letter_bytes_max + 1, 'x');
  for (int i = 0; i < 300; ++i) epoch.dead_letters.push_back({"bids", std::to_string(i), "too long", longer});
  commit_ok(*store, epoch);
  uint64_t bytes = 0;
  auto read = store->for_each_dead_letter([&](uint64_t, int64_t, const dead_letter& letter) {
    bytes += letter.payload.size();
    REQUIRE(letter.payload.size() == epoch_store_limits::dead_letter_bytes_max);
  });
  CHECK(read.ok());
  CHECK(bytes <= epoch_store_limits::dead_letters_bytes_max);
  CHECK(store->dead_letters_dropped() > 0);
}

} // namespace
} // namespace levada
