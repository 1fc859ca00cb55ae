// One thread that waits for descriptors and deadlines on behalf of everybody, so that nobody else polls and an idle
// process sleeps in the kernel.
//
// A watch fires once: when its descriptor is ready, when its deadline passes, or both. Its callback runs on the
// reactor's thread and must not block; it usually posts a message.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/clock.hpp"
#include "platform/status.hpp"

namespace levada {

class reactor {
 public:
  static constexpr int events_per_wait = 64;

  // Deadlines follow `clock`, which outlives the reactor. With a clock that is moved by hand call clock_moved().
  static result<std::unique_ptr<reactor>> make(const clock_source& clock);
  ~reactor(); // joins; pending callbacks are dropped

  using watch_id = uint64_t;

  // `descriptor` < 0: only the deadline. `deadline_us` (monotonic) < 0: only the descriptor. `events`: poll(2) bits. The
  // descriptor must stay open until the watch fired or was cancelled; one watch a descriptor at a time.
  watch_id watch(int descriptor, short events, int64_t deadline_us, std::function<void()> callback);
  // After return the callback will not start any more (it may be running on the reactor's thread).
  void cancel(watch_id id);
  void clock_moved() { wake(); }

 private:
  struct entry {
    int descriptor;
    int64_t deadline_us;
    std::function<void()> callback;
  };

  explicit reactor(const clock_source& clock) : clock_(clock) {}
  void run();
  void wake();
  void forget(std::map<watch_id, entry>::iterator it);

  const clock_source& clock_;
  int epoll_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  std::map<watch_id, entry> entries_;
  std::multimap<int64_t, watch_id> deadlines_;
  // When the thread wakes by itself, at the latest; the least value while it is awake. A watch whose deadline comes
  // later need not wake it, though the deadline it sleeps for may be gone by then.
  int64_t sleeps_until_us_ = std::numeric_limits<int64_t>::min();
  watch_id next_id_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace levada
