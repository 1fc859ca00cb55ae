// Which session of its key a row belongs to: rows at most the gap apart are one session. A row opens [t, t + gap) and takes
// in every session of its key that this touches; it is late when the outcome has ended already.
//
// Sessions have dense numbers, used again once free; those of one key form a list in order of time, mostly one long. Timers
// are lazy: the heap holds the end a session had when it was scheduled, and one that has grown since is scheduled anew when
// that comes up. Times are microseconds of the alignment's clock. Threads: one.
#pragma once

#include <algorithm>
#include <queue>
#include <vector>

#include "runtime/operators/window_segments.hpp"

namespace levada {

class session_index {
 public:
  static constexpr uint32_t none = UINT32_MAX;

  struct session {
    int64_t start = 0;
    int64_t end = 0;
    int64_t scheduled = 0; // the end its entry in the heap has
    uint32_t key = none;   // id; none: no session
    uint32_t next = none;  // of the same key
  };

  // `alignment` outlives the index.
  session_index(const window_alignment& alignment, int64_t gap_us) : alignment_(&alignment), gap_(gap_us) {}

  const session& operator[](uint32_t number) const { return sessions_[number]; }
  // All numbers are below this.
  uint32_t number_end() const { return static_cast<uint32_t>(sessions_.size()); }
  uint32_t first_of(uint32_t key) const { return key < first_.size() ? first_[key] : none; }

  // As window_engine::next_firing_row; `time` is the rows' event time.
  uint32_t next_firing_row(const batch& in, row_set rows, uint32_t from, const column& time) const;

  // The session of a row of `key` at the local time `time`, opened or lengthened; none when the row is late.
  // merge(target, other): `other` is about to end, its rows now belong to `target`, which is earlier. move(target): it is
  // about to start earlier than it did.
  template <class Merge, class Move>
  uint32_t place(uint32_t key, int64_t time, int64_t watermark, Merge&& merge, Move&& move) {
    int64_t end = time + gap_;
    uint32_t target = none;
    for (uint32_t number = first_of(key); number != none;) {
      session& s = sessions_[number];
      uint32_t next = s.next;
      if (s.start <= end && s.end >= time) {
        if (target == none) {
          target = number;
        } else {
          merge(target, number);
          sessions_[target].end = std::max(sessions_[target].end, s.end);
          close(number);
        }
      }
      number = next;
    }
    if (target == none) return alignment_->timer(end) <= watermark ? none : open(key, time, end);
    session& s = sessions_[target];
    if (time < s.start) {
      move(target);
      s.start = time;
    }
    s.end = std::max(s.end, end);
    return target;
  }

  uint32_t open(uint32_t key, int64_t start, int64_t end);
  void close(uint32_t number);

  // The sessions that end at this watermark, in no order; the caller closes them. Valid until the next call.
  std::vector<uint32_t>& due(int64_t watermark);

  size_t memory_bytes() const;

 private:
  struct timer_entry {
    int64_t end;
    uint32_t number;
    bool operator>(const timer_entry& other) const {
      return end != other.end ? end > other.end : number > other.number;
    }
  };

  void schedule(uint32_t number);

  const window_alignment* alignment_;
  int64_t gap_;
  std::vector<session> sessions_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> first_; // by key id: its first session
  std::priority_queue<timer_entry, std::vector<timer_entry>, std::greater<>> timers_;
  std::vector<uint32_t> due_;
};

} // namespace levada
