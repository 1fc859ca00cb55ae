// Accumulator blocks by group id, a sparse array: the state of one window slice, or of a whole group aggregate.
//
// Ids are cut into lines of 64; a line has memory once one of its ids was touched, and one bit an id for present (has
// state), dirty (changed since the last snapshot) and saved (part of a committed or pending snapshot). Blocks of absent
// ids are zero bytes, which is the empty accumulator of every aggregate; blocks never move. Ids are visited in
// ascending order. Threads: one.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace levada {

// Lends zeroed lines of 64 blocks to slot_arrays of one block size, and keeps some returned ones for the next slice.
class slot_pool {
 public:
  explicit slot_pool(uint32_t block_bytes) : block_bytes_(block_bytes) {}
  ~slot_pool();
  slot_pool(const slot_pool&) = delete;

  uint32_t block_bytes() const { return block_bytes_; }
  std::byte* take();
  void give_back(std::byte* line);
  // Memory of all lines, lent and kept.
  size_t memory_bytes() const;

 private:
  uint32_t block_bytes_;
  uint32_t lent_ = 0;
  std::vector<std::byte*> kept_; // at most as many as are lent
};

class slot_array {
 public:
  static constexpr uint32_t line_ids = 64;

  explicit slot_array(slot_pool& pool) : pool_(&pool), block_bytes_(pool.block_bytes()) {}
  ~slot_array() { drop(); }
  slot_array(slot_array&&) noexcept;
  slot_array& operator=(slot_array&&) noexcept;

  // Makes room for ids below `end`.
  void reserve(uint32_t end) {
    if (lines_.size() * line_ids < end) lines_.resize((end + line_ids - 1) / line_ids);
  }
  // The block of `id`, present and dirty from now on. REQUIRES reserve(> id). True in `fresh` when it was absent.
  std::byte* touch(uint32_t id, bool& fresh) {
    line& at = lines_[id / line_ids];
    if (!at.blocks) at.blocks = pool_->take();
    uint64_t bit = uint64_t{1} << (id % line_ids);
    fresh = (at.present & bit) == 0;
    count_ += fresh;
    at.present |= bit;
    at.dirty |= bit;
    return at.blocks + (id % line_ids) * block_bytes_;
  }
  // blocks[i] = touch(ids[i]), and asks the cache for them; on_fresh(id) for each id that was absent.
  template <class F>
  void touch_all(std::span<const uint32_t> ids, std::byte** blocks, F&& on_fresh) {
    line* lines = lines_.data();
    size_t bytes = block_bytes_;
    for (size_t i = 0; i < ids.size(); ++i) {
      uint32_t id = ids[i];
      line& at = lines[id / line_ids];
      uint64_t bit = uint64_t{1} << (id % line_ids);
      if ((at.present & bit) == 0) [[unlikely]] {
        if (!at.blocks) at.blocks = pool_->take();
        at.present |= bit;
        ++count_;
        on_fresh(id);
      }
      at.dirty |= bit;
      blocks[i] = at.blocks + (id % line_ids) * bytes;
      __builtin_prefetch(blocks[i], 1);
    }
  }
  bool is_present(uint32_t id) const {
    return id / line_ids < lines_.size() && (lines_[id / line_ids].present >> (id % line_ids) & 1);
  }
  bool is_saved(uint32_t id) const { return lines_[id / line_ids].saved >> (id % line_ids) & 1; }
  void mark_saved(uint32_t id) {
    line& at = lines_[id / line_ids];
    at.saved |= uint64_t{1} << (id % line_ids);
    at.dirty &= ~(uint64_t{1} << (id % line_ids));
  }
  void unmark_saved(uint32_t id) { lines_[id / line_ids].saved &= ~(uint64_t{1} << (id % line_ids)); }
  // REQUIRES is_present(id).
  std::byte* at(uint32_t id) const { return lines_[id / line_ids].blocks + (id % line_ids) * block_bytes_; }
  // Zeroes the block and forgets the id. The caller has destroyed what the block owned.
  void erase(uint32_t id);

  uint32_t size() const { return count_; }

  // f(id, block) for every present id.
  template <class F>
  void for_each(F&& f) const {
    visit([](const line& at) { return at.present; }, f);
  }
  template <class F>
  void for_each_saved(F&& f) const {
    visit([](const line& at) { return at.saved; }, f);
  }
  // f(id, block) for every dirty present id, which is then clean and saved.
  template <class F>
  void save_dirty(F&& f) {
    visit([](const line& at) { return at.dirty & at.present; }, f);
    for (line& at : lines_) {
      at.saved |= at.dirty & at.present;
      at.dirty = 0;
    }
  }

  // Forgets everything; blocks go back to the pool. The caller has destroyed what they owned.
  void drop();

 private:
  struct line {
    std::byte* blocks = nullptr;
    uint64_t present = 0;
    uint64_t dirty = 0;
    uint64_t saved = 0;
  };

  template <class Bits, class F>
  void visit(Bits bits, F&& f) const {
    for (size_t n = 0; n < lines_.size(); ++n) {
      for (uint64_t left = bits(lines_[n]); left != 0; left &= left - 1) {
        auto k = static_cast<uint32_t>(std::countr_zero(left));
        f(static_cast<uint32_t>(n * line_ids) + k, lines_[n].blocks + k * block_bytes_);
      }
    }
  }

  slot_pool* pool_;
  uint32_t block_bytes_;
  uint32_t count_ = 0;
  std::vector<line> lines_;
};

} // namespace levada
