// A disk that somebody else fills up while a program writes to it. Stands in front of the C library's pwrite, writev and
// statvfs in this program, so that LMDB's own writes meet it: they come out short, then fail with ENOSPC, as on ext4 and
// tmpfs. Link the .cpp into the test; without a filling_disk alive it passes everything on.
#pragma once

#include <cstdint>
#include <string>

namespace levada::testing {

class filling_disk {
 public:
  // Files under `directory` may grow by `room_bytes` in all, though whoever asks is told of `told_bytes`, until the first
  // write that does not fit. One at a time. Threads: any.
  filling_disk(const std::string& directory, uint64_t room_bytes, uint64_t told_bytes);
  ~filling_disk(); // there is room again
  filling_disk(const filling_disk&) = delete;
  filling_disk& operator=(const filling_disk&) = delete;

  // Writes that came out short or failed.
  uint64_t refused() const;
};

} // namespace levada::testing
