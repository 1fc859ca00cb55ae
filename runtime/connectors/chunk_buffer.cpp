#include "runtime/connectors/chunk_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace levada {

void chunk_buffer::consume(size_t bytes) {
  begin_ += bytes;
  check(begin_ <= end_);
}

chunk_buffer::kept chunk_buffer::take(size_t bytes) {
  for (kept& each : kept_) {
    bool ours = each.memory == memory_;
    if (each.memory.use_count() != (ours ? 2 : 1) || each.bytes < bytes) continue;
    // use_count() orders nothing; giving up a reference does: what another thread read in here is behind us now.
    std::shared_ptr<char[]>(each.memory).reset();
    return each;
  }
  kept fresh{std::make_shared_for_overwrite<char[]>(bytes + chunk_padding), bytes};
  std::memset(fresh.memory.get() + bytes, 0, chunk_padding);
  if (kept_.size() == buffers_kept_max) kept_.erase(kept_.begin());
  kept_.push_back(fresh);
  return fresh;
}

std::span<char> chunk_buffer::room() {
  size_t left = end_ - begin_;
  if (left >= record_bytes_max) return {};
  // A record that does not fit doubles its chunk, so that the bytes copied stay linear in its length.
  kept next = take(std::max(chunk_bytes, left * 2));
  if (left > 0) std::memmove(next.memory.get(), memory_.get() + begin_, left);
  memory_ = std::move(next.memory);
  capacity_ = next.bytes;
  begin_ = 0;
  end_ = left;
  return {memory_.get() + end_, capacity_ - end_};
}

void chunk_buffer::added(size_t bytes) {
  end_ += bytes;
  check(end_ <= capacity_);
  std::memset(memory_.get() + end_, 0, chunk_padding);
}

} // namespace levada
