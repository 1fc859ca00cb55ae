// How window_aggregate keeps its windows: by slices, as attached to the rows, or as sessions. Rows arrive in segments
// within which no window fires.
#pragma once

#include <memory>

#include "runtime/operators/window_groups.hpp"
#include "runtime/operators/window_segments.hpp"

namespace levada {

class window_engine {
 public:
  virtual ~window_engine() = default;

  // The first physical row of [from, in.rows) after which some window fires, the rows of this batch included; in.rows when
  // none. `rows` are the selected rows from `from` on.
  virtual uint32_t next_firing_row(const batch& in, row_set rows, uint32_t from) = 0;
  // Takes rows in; late ones are counted and dropped. `watermark_before_row` of each is in force when it is processed.
  virtual void add(const batch& in, row_set rows) = 0;
  // Event time has come to `watermark`: fires what is due, in order of window ends.
  virtual void advance(int64_t watermark, output& out) = 0;

  virtual void snapshot(delta_writer& delta) = 0;
  // One entry in commit order; null removes.
  virtual status restore(uint16_t key_group, std::string_view key, const std::string_view* value) = 0;
  virtual void restored() = 0;
};

std::unique_ptr<window_engine> make_slice_windows(window_groups& groups);
std::unique_ptr<window_engine> make_attached_windows(window_groups& groups);
std::unique_ptr<window_engine> make_session_windows(window_groups& groups);

} // namespace levada
