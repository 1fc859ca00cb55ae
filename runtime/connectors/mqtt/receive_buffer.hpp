// Received bytes in blocks that messages may keep alive: a block somebody else holds is never moved or overwritten, the
// next bytes go to a new one. So payloads need no copy, and without holders there is no allocation.
#pragma once

#include <memory>
#include <string_view>

#include "platform/socket.hpp"

namespace levada::mqtt {

class receive_buffer {
 public:
  // Bytes that may be read behind the end of view(), whatever they hold (parsers read in wide steps).
  static constexpr size_t padding = 64;
  static constexpr size_t block_bytes = 256 * 1024;
  // A read is not worth its system call for less room than this.
  static constexpr size_t read_bytes_min = 64 * 1024;

  std::string_view view() const { return {block_.get() + begin_, end_ - begin_}; }
  void consume(size_t bytes) { begin_ += bytes; }
  void clear();

  // One read, towards a packet of `need` bytes (0: not known). view() is then longer by the bytes read.
  // Views from before stay valid only for those who hold block().
  result<size_t> fill(byte_stream& from, size_t need);
  const std::shared_ptr<char[]>& block() const { return block_; }

 private:
  void make_room(size_t need);

  std::shared_ptr<char[]> block_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

} // namespace levada::mqtt
