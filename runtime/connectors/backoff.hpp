// How long to wait before trying a peer again: full jitter, uniform in [0, min(cap, base * 2^failures)], so that a
// fleet whose broker came back does not return in one wave.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/connectors/split_mix.hpp"

namespace levada {

class backoff {
 public:
  backoff(int64_t base_us, int64_t cap_us, uint64_t seed) : base_us_(base_us), cap_us_(cap_us), state_(seed) {}

  int64_t next_us() {
    const int64_t bound = std::min(cap_us_, base_us_ << std::min(failures_, shift_max));
    ++failures_;
    return static_cast<int64_t>(random() % static_cast<uint64_t>(bound + 1));
  }
  void reset() { failures_ = 0; }

 private:
  static constexpr int shift_max = 20;

  uint64_t random() {
    const uint64_t drawn = split_mix(state_);
    state_ += split_mix_step;
    return drawn;
  }

  int64_t base_us_;
  int64_t cap_us_;
  uint64_t state_;
  int failures_ = 0;
};

} // namespace levada
