// How far each file was read: the position of a filesystem source, as text.
//
//   one line a file: OFFSET INODE HEAD PATH, the head in hexadecimal, the path with C escapes
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "platform/status.hpp"

namespace levada {

struct file_progress {
  static constexpr size_t head_bytes = 32;

  uint64_t offset = 0; // all before it is read
  uint64_t inode = 0;
  std::string head; // the first min(head_bytes, offset) bytes
};

using file_progress_map = std::map<std::string, file_progress>;

std::string save_progress(const file_progress_map& progress);
result<file_progress_map> load_progress(std::string_view text);

} // namespace levada
