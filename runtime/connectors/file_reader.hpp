// A file as chunks that end where a record may not: what the decoder leaves over is carried into the next chunk, so
// that a record is always whole in one of them. Buffers are used again once nobody's strings point into them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/file.hpp"
#include "runtime/formats/format.hpp"

namespace levada {

class file_reader {
 public:
  static constexpr size_t chunk_bytes = 256 * 1024;
  static constexpr size_t buffers_kept_max = 16;

  status open(file_system& files, const std::string& path, uint64_t offset);
  void close() { file_.reset(); }
  bool is_open() const { return file_ != nullptr; }

  // Bytes not consumed yet, and where in the file they start.
  chunk pending() const { return {buffer_, {buffer_.get() + begin_, end_ - begin_}}; }
  size_t pending_bytes() const { return end_ - begin_; }
  uint64_t offset() const { return offset_; }
  void consume(size_t bytes);

  // Reads on behind what is pending; at_end() when the file has no more for now. errc::malformed_record when a single
  // record exceeds record_bytes_max.
  status fill();
  bool at_end() const { return at_end_; }

  result<file_info> info() { return file_->info(); }
  // The first `count` bytes of the file, fewer if it is shorter.
  result<std::string> head(size_t count);

 private:
  struct buffer {
    std::shared_ptr<char[]> memory;
    size_t bytes = 0;
  };
  buffer take_buffer(size_t bytes);

  std::unique_ptr<file> file_;
  std::string path_;
  std::shared_ptr<char[]> buffer_;
  std::vector<buffer> kept_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0; // of begin_
  bool at_end_ = false;
};

} // namespace levada
