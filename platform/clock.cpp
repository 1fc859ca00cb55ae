#include "platform/clock.hpp"

#include <time.h>

namespace levada {

namespace {

int64_t read_us(clockid_t id) {
  timespec now;
  clock_gettime(id, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

} // namespace

const clock_source& machine_clock() {
  static const system_clock clock;
  return clock;
}

int64_t system_clock::monotonic_us() const { return read_us(CLOCK_MONOTONIC); }
int64_t system_clock::wall_us() const { return read_us(CLOCK_REALTIME); }

} // namespace levada
