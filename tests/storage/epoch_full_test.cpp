#include <csignal>

#include <sys/resource.h>

#include "tests/storage/store_fixture.hpp"

namespace levada {
namespace {

epoch_commit epoch_with(const epoch_store& store, size_t entries, size_t value_bytes) {
  auto epoch = next_epoch(store);
  delta_writer delta;
  for (size_t i = 0; i < entries; ++i)
    delta.put(static_cast<uint16_t>(i % key_group_count), std::to_string(store.last_epoch()) + "/" + std::to_string(i),
              std::string(value_bytes, 'x'));
  epoch.values = {{"position", std::to_string(epoch.epoch)}};
  epoch.deltas = {{"s", 1, delta.take()}};
  return epoch;
}

TEST_CASE_METHOD(store_fixture, "an epoch larger than the quota is refused and the store goes on") {
  quota_bytes = uint64_t{4} << 20;
  auto store = open();
  commit_ok(*store, epoch_with(*store, 10, 100));
  const auto before = entries_of(*store, "s");
  CHECK(store->commit(epoch_with(*store, 6000, 1000)).error().code() == errc::store_full);
  CHECK(store->last_epoch() == 1);
  CHECK(*store->read_value("position") == "1");
  CHECK(entries_of(*store, "s") == before);
  commit_ok(*store, epoch_with(*store, 10, 100));
  CHECK(store->last_epoch() == 2);
  CHECK(store->scrub().ok());
}

TEST_CASE_METHOD(store_fixture, "the quota ladder rises, the last tenth is for draining, and room made is usable") {
  quota_bytes = uint64_t{8} << 20;
  auto store = open();
  std::vector<quota_step> steps{store->usage().step};
  status full;
  while (full.ok() && store->last_epoch() < 200) {
    full = store->commit(epoch_with(*store, 100, 1000)).error();
    if (const auto step = store->usage().step; step != steps.back()) steps.push_back(step);
  }
  CHECK(full.code() == errc::store_full);
  CHECK(full.message().find(
            "of state.quota, 8 MiB, are used and the last tenth is kept to drain; the largest part by 's' (") !=
        std::string_view::npos);
  CHECK(store->usage().largest_store == "s");
  CHECK(steps == std::vector<quota_step>{quota_step::ample, quota_step::warn, quota_step::withhold_acks});

  auto draining = epoch_with(*store, 10, 100);
  draining.may_use_reserve = true;
  commit_ok(*store, draining);
  auto emptied = next_epoch(*store);
  emptied.removed_stores = {"s"};
  commit_ok(*store, emptied);
  CHECK(store->usage().step == quota_step::ample);
  commit_ok(*store, epoch_with(*store, 100, 1000));
  CHECK(store->scrub().ok());
}

TEST_CASE_METHOD(store_fixture, "a full disk is noticed before anything is written, and room made is usable") {
  auto store = open();
  commit_ok(*store, epoch_with(*store, 10, 100));
  faults.free_bytes = 100'000;
  const auto refused = store->commit(epoch_with(*store, 10, 100)).error();
  CHECK(refused.code() == errc::no_space);
  CHECK(refused.message().find("the disk has 97.7 KiB left, epoch 2 may need") != std::string_view::npos);
  faults.free_bytes = disk_faults::never;
  commit_ok(*store, epoch_with(*store, 10, 100));
  CHECK(store->last_epoch() == 2);
}

TEST_CASE_METHOD(store_fixture, "compacting merges every delta, changes no entry and makes room") {
  quota_bytes = uint64_t{8} << 20;
  auto store = open();
  const auto same_keys = [&] {
    auto epoch = next_epoch(*store);
    delta_writer delta;
    for (int i = 0; i < 1000; ++i)
      delta.put(static_cast<uint16_t>(i % key_group_count), std::to_string(i),
                std::string(1000, static_cast<char>('a' + epoch.epoch % 26)));
    epoch.deltas = {{"s", 1, delta.take()}};
    return epoch;
  };
  // Folds keep the deltas below their base here; a store that has erased all it held is what they leave behind.
  for (int i = 0; i < 5; ++i) commit_ok(*store, same_keys());
  auto erasing = next_epoch(*store);
  delta_writer erased;
  for (int i = 0; i < 900; ++i) erased.erase(static_cast<uint16_t>(i % key_group_count), std::to_string(i));
  erasing.deltas = {{"s", 1, erased.take()}};
  commit_ok(*store, erasing);
  const auto before = entries_of(*store, "s");
  const auto live_before = store->usage().live_bytes;
  const auto last = store->last_epoch();
  const auto freed = store->compact();
  REQUIRE(freed.ok());
  CHECK(*freed > 900 * 1000);
  CHECK(store->usage().live_bytes + *freed == live_before);
  CHECK(store->usage().delta_bytes == 0);
  CHECK(store->last_epoch() == last);
  CHECK(entries_of(*store, "s") == before);
  CHECK(store->scrub().ok());
  CHECK(*store->compact() == 0);
  store.reset();
  store = open();
  CHECK(entries_of(*store, "s") == before);
  commit_ok(*store, same_keys());
}

TEST_CASE_METHOD(store_fixture, "compacting in a full map stops where there is no room and damages nothing") {
  quota_bytes = uint64_t{4} << 20;
  auto store = open();
  status full;
  while (full.ok()) {
    auto epoch = epoch_with(*store, 60, 1000);
    epoch.may_use_reserve = true;
    full = store->commit(epoch).error();
  }
  CHECK(full.code() == errc::store_full);
  const auto before = entries_of(*store, "s");
  CHECK(store->compact().ok());
  CHECK(entries_of(*store, "s") == before);
  CHECK(store->scrub().ok());
}

TEST_CASE_METHOD(store_fixture, "after a commit that fails midway the store refuses further use, and opened anew it "
                                "holds the last whole epoch") {
  auto store = open();
  commit_ok(*store, epoch_with(*store, 1000, 100));
  const auto before = entries_of(*store, "s");

  // The kernel refuses to let the file grow: a disk that fails under LMDB's own writes.
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  auto* handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = limit;
  small.rlim_cur = static_cast<rlim_t>(files.info(data_file())->bytes);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto failed = store->commit(epoch_with(*store, 10'000, 100)).error();
  const auto refused = store->commit(epoch_with(*store, 1, 1)).error();
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, handler);

  CHECK(failed.code() == errc::store_failed);
  CHECK(refused.code() == errc::store_failed);
  CHECK(store->read_value("position").error().code() == errc::store_failed);
  CHECK(store->scrub().code() == errc::store_failed);
  store.reset();
  store = open();
  CHECK(store->last_epoch() == 1);
  CHECK(entries_of(*store, "s") == before);
  CHECK(store->scrub().ok());
  commit_ok(*store, epoch_with(*store, 10'000, 100));
}

} // namespace
} // namespace levada
