// The door to the disk: files, directories and free space behind a seam, so that a test can put a faulty disk
// in place of the real one (platform/faulty_files.hpp).
// Errors: not_found, permission_denied, no_space, already_exists, would_block, else io_error; each message
// names the path and what the system said. Threads: a file has one user at a time; a file_system any number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"

namespace levada {

enum class open_mode {
  read,             // must exist
  write_existing,   // must exist; read and written
  write_or_create,  // read and written, created when absent, never truncated
  write_new,        // must not exist
  append_or_create, // every write goes to the end
};

struct file_info {
  uint64_t bytes = 0;
  uint64_t inode = 0;      // tells a rotated file from a grown one
  int64_t modified_us = 0; // since 1970
  bool directory = false;
};

struct disk_space {
  uint64_t free_bytes = 0; // for a process without privileges
  uint64_t total_bytes = 0;
  bool network = false; // NFS, SMB and the like: locks and flushes cannot be trusted
};

class file {
 public:
  virtual ~file() = default;

  // The number of bytes read, less than asked only at the end of the file (of a pipe: when its writers have closed it,
  // which is waited for); 0 at the end.
  virtual result<size_t> read(std::span<char> into) = 0;
  virtual result<size_t> read_at(uint64_t offset, std::span<char> into) = 0;

  // All bytes or an error; after an error an unknown part of them is written.
  virtual status write(std::string_view bytes) = 0;
  virtual status write_at(uint64_t offset, std::string_view bytes) = 0;

  virtual status seek(uint64_t offset) = 0;
  virtual status truncate(uint64_t bytes) = 0;

  // Durable after ok. After an error the data must be taken as lost: do not retry (the kernel may have marked
  // the pages clean).
  virtual status sync_data() = 0;

  virtual result<file_info> info() = 0;

  // Exclusive against other opens of the file, in this process too, until closed; would_block when taken.
  virtual status try_lock() = 0;
};

class file_system {
 public:
  virtual ~file_system() = default;

  virtual result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) = 0;
  virtual result<file_info> info(const std::string& path) = 0;
  virtual result<disk_space> space(const std::string& path) = 0;

  // Names without "." and "..", sorted.
  virtual result<std::vector<std::string>> list(const std::string& directory) = 0;

  // Creates missing parents too and makes every directory entry it creates durable.
  virtual status make_directories(const std::string& path) = 0;

  virtual status rename(const std::string& from, const std::string& to) = 0;
  virtual status remove(const std::string& path) = 0; // not_found when absent
  virtual status sync_directory(const std::string& path) = 0;
};

// The machine's own files. Stateless: any number of them are the same disk.
class local_files final : public file_system {
 public:
  result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override;
  result<file_info> info(const std::string& path) override;
  result<disk_space> space(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override;
  status make_directories(const std::string& path) override;
  status rename(const std::string& from, const std::string& to) override;
  status remove(const std::string& path) override;
  status sync_directory(const std::string& path) override;
};

// The error of a failed system call: "WHAT: No space left on device".
status system_error(int error_number, std::string_view what);

} // namespace levada
