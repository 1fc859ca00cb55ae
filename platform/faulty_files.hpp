// The disk's simulated twin: real files underneath, faults on demand. Opens, renames and the like pass through;
// writes, flushes and free space obey the plan. Threads: any; the plan may change while files are open.
#pragma once

#include <atomic>

#include "platform/file.hpp"

namespace levada {

struct disk_faults {
  static constexpr uint64_t never = UINT64_MAX;

  std::atomic<uint64_t> free_bytes{never};         // what space() reports at most
  std::atomic<uint64_t> writable_bytes{never};     // then writes fail with no_space, after writing what still fits
  std::atomic<uint64_t> syncs_before_error{never}; // then every flush fails with io_error
};

// `faults` must outlive the file system and every file it opened.
class faulty_files final : public file_system {
 public:
  explicit faulty_files(disk_faults& faults) : faults_(faults) {}

  result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override;
  result<file_info> info(const std::string& path) override { return below_.info(path); }
  result<disk_space> space(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override { return below_.list(directory); }
  status make_directories(const std::string& path) override { return below_.make_directories(path); }
  status rename(const std::string& from, const std::string& to) override { return below_.rename(from, to); }
  status remove(const std::string& path) override { return below_.remove(path); }
  status sync_directory(const std::string& path) override;

 private:
  disk_faults& faults_;
  local_files below_;
};

} // namespace levada
