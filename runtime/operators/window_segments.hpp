// Cuts a batch where windows fire, so that every row meets the windows exactly as if it had come alone. A batch within
// which nothing fires is one segment.
#pragma once

#include <numeric>
#include <vector>

#include "runtime/operators/window_alignment.hpp"

namespace levada {

// Watermark in force when physical row `row` is processed.
inline int64_t watermark_before_row(const batch& in, uint32_t row) {
  return row == 0 ? in.watermark_before : in.watermark_at(row - 1);
}

class window_segments {
 public:
  // next_firing_row(rows, from): the first physical row >= `from` after which a window fires, given the selected rows from
  // there on; in.rows when none. add(rows): takes a segment in. fire(row): its watermark is due.
  template <class Next, class Add, class Fire>
  void cut(const batch& in, Next&& next_firing_row, Add&& add, Fire&& fire) {
    row_set all = in.selected();
    uint32_t next = 0; // index into the selection
    for (uint32_t from = 0; from < in.rows;) {
      row_set left = rows_from(all, next, from, in.rows);
      uint32_t firing = next_firing_row(left, from);
      uint32_t count = left.count;
      if (firing < in.rows) {
        count = 0;
        while (count < left.count && left[count] <= firing) ++count;
      }
      if (count > 0) add(row_set{left.indices, count});
      if (firing >= in.rows) return;
      fire(firing);
      next += count;
      from = firing + 1;
    }
  }

 private:
  // The selected rows from physical row `from` on, which is number `next` of them.
  row_set rows_from(row_set all, uint32_t next, uint32_t from, uint32_t rows) {
    if (all.indices) return {all.indices + next, all.count - next};
    if (from == 0) return all;
    if (identity_.size() < rows) {
      identity_.resize(rows);
      std::iota(identity_.begin(), identity_.end(), 0u);
    }
    return {identity_.data() + from, rows - from};
  }

  std::vector<uint32_t> identity_;
};

// Of windows that rows carry along: `timer` is that of the next window known before the batch.
uint32_t next_attached_firing(const batch& in, row_set rows, uint32_t from, const column& window_end, int64_t timer,
                              const window_alignment& alignment);

} // namespace levada
