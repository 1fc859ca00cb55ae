#include "runtime/operators/slot_array.hpp"

#include <cstring>
#include <new>
#include <utility>

namespace levada {

namespace {

constexpr std::align_val_t line_alignment{64};

} // namespace

slot_pool::~slot_pool() {
  for (std::byte* line : kept_) ::operator delete(line, line_alignment);
}

std::byte* slot_pool::take() {
  ++lent_;
  if (!kept_.empty()) {
    std::byte* line = kept_.back();
    kept_.pop_back();
    return line;
  }
  size_t bytes = size_t{block_bytes_} * slot_array::line_ids;
  auto* line = static_cast<std::byte*>(::operator new(bytes, line_alignment));
  std::memset(line, 0, bytes);
  return line;
}

void slot_pool::give_back(std::byte* line) {
  --lent_;
  if (kept_.size() > lent_ && kept_.size() >= 64) {
    ::operator delete(line, line_alignment);
    return;
  }
  std::memset(line, 0, size_t{block_bytes_} * slot_array::line_ids);
  kept_.push_back(line);
}

size_t slot_pool::memory_bytes() const { return (lent_ + kept_.size()) * size_t{block_bytes_} * slot_array::line_ids; }

slot_array::slot_array(slot_array&& other) noexcept
    : pool_(other.pool_), block_bytes_(other.block_bytes_), count_(std::exchange(other.count_, 0)),
      lines_(std::move(other.lines_)) {
  other.lines_.clear();
}

slot_array& slot_array::operator=(slot_array&& other) noexcept {
  if (this != &other) {
    drop();
    pool_ = other.pool_;
    block_bytes_ = other.block_bytes_;
    count_ = std::exchange(other.count_, 0);
    lines_ = std::move(other.lines_);
    other.lines_.clear();
  }
  return *this;
}

void slot_array::erase(uint32_t id) {
  line& at = lines_[id / line_ids];
  uint64_t bit = uint64_t{1} << (id % line_ids);
  std::memset(at.blocks + (id % line_ids) * block_bytes_, 0, block_bytes_);
  at.present &= ~bit;
  at.dirty &= ~bit;
  at.saved &= ~bit;
  --count_;
}

void slot_array::drop() {
  for (line& at : lines_) {
    if (at.blocks) pool_->give_back(at.blocks);
  }
  lines_.clear();
  count_ = 0;
}

} // namespace levada
