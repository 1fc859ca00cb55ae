#include "platform/file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace levada {

status system_error(int error_number, std::string_view what) {
  errc code = errc::io_error;
  switch (error_number) {
  case ENOENT:
  case ENOTDIR: code = errc::not_found; break;
  case EACCES:
  case EPERM:
  case EROFS: code = errc::permission_denied; break;
  case ENOSPC:
  case EDQUOT: code = errc::no_space; break;
  case EEXIST: code = errc::already_exists; break;
  case EAGAIN: code = errc::would_block; break;
  default: break;
  }
  return {code, std::string(what) + ": " + std::generic_category().message(error_number)};
}

namespace {

template <class F>
auto retry_interrupted(F call) {
  for (;;) {
    auto got = call();
    if (got >= 0 || errno != EINTR) return got;
  }
}

file_info info_of(const struct stat& st) {
  return {static_cast<uint64_t>(st.st_size), static_cast<uint64_t>(st.st_ino),
          static_cast<int64_t>(st.st_mtim.tv_sec) * 1'000'000 + st.st_mtim.tv_nsec / 1000, S_ISDIR(st.st_mode)};
}

class local_file final : public file {
 public:
  local_file(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  local_file(const local_file&) = delete;
  local_file& operator=(const local_file&) = delete;
  ~local_file() override { ::close(descriptor_); }

  result<size_t> read(std::span<char> into) override {
    return read_all(into, [&](char* to, size_t bytes, size_t) { return ::read(descriptor_, to, bytes); });
  }

  result<size_t> read_at(uint64_t offset, std::span<char> into) override {
    return read_all(into, [&](char* to, size_t bytes, size_t done) {
      return ::pread(descriptor_, to, bytes, static_cast<off_t>(offset + done));
    });
  }

  status write(std::string_view bytes) override {
    return write_all(bytes, [&](const char* from, size_t size, size_t) { return ::write(descriptor_, from, size); });
  }

  status write_at(uint64_t offset, std::string_view bytes) override {
    return write_all(bytes, [&](const char* from, size_t size, size_t done) {
      return ::pwrite(descriptor_, from, size, static_cast<off_t>(offset + done));
    });
  }

  status seek(uint64_t offset) override {
    return outcome(::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0 ? -1 : 0, "seek in ");
  }

  status truncate(uint64_t bytes) override {
    return outcome(retry_interrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(bytes)); }), "truncate ");
  }

  status sync_data() override {
    return outcome(retry_interrupted([&] { return ::fdatasync(descriptor_); }), "flush ");
  }

  result<file_info> info() override {
    struct stat st {};
    if (::fstat(descriptor_, &st) != 0) return failed("stat ");
    return info_of(st);
  }

  status try_lock() override {
    return outcome(retry_interrupted([&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB); }), "lock ");
  }

 private:
  status failed(std::string_view what) const { return system_error(errno, std::string(what) + path_); }
  status outcome(int returned, std::string_view what) const { return returned == 0 ? status{} : failed(what); }

  template <class F>
  result<size_t> read_all(std::span<char> into, F call) {
    size_t done = 0;
    while (done < into.size()) {
      const auto got = retry_interrupted([&] { return call(into.data() + done, into.size() - done, done); });
      if (got < 0) return failed("read ");
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  template <class F>
  status write_all(std::string_view bytes, F call) {
    size_t done = 0;
    while (done < bytes.size()) {
      const auto got = retry_interrupted([&] { return call(bytes.data() + done, bytes.size() - done, done); });
      if (got < 0) return failed("write ");
      done += static_cast<size_t>(got);
    }
    return {};
  }

  int descriptor_;
  std::string path_;
};

int flags_of(open_mode mode) {
  switch (mode) {
  case open_mode::read: return O_RDONLY;
  case open_mode::write_existing: return O_RDWR;
  case open_mode::write_or_create: return O_RDWR | O_CREAT;
  case open_mode::write_new: return O_RDWR | O_CREAT | O_EXCL;
  case open_mode::append_or_create: return O_WRONLY | O_CREAT | O_APPEND;
  }
  return O_RDONLY;
}

bool is_network(const struct statfs& fs) {
  constexpr uint32_t network_magics[] = {0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x5346414F, 0x00C36400};
  return std::ranges::find(network_magics, static_cast<uint32_t>(fs.f_type)) != std::end(network_magics);
}

std::string parent_of(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  const auto slash = end == std::string::npos ? std::string::npos : path.find_last_of('/', end);
  if (slash == std::string::npos) return end == std::string::npos ? "/" : ".";
  const auto last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

constexpr size_t path_depth_max = 256;

} // namespace

result<std::unique_ptr<file>> local_files::open(const std::string& path, open_mode mode) {
  const int descriptor = retry_interrupted([&] { return ::open(path.c_str(), flags_of(mode) | O_CLOEXEC, 0666); });
  if (descriptor < 0) return system_error(errno, "open " + path);
  return std::unique_ptr<file>(std::make_unique<local_file>(descriptor, path));
}

result<file_info> local_files::info(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return system_error(errno, "stat " + path);
  return info_of(st);
}

result<disk_space> local_files::space(const std::string& path) {
  struct statvfs vfs {};
  struct statfs fs {};
  if (::statvfs(path.c_str(), &vfs) != 0 || ::statfs(path.c_str(), &fs) != 0)
    return system_error(errno, "statvfs " + path);
  const uint64_t block = vfs.f_frsize;
  return disk_space{block * vfs.f_bavail, block * vfs.f_blocks, is_network(fs)};
}

result<std::vector<std::string>> local_files::list(const std::string& directory) {
  DIR* open_directory = ::opendir(directory.c_str());
  if (!open_directory) return system_error(errno, "list " + directory);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(open_directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int error = errno;
  ::closedir(open_directory);
  if (error != 0) return system_error(error, "list " + directory);
  std::ranges::sort(names);
  return names;
}

status local_files::make_directories(const std::string& path) {
  std::vector<std::string> missing;
  for (std::string at = path; missing.size() < path_depth_max; at = parent_of(at)) {
    struct stat st {};
    if (::stat(at.c_str(), &st) == 0) {
      if (!S_ISDIR(st.st_mode)) return system_error(ENOTDIR, "make directory " + path + ": " + at);
      break;
    }
    if (errno != ENOENT || at == parent_of(at)) return system_error(errno, "make directory " + at);
    missing.push_back(at);
  }
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    if (::mkdir(at->c_str(), 0777) != 0 && errno != EEXIST) return system_error(errno, "make directory " + *at);
    if (auto synced = sync_directory(parent_of(*at)); !synced.ok()) return synced;
  }
  return {};
}

status local_files::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error(errno, "rename " + from + " to " + to);
  return {};
}

status local_files::remove(const std::string& path) {
  if (::remove(path.c_str()) != 0) return system_error(errno, "remove " + path);
  return {};
}

status local_files::sync_directory(const std::string& path) {
  const int descriptor = retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return system_error(errno, "open " + path);
  const int error = retry_interrupted([&] { return ::fsync(descriptor); }) == 0 ? 0 : errno;
  ::close(descriptor);
  return error == 0 ? status{} : system_error(error, "flush " + path);
}

} // namespace levada
