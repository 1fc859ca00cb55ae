// Time of the machine behind a seam: timers use the monotonic clock, the wall clock is untrusted input.
// Threads: any.
#pragma once

#include <atomic>
#include <cstdint>

namespace levada {

class clock_source {
 public:
  virtual ~clock_source() = default;
  virtual int64_t monotonic_us() const = 0;
  virtual int64_t wall_us() const = 0; // microseconds since 1970-01-01T00:00:00Z
};

class system_clock final : public clock_source {
 public:
  int64_t monotonic_us() const override;
  int64_t wall_us() const override;
};

// The machine's own; lives as long as the process.
const clock_source& machine_clock();

// The simulated twin: stands still until told.
class manual_clock final : public clock_source {
 public:
  explicit manual_clock(int64_t wall_us = 0) : wall_us_(wall_us) {}
  int64_t monotonic_us() const override { return monotonic_us_; }
  int64_t wall_us() const override { return wall_us_; }
  void advance_us(int64_t us) {
    monotonic_us_ += us;
    wall_us_ += us;
  }
  void set_wall_us(int64_t us) { wall_us_ = us; }

 private:
  std::atomic<int64_t> monotonic_us_{0};
  std::atomic<int64_t> wall_us_;
};

} // namespace levada
