// What a programmer would write by hand for the work of engine_bench, on one thread and for this work alone: the limits
// levada is measured against. They read the same batches, and give their rows to a sum as levada's output does.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <vector>

namespace levada::bench {

// Rows and an order-insensitive checksum of a result.
struct tally {
  uint64_t rows = 0;
  uint64_t sum = 0;
  bool operator==(const tally&) const = default;
};

// Weighs a group's values so that counts given to the wrong key or window show.
inline uint64_t group_sum(int64_t key, int64_t count, int64_t end_ms) {
  return static_cast<uint64_t>(key) * static_cast<uint64_t>(count) + static_cast<uint64_t>(end_ms);
}

// SELECT a, b + c, d * 2 WHERE a < limit, into dense columns that are then summed.
class filter_map_loop {
 public:
  void process(const int64_t* a, const int64_t* b, const int64_t* c, const int64_t* d, uint32_t rows, int64_t limit) {
    x_.resize(rows);
    y_.resize(rows);
    z_.resize(rows);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rows; ++i) {
      x_[kept] = a[i];
      y_[kept] = b[i] + c[i];
      z_[kept] = d[i] * 2;
      kept += a[i] < limit ? 1 : 0;
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < kept; ++i) sum += static_cast<uint64_t>(x_[i] + y_[i] + z_[i]);
    result_.rows += kept;
    result_.sum += sum;
  }
  const tally& result() const { return result_; }

 private:
  std::vector<int64_t> x_, y_, z_;
  tally result_;
};

// COUNT(*) by key in windows of `slices` slices: open addressing from a key to one count a slice, a table for each
// window when there is but one slice (tumbling), one table with a ring of slices when there are more (hopping).
class window_count_loop {
 public:
  window_count_loop(int64_t slice_ms, uint32_t slices, uint32_t keys)
      : slice_ms_(slice_ms), slices_(slices), capacity_(std::bit_ceil(keys * 2)),
        shift_(64 - std::countr_zero(capacity_)) {}

  // `watermarks[i]`: after row i.
  void process(const int64_t* key, const int64_t* time_us, const int64_t* watermarks, uint32_t rows) {
    uint32_t from = 0;
    while (from < rows) {
      uint32_t to = rows;
      if (watermarks[rows - 1] >= next_end_ - 1) {
        to = from;
        while (watermarks[to] < next_end_ - 1) ++to;
        ++to;
      }
      for (uint32_t i = from; i < to; ++i) add(key[i], time_us[i] / 1000);
      if (to > from && watermarks[to - 1] >= next_end_ - 1) fire_until(watermarks[to - 1]);
      from = to;
    }
  }
  void finish() {
    while (!open_.empty()) fire();
  }
  const tally& result() const { return result_; }

 private:
  struct slot {
    int64_t key;
    int64_t count;
  };
  struct slice {
    std::vector<slot> slots;
  };

  void add(int64_t key, int64_t time_ms) {
    const int64_t number = time_ms / slice_ms_;
    if (number != current_number_) {
      auto& s = open_[number];
      if (s.slots.empty()) s.slots.assign(capacity_, slot{empty, 0});
      current_ = s.slots.data();
      current_number_ = number;
      next_end_ = std::min(next_end_, (number + 1) * slice_ms_);
    }
    ++find(current_, key).count;
  }

  slot& find(slot* slots, int64_t key) const {
    auto at = static_cast<uint32_t>(static_cast<uint64_t>(key) * 0x9E3779B97F4A7C15ull >> shift_);
    while (slots[at].key != key) {
      if (slots[at].key == empty) {
        slots[at].key = key;
        break;
      }
      at = (at + 1) & (capacity_ - 1);
    }
    return slots[at];
  }

  void fire_until(int64_t watermark) {
    while (!open_.empty() && watermark >= next_end_ - 1) fire();
  }

  // The window that ends at next_end_: the sum of its slices; the oldest slice is done with.
  void fire() {
    const int64_t last = next_end_ / slice_ms_ - 1;
    const int64_t first = last - slices_ + 1;
    if (slices_ == 1) {
      emit(open_.at(last).slots.data());
    } else {
      merged_.assign(capacity_, slot{empty, 0});
      for (auto s = open_.lower_bound(first); s != open_.end() && s->first <= last; ++s) {
        for (const auto& from : s->second.slots) {
          if (from.key != empty) find(merged_.data(), from.key).count += from.count;
        }
      }
      emit(merged_.data());
    }
    open_.erase(first);
    current_number_ = -1;
    next_end_ = open_.empty() ? last_end : std::max(open_.begin()->first + 1, last + 2) * slice_ms_;
  }

  void emit(const slot* slots) {
    for (uint32_t i = 0; i < capacity_; ++i) {
      if (slots[i].key == empty) continue;
      ++result_.rows;
      result_.sum += group_sum(slots[i].key, slots[i].count, next_end_);
    }
  }

  static constexpr int64_t empty = -1;
  static constexpr int64_t last_end = INT64_MAX;
  int64_t slice_ms_;
  uint32_t slices_;
  uint32_t capacity_;
  int shift_;
  std::map<int64_t, slice> open_;
  std::vector<slot> merged_;
  slot* current_ = nullptr;
  int64_t current_number_ = -1;
  int64_t next_end_ = last_end;
  tally result_;
};

} // namespace levada::bench
