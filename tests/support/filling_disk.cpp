#include "tests/support/filling_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "platform/check.hpp"

namespace levada::testing {

namespace {

struct disk_state {
  std::string directory;
  uint64_t room_bytes;
  uint64_t told_bytes;
  uint64_t refused = 0;
};

std::mutex mutex;
std::optional<disk_state> disk;

template <class F>
F* real(const char* name) {
  auto* found = reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
  check(found != nullptr);
  return found;
}

bool is_below(int descriptor, const std::string& directory) {
  char path[4096];
  const auto length = readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path, sizeof path);
  return length > 0 && std::string(path, static_cast<size_t>(length)).starts_with(directory + "/");
}

// How many of the bytes may be written; what is inside the file already has its blocks.
size_t admit(int descriptor, size_t bytes, int64_t offset) {
  const std::lock_guard guard(mutex);
  if (!disk || !is_below(descriptor, disk->directory)) return bytes;
  struct stat info {};
  if (fstat(descriptor, &info) != 0) return bytes;
  const int64_t grown = offset + static_cast<int64_t>(bytes) - std::max<int64_t>(offset, info.st_size);
  const uint64_t wanted = grown > 0 ? static_cast<uint64_t>(grown) : 0;
  const uint64_t given = std::min(wanted, disk->room_bytes);
  disk->room_bytes -= given;
  if (given < wanted) ++disk->refused;
  return bytes - static_cast<size_t>(wanted - given);
}

ssize_t no_space() {
  errno = ENOSPC;
  return -1;
}

ssize_t write_at(int descriptor, const void* from, size_t bytes, int64_t offset) {
  const size_t admitted = admit(descriptor, bytes, offset);
  if (admitted == 0 && bytes > 0) return no_space();
  static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite64");
  return next(descriptor, from, admitted, offset);
}

ssize_t write_parts(int descriptor, std::span<const iovec> parts) {
  size_t bytes = 0;
  for (const auto& part : parts) bytes += part.iov_len;
  size_t left = admit(descriptor, bytes, lseek(descriptor, 0, SEEK_CUR));
  if (left == 0 && bytes > 0) return no_space();
  std::vector<iovec> admitted;
  for (const auto& part : parts) {
    if (left == 0) break;
    admitted.push_back({part.iov_base, std::min(left, part.iov_len)});
    left -= admitted.back().iov_len;
  }
  static auto* const next = real<ssize_t(int, const iovec*, int)>("writev");
  return next(descriptor, admitted.data(), static_cast<int>(admitted.size()));
}

int tell(const char* path, struct statvfs* into) {
  static auto* const next = real<int(const char*, struct statvfs*)>("statvfs64");
  const int code = next(path, into);
  const std::lock_guard guard(mutex);
  if (code != 0 || !disk || !std::string_view(path).starts_with(disk->directory)) return code;
  into->f_bavail = (disk->refused > 0 ? disk->room_bytes : disk->told_bytes) / into->f_frsize;
  return 0;
}

} // namespace

filling_disk::filling_disk(const std::string& directory, uint64_t room_bytes, uint64_t told_bytes) {
  const std::lock_guard guard(mutex);
  check(!disk);
  disk = disk_state{directory, room_bytes, told_bytes};
}

filling_disk::~filling_disk() {
  const std::lock_guard guard(mutex);
  disk.reset();
}

uint64_t filling_disk::refused() const {
  const std::lock_guard guard(mutex);
  return disk->refused;
}

} // namespace levada::testing

// In place of the C library's. The headers bind pwrite and statvfs to their 64-bit names; LMDB may call the plain one.
extern "C" {

[[gnu::visibility("default")]] ssize_t plain_pwrite(int descriptor, const void* from, size_t bytes,
                                                    __off_t offset) __asm__("pwrite");
ssize_t plain_pwrite(int descriptor, const void* from, size_t bytes, __off_t offset) {
  return levada::testing::write_at(descriptor, from, bytes, offset);
}

[[gnu::visibility("default")]] ssize_t pwrite(int descriptor, const void* from, size_t bytes, off_t offset) {
  return levada::testing::write_at(descriptor, from, bytes, offset);
}

[[gnu::visibility("default")]] ssize_t writev(int descriptor, const iovec* parts, int count) {
  return levada::testing::write_parts(descriptor, {parts, static_cast<size_t>(count)});
}

[[gnu::visibility("default")]] int statvfs(const char* path, struct statvfs* into) noexcept {
  return levada::testing::tell(path, into);
}

} // extern "C"
