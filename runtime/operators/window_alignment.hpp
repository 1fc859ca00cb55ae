// Where windows begin and end, and when they fire: TUMBLE, HOP and CUMULATE cut time into slices of equal length, and a
// window is a run of slices.
//
// Times are microseconds of the time attribute's own clock: of TIMESTAMP as it stands, of TIMESTAMP_LTZ the wall clock of
// the session zone, so that windows align to local midnight. Watermarks are milliseconds UTC. Threads: immutable.
#pragma once

#include "runtime/batch.hpp"
#include "runtime/operators/operator.hpp"
#include "runtime/time_zone.hpp"

namespace levada {

constexpr int64_t us_per_ms = 1000;

class window_alignment {
 public:
  // `zone` may be null; it counts only when spec.local_zone.
  window_alignment() = default;
  window_alignment(const window_spec& spec, const time_zone* zone);

  window_kind kind() const { return kind_; }
  int64_t slice_us() const { return slice_; }
  int64_t size_us() const { return size_; }
  bool is_local() const { return zone_ != nullptr; }

  // The time attribute's value on the clock windows are cut by.
  int64_t local(int64_t time) const { return zone_ ? zone_->local_from_utc(time) : time; }
  // The instant of a local time, as window_time has it.
  int64_t instant(int64_t local_time) const { return zone_ ? zone_->utc_from_local(local_time) : local_time; }

  // End of the slice that contains `time`.
  int64_t slice_end(int64_t time) const;
  // End of the last window that contains the slice ending at `slice_end`.
  int64_t last_window_end(int64_t slice_end) const;
  int64_t window_start(int64_t window_end) const;
  // The watermark at which a window with this end fires.
  int64_t timer(int64_t window_end) const;
  // The last slice boundary whose windows have fired at this watermark; watermark_none before any, watermark_end at the
  // end of input.
  int64_t fired_until(int64_t watermark) const;

 private:
  int64_t floor_to_slice(int64_t time) const;

  window_kind kind_ = window_kind::tumble;
  int64_t size_ = 0;
  int64_t slice_ = 1;
  int64_t offset_ = 0;
  const time_zone* zone_ = nullptr;
};

} // namespace levada
