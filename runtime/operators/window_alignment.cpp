#include "runtime/operators/window_alignment.hpp"

namespace levada {

namespace {

// Beyond this, event time counts as ended: boundaries in microseconds would overflow.
constexpr int64_t watermark_ms_max = std::numeric_limits<int64_t>::max() / us_per_ms / 2;

int64_t floor_to(int64_t time, int64_t step, int64_t offset) {
  int64_t beyond = (time - offset) % step;
  return time - (beyond < 0 ? beyond + step : beyond);
}

} // namespace

window_alignment::window_alignment(const window_spec& spec, const time_zone* zone)
    : kind_(spec.kind), size_(spec.size_ms * us_per_ms), slice_(size_), offset_(spec.offset_ms * us_per_ms),
      zone_(spec.local_zone ? zone : nullptr) {
  if (kind_ == window_kind::hop || kind_ == window_kind::cumulate) slice_ = spec.slide_ms * us_per_ms;
  if (kind_ == window_kind::session || kind_ == window_kind::attached) slice_ = us_per_ms;
  check(slice_ > 0);
}

int64_t window_alignment::floor_to_slice(int64_t time) const { return floor_to(time, slice_, offset_); }

int64_t window_alignment::slice_end(int64_t time) const { return floor_to_slice(time) + slice_; }

int64_t window_alignment::last_window_end(int64_t slice_end) const {
  switch (kind_) {
  case window_kind::hop: return slice_end + size_ - slice_;
  case window_kind::cumulate: return floor_to(slice_end - slice_, size_, offset_) + size_;
  default: return slice_end;
  }
}

int64_t window_alignment::window_start(int64_t window_end) const {
  return kind_ == window_kind::cumulate ? floor_to(window_end - slice_, size_, offset_) : window_end - size_;
}

int64_t window_alignment::timer(int64_t window_end) const {
  int64_t last = window_end - us_per_ms;
  if (zone_) last = zone_->utc_from_local_for_timer(last);
  return floor_to(last, us_per_ms, 0) / us_per_ms;
}

int64_t window_alignment::fired_until(int64_t watermark) const {
  if (watermark > watermark_ms_max) return watermark_end;
  if (watermark < -watermark_ms_max) return watermark_none;
  int64_t time = (watermark + 1) * us_per_ms;
  if (!zone_) return floor_to_slice(time);
  // A local clock that is put forward or back moves timers by the change: the guess is corrected step by step.
  int64_t boundary = floor_to_slice(zone_->local_from_utc(time));
  while (timer(boundary + slice_) <= watermark) boundary += slice_;
  while (timer(boundary) > watermark) boundary -= slice_;
  return boundary;
}

} // namespace levada
