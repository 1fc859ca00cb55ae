// Commit time and bytes per epoch: 10,000 dirty keys of a million, entries of 48 bytes, folds included.
//   storage_bench [DIRECTORY [EPOCHS]]
// The directory decides what a flush costs; in memory (/dev/shm) the figures are the processor's share.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "storage/delta.hpp"
#include "storage/epoch_store.hpp"

namespace {

using namespace levada;

constexpr uint32_t keys = 1'000'000;
constexpr uint32_t dirty_keys = 10'000;
constexpr uint32_t keys_per_loading_epoch = 50'000;

[[noreturn]] void stop(const status& failed) {
  std::fprintf(stderr, "storage_bench: %s\n", failed.to_string().c_str());
  std::exit(1);
}

void put_entry(delta_writer& delta, uint32_t number, uint64_t round) {
  char key[8];
  char value[40] = {};
  std::memcpy(key, &number, sizeof number);
  std::memcpy(key + 4, "key", 4);
  std::memcpy(value, &round, sizeof round);
  delta.put(static_cast<uint16_t>(number % key_group_count), {key, sizeof key}, {value, sizeof value});
}

commit_report commit(epoch_store& store, delta_writer& delta) {
  epoch_commit epoch;
  epoch.epoch = store.last_epoch() + 1;
  epoch.values = {{"source.bids", std::to_string(epoch.epoch)}};
  epoch.deltas = {{"1.tumble", 1, delta.take()}};
  auto report = store.commit(epoch);
  if (!report.ok()) stop(report.error());
  return *report;
}

double milliseconds(int64_t us) { return static_cast<double>(us) / 1000; }
double megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

} // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "storage_bench.state";
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 200;
  local_files files;
  const system_clock clock;
  auto store = epoch_store::open(files, clock, {directory, uint64_t{4} << 30, "bench", true});
  if (!store.ok()) stop(store.error());

  delta_writer delta;
  for (uint32_t key = 0; key < keys; ++key) {
    put_entry(delta, key, 0);
    if ((key + 1) % keys_per_loading_epoch == 0) commit(**store, delta);
  }

  std::mt19937 random(1);
  std::vector<int64_t> commit_us;
  int64_t hand_over_us = 0;
  uint64_t payload_bytes = 0;
  uint64_t written_bytes = 0;
  for (int round = 1; round <= epochs; ++round) {
    const auto started_us = clock.monotonic_us();
    for (uint32_t i = 0; i < dirty_keys; ++i) put_entry(delta, random() % keys, static_cast<uint64_t>(round));
    hand_over_us += clock.monotonic_us() - started_us;
    const auto report = commit(**store, delta);
    commit_us.push_back(report.duration_us);
    payload_bytes += report.payload_bytes;
    written_bytes += report.written_bytes;
  }
  const auto info = (*store)->stores()->front();

  store->reset();
  const auto reopened_us = clock.monotonic_us();
  auto again = epoch_store::open(files, clock, {directory, uint64_t{4} << 30, "bench", false});
  if (!again.ok()) stop(again.error());
  uint64_t operations = 0;
  auto read = (*again)->for_each_entry("1.tumble", [&](auto, auto, auto) { ++operations; });
  if (!read.ok()) stop(read);
  const auto restore_us = clock.monotonic_us() - reopened_us;

  std::ranges::sort(commit_us);
  const auto count = static_cast<double>(commit_us.size());
  std::printf("commit of %u dirty keys of %u: median %.1f ms, p99 %.1f ms, hand-over %.2f ms; delta %.2f MB, "
              "written %.2f MB per epoch; base %.0f MB, deltas %.0f MB, file %.0f MB; "
              "restore %.0f ms for %.1f M operations\n",
              dirty_keys, keys, milliseconds(commit_us[commit_us.size() / 2]),
              milliseconds(commit_us[commit_us.size() * 99 / 100]), milliseconds(hand_over_us) / count,
              megabytes(payload_bytes) / count, megabytes(written_bytes) / count, megabytes(info.base_bytes),
              megabytes(info.delta_bytes), megabytes((*again)->usage().file_bytes), milliseconds(restore_us),
              static_cast<double>(operations) / 1e6);
  return 0;
}
