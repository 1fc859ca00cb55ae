// Input as chunks that end where a record may not: what the decoder leaves over is carried into the next chunk, so that
// a record is always whole in one of them. Memory is used again once nobody's strings point into it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runtime/formats/format.hpp"

namespace levada {

class chunk_buffer {
 public:
  static constexpr size_t chunk_bytes = 256 * 1024;
  static constexpr size_t buffers_kept_max = 16;

  // Bytes not consumed yet.
  chunk pending() const { return {memory_, {memory_.get() + begin_, end_ - begin_}}; }
  size_t pending_bytes() const { return end_ - begin_; }
  void consume(size_t bytes);
  void clear() { begin_ = end_ = 0; }

  // Where bytes behind the pending ones go; call added() with how many came. Earlier chunks stay as they are. Empty:
  // what is pending has reached record_bytes_max.
  std::span<char> room();
  void added(size_t bytes);

 private:
  struct kept {
    std::shared_ptr<char[]> memory;
    size_t bytes = 0;
  };
  kept take(size_t bytes);

  std::shared_ptr<char[]> memory_;
  size_t capacity_ = 0;
  std::vector<kept> kept_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

} // namespace levada
