// A descriptor that becomes readable when rung: lets one thread wake another that waits in poll or a reactor.
// Threads: ring() from any, drain() from the one that waits.
#pragma once

namespace levada {

class wake_event {
 public:
  wake_event();
  ~wake_event();
  wake_event(const wake_event&) = delete;
  wake_event& operator=(const wake_event&) = delete;

  void ring();
  void drain();
  int descriptor() const { return descriptor_; }
  // The poll(2) bits to wait for.
  static short events();

 private:
  int descriptor_;
};

} // namespace levada
