#include "runtime/connectors/mqtt/receive_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace levada::mqtt {

void receive_buffer::clear() {
  if (block_.use_count() > 1) {
    block_.reset();
    capacity_ = 0;
  }
  begin_ = end_ = 0;
}

void receive_buffer::make_room(size_t need) {
  const size_t held = end_ - begin_;
  // A declared length is only a claim: memory grows with what has really arrived.
  const size_t wanted = std::max(std::min(need, 2 * held), held + read_bytes_min);
  const bool shared = block_.use_count() > 1;
  const bool outgrown = held == 0 && capacity_ > block_bytes;
  if (outgrown) capacity_ = 0;
  if (outgrown || (held == 0 && !shared)) begin_ = end_ = 0;
  if (capacity_ - begin_ >= wanted) return;
  if (shared || capacity_ < wanted) {
    const size_t capacity = std::max(wanted, block_bytes);
    std::shared_ptr<char[]> fresh = std::make_shared_for_overwrite<char[]>(capacity + padding);
    std::memset(fresh.get() + capacity, 0, padding);
    if (held > 0) std::memcpy(fresh.get(), block_.get() + begin_, held);
    block_ = std::move(fresh);
    capacity_ = capacity;
  } else {
    std::memmove(block_.get(), block_.get() + begin_, held);
  }
  begin_ = 0;
  end_ = held;
}

result<size_t> receive_buffer::fill(byte_stream& from, size_t need) {
  make_room(need);
  auto got = from.read({block_.get() + end_, capacity_ - end_});
  if (got.ok()) end_ += *got;
  return got;
}

} // namespace levada::mqtt
