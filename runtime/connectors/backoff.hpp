// How long to wait before trying a peer again: full jitter, uniform in [0, min(cap, base * 2^failures)], so that a
// fleet whose broker came back does not return in one wave.
#pragma once

#include <algorithm>
#include <cstdint>

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

  // splitmix64 (Steele, Lea, Flood 2014)
  uint64_t random() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  int64_t base_us_;
  int64_t cap_us_;
  uint64_t state_;
  int failures_ = 0;
};

} // namespace levada
