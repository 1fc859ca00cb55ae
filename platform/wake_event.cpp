#include "platform/wake_event.hpp"

#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/check.hpp"

namespace levada {

wake_event::wake_event() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { check(descriptor_ >= 0); }

wake_event::~wake_event() { close(descriptor_); }

void wake_event::ring() {
  uint64_t one = 1;
  // A full counter is readable already.
  [[maybe_unused]] auto written = write(descriptor_, &one, sizeof one);
}

void wake_event::drain() {
  uint64_t count;
  [[maybe_unused]] auto got = read(descriptor_, &count, sizeof count);
}

short wake_event::events() { return POLLIN; }

} // namespace levada
