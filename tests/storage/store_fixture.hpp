// A state directory of the test's own and short ways to write and read it.
#pragma once

#include <map>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "platform/clock.hpp"
#include "platform/faulty_files.hpp"
#include "storage/delta.hpp"
#include "storage/epoch_store.hpp"
#include "tests/temporary_directory.hpp"

namespace levada {

class store_fixture {
 public:
  disk_faults faults;
  faulty_files files{faults};
  system_clock clock;
  temporary_directory at;
  uint64_t quota_bytes = uint64_t{64} << 20;

  std::string directory() const { return at.path() + "/state"; }
  std::string data_file() const { return directory() + "/epochs.mdb"; }

  result<std::unique_ptr<epoch_store>> try_open(std::string job = "job 1", bool fresh = false) {
    return epoch_store::open(files, clock, {directory(), quota_bytes, std::move(job), fresh});
  }

  std::unique_ptr<epoch_store> open() {
    auto opened = try_open();
    INFO(opened.error().to_string());
    REQUIRE(opened.ok());
    return std::move(*opened);
  }
};

inline epoch_commit next_epoch(const epoch_store& store) {
  epoch_commit epoch;
  epoch.epoch = store.last_epoch() + 1;
  return epoch;
}

inline commit_report commit_ok(epoch_store& store, const epoch_commit& epoch) {
  auto report = store.commit(epoch);
  INFO(report.error().to_string());
  REQUIRE(report.ok());
  return *report;
}

using entry_map = std::map<std::pair<uint16_t, std::string>, std::string>;

inline entry_map entries_of(epoch_store& store, std::string_view id) {
  entry_map entries;
  auto read =
      store.for_each_entry(id, [&](uint16_t group, std::string_view key, std::optional<std::string_view> value) {
        if (value) entries[{group, std::string(key)}] = *value;
        else entries.erase({group, std::string(key)});
      });
  INFO(read.to_string());
  REQUIRE(read.ok());
  return entries;
}

} // namespace levada
