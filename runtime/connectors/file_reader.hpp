// A file as chunks (chunk_buffer.hpp).
#pragma once

#include <memory>
#include <string>

#include "platform/file.hpp"
#include "runtime/connectors/chunk_buffer.hpp"

namespace levada {

class file_reader {
 public:
  status open(file_system& files, const std::string& path, uint64_t offset);
  void close() { file_.reset(); }
  bool is_open() const { return file_ != nullptr; }

  // Bytes not consumed yet, and where in the file they start.
  chunk pending() const { return buffer_.pending(); }
  size_t pending_bytes() const { return buffer_.pending_bytes(); }
  uint64_t offset() const { return offset_; }
  void consume(size_t bytes);

  // Reads on behind what is pending; at_end() when the file has no more for now. errc::malformed_record when a single
  // record exceeds record_bytes_max.
  status fill();
  bool at_end() const { return at_end_; }

  // The first `count` bytes of the file, fewer if it is shorter.
  result<std::string> head(size_t count);

 private:
  std::unique_ptr<file> file_;
  std::string path_;
  chunk_buffer buffer_;
  uint64_t offset_ = 0; // of what is pending
  bool at_end_ = false;
};

} // namespace levada
