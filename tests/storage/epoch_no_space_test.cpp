#include "tests/storage/store_fixture.hpp"
#include "tests/support/filling_disk.hpp"

namespace levada {
namespace {

constexpr uint64_t page_bytes = 4096;
constexpr uint64_t plenty = uint64_t{1} << 30;

epoch_commit epoch_of(const epoch_store& store, size_t entries) {
  auto epoch = next_epoch(store);
  delta_writer delta;
  for (size_t i = 0; i < entries; ++i)
    delta.put(static_cast<uint16_t>(i % key_group_count), std::to_string(epoch.epoch) + "/" + std::to_string(i),
              std::string(1000, 'x'));
  epoch.values = {{"position", std::to_string(epoch.epoch)}};
  epoch.deltas = {{"s", 1, delta.take()}};
  return epoch;
}

TEST_CASE_METHOD(store_fixture, "a disk that fills up while an epoch is written costs the epoch and nothing else, "
                                "however far it came, and room made is usable") {
  uint64_t refusals = 0;
  for (uint64_t room = 0; refusals == room / page_bytes; room += page_bytes) {
    INFO(room << " bytes left");
    auto store = std::move(*try_open("job 1", true));
    commit_ok(*store, epoch_of(*store, 10));
    commit_ok(*store, epoch_of(*store, 10));
    const auto before = entries_of(*store, "s");
    const auto next = epoch_of(*store, 30);
    {
      const testing::filling_disk disk(directory(), room, plenty);
      const auto outcome = store->commit(next).error();
      if (disk.refused() == 0) {
        CHECK(outcome.ok());
        break;
      }
      ++refusals;
      CHECK(outcome.code() == errc::no_space);
      CHECK(outcome.message().find("the disk is full; the state is that of epoch 2 still") != std::string_view::npos);
      CHECK(store->last_epoch() == 2);
      CHECK(*store->read_value("position") == "2");
      CHECK(entries_of(*store, "s") == before);
      CHECK(store->commit(next).error().code() == errc::no_space);
    }
    commit_ok(*store, next);
    CHECK(store->last_epoch() == 3);
    CHECK(entries_of(*store, "s").size() == before.size() + 30);
    CHECK(store->scrub().ok());
    store.reset();
    store = open();
    CHECK(store->last_epoch() == 3);
    CHECK(entries_of(*store, "s").size() == before.size() + 30);
    CHECK(store->scrub().ok());
  }
  CHECK(refusals > 5);
}

TEST_CASE_METHOD(store_fixture, "a store opened after its process died on a full disk holds the last whole epoch") {
  auto store = open();
  commit_ok(*store, epoch_of(*store, 10));
  const auto before = entries_of(*store, "s");
  {
    const testing::filling_disk disk(directory(), 3 * page_bytes, plenty);
    CHECK(store->commit(epoch_of(*store, 30)).error().code() == errc::no_space);
    store.reset();
    store = open();
    CHECK(store->last_epoch() == 1);
    CHECK(entries_of(*store, "s") == before);
  }
  commit_ok(*store, epoch_of(*store, 30));
  CHECK(store->scrub().ok());
}

} // namespace
} // namespace levada
