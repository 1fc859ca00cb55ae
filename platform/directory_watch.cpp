#include "platform/directory_watch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "platform/file.hpp"

namespace levada {

namespace {

constexpr uint32_t changes =
    IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_CLOSE_WRITE;

// Whose every change passes through this kernel: ext2-4, xfs, btrfs, f2fs, tmpfs, ramfs, overlayfs, vfat, exfat, ubifs,
// jffs2, bcachefs, zfs.
bool tells_of_changes(const struct statfs& fs) {
  constexpr uint32_t local_magics[] = {0xEF53, 0x58465342, 0x9123683E, 0xF2F52010, 0x01021994, 0x858458F6, 0x794C7630,
                                       0x4D44, 0x2011BAB0, 0x24051905, 0x72B6,     0xCA451A4E, 0x2FC12FC1};
  return std::ranges::find(local_magics, static_cast<uint32_t>(fs.f_type)) != std::end(local_magics);
}

} // namespace

result<std::unique_ptr<directory_watch>> directory_watch::make() {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return status{errc::unsupported, "the kernel has no room for another watch of files"};
  return std::unique_ptr<directory_watch>(new directory_watch(descriptor));
}

directory_watch::~directory_watch() { close(descriptor_); }

status directory_watch::watch(const std::string& path) {
  struct statfs fs {};
  if (statfs(path.c_str(), &fs) != 0) return system_error(errno, "statfs " + path);
  if (!tells_of_changes(fs)) return {errc::unsupported, "changes below '" + path + "' may be made elsewhere"};
  if (inotify_add_watch(descriptor_, path.c_str(), changes) >= 0) return {};
  if (errno == ENOSPC || errno == ENOMEM) return {errc::unsupported, "too many watches of files"};
  return system_error(errno, "watch " + path);
}

status directory_watch::add(const std::string& directory) { return watch(directory); }

status directory_watch::add_link(const std::string& path) {
  struct stat st {};
  if (lstat(path.c_str(), &st) != 0) return system_error(errno, "stat " + path);
  return S_ISLNK(st.st_mode) ? watch(path) : status{};
}

bool directory_watch::drain() {
  alignas(inotify_event) char buffer[4096];
  bool any = false;
  while (read(descriptor_, buffer, sizeof buffer) > 0) any = true;
  return any;
}

short directory_watch::events() { return POLLIN; }

} // namespace levada
