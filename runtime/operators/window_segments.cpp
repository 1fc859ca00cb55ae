#include "runtime/operators/window_segments.hpp"

namespace levada {

uint32_t next_attached_firing(const batch& in, row_set rows, uint32_t from, const column& window_end, int64_t timer,
                              const window_alignment& alignment) {
  if (in.watermark_after <= watermark_before_row(in, from) && in.watermark_after < timer) return in.rows;
  // Rows of one window mostly come together.
  int64_t end = 0;
  int64_t own = watermark_none;
  for (uint32_t i = 0; i < rows.count; ++i) {
    int64_t before = watermark_before_row(in, rows[i]);
    if (before >= timer) break;
    if (window_end.is_null(rows[i])) continue;
    if (own == watermark_none || window_end.at<int64_t>(rows[i]) != end) {
      end = window_end.at<int64_t>(rows[i]);
      own = alignment.timer(end);
    }
    if (own > before) timer = std::min(timer, own);
  }
  return in.watermark_after < timer ? in.rows : in.first_row_reaching(timer, from);
}

} // namespace levada
