#include "platform/reactor.hpp"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace levada {

namespace {

constexpr int64_t forever_us = std::numeric_limits<int64_t>::max();
constexpr int64_t awake_us = std::numeric_limits<int64_t>::min();

} // namespace

result<std::unique_ptr<reactor>> reactor::make(const clock_source& clock) {
  auto made = std::unique_ptr<reactor>(new reactor(clock));
  made->epoll_ = epoll_create1(EPOLL_CLOEXEC);
  made->wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made->epoll_ < 0 || made->wake_ < 0) {
    return status{errc::io_error, std::string("cannot create an event queue: ") + strerror(errno)};
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;
  epoll_ctl(made->epoll_, EPOLL_CTL_ADD, made->wake_, &event);
  made->thread_ = std::thread([r = made.get()] { r->run(); });
  return made;
}

reactor::~reactor() {
  if (thread_.joinable()) {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    wake();
    thread_.join();
  }
  if (epoll_ >= 0) close(epoll_);
  if (wake_ >= 0) close(wake_);
}

void reactor::wake() {
  uint64_t one = 1;
  // A full counter already wakes the thread.
  [[maybe_unused]] auto written = write(wake_, &one, sizeof one);
}

reactor::watch_id reactor::watch(int descriptor, short events, int64_t deadline_us, std::function<void()> callback) {
  check(descriptor >= 0 || deadline_us >= 0);
  watch_id id;
  bool earlier = false;
  {
    std::lock_guard guard(mutex_);
    id = next_id_++;
    entries_.emplace(id, entry{descriptor, deadline_us, std::move(callback)});
    if (deadline_us >= 0) {
      earlier = deadline_us < sleeps_until_us_;
      deadlines_.emplace(deadline_us, id);
    }
    if (descriptor >= 0) {
      epoll_event event{};
      event.events = EPOLLONESHOT;
      if (events & POLLIN) event.events |= EPOLLIN;
      if (events & POLLOUT) event.events |= EPOLLOUT;
      event.data.u64 = id;
      if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        // Regular files cannot be polled: they are always ready.
        int64_t now = clock_.monotonic_us();
        deadlines_.emplace(now, id);
        earlier = now < sleeps_until_us_;
      }
    }
  }
  if (earlier) wake();
  return id;
}

void reactor::forget(std::map<watch_id, entry>::iterator it) {
  if (it->second.descriptor >= 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, it->second.descriptor, nullptr);
  for (auto d = deadlines_.begin(); d != deadlines_.end();) {
    d = d->second == it->first ? deadlines_.erase(d) : std::next(d);
  }
  entries_.erase(it);
}

void reactor::cancel(watch_id id) {
  std::lock_guard guard(mutex_);
  auto it = entries_.find(id);
  if (it != entries_.end()) forget(it);
}

void reactor::run() {
  epoll_event ready[events_per_wait];
  std::vector<std::function<void()>> due;
  for (;;) {
    int timeout_ms = -1;
    {
      std::lock_guard guard(mutex_);
      if (stopping_) return;
      sleeps_until_us_ = deadlines_.empty() ? forever_us : deadlines_.begin()->first;
      if (!deadlines_.empty()) {
        int64_t left_us = deadlines_.begin()->first - clock_.monotonic_us();
        // Rounded up: waking a fraction too early would only spin.
        timeout_ms = static_cast<int>(std::clamp<int64_t>((left_us + 999) / 1000, 0, 3600 * 1000));
      }
    }
    int count = epoll_wait(epoll_, ready, events_per_wait, timeout_ms);
    {
      std::lock_guard guard(mutex_);
      sleeps_until_us_ = awake_us;
      for (int i = 0; i < count; ++i) {
        if (ready[i].data.u64 == 0) {
          uint64_t drained;
          [[maybe_unused]] auto got = read(wake_, &drained, sizeof drained);
          continue;
        }
        auto it = entries_.find(ready[i].data.u64);
        if (it == entries_.end()) continue;
        due.push_back(std::move(it->second.callback));
        forget(it);
      }
      int64_t now = clock_.monotonic_us();
      while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        auto it = entries_.find(deadlines_.begin()->second);
        due.push_back(std::move(it->second.callback));
        forget(it);
      }
    }
    for (auto& callback : due) callback();
    due.clear();
  }
}

} // namespace levada
