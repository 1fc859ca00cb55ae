#include "platform/signals.hpp"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace levada {

namespace {

process_signal named(int number) {
  return number == SIGINT    ? process_signal::interrupt
         : number == SIGTERM ? process_signal::terminate
                             : process_signal::user1;
}

class signal_thread final : public signal_watch {
 public:
  signal_thread(int descriptor, int stop, std::function<void(process_signal)> callback)
      : descriptor_(descriptor), stop_(stop), callback_(std::move(callback)), thread_([this] { run(); }) {}

  ~signal_thread() override {
    uint64_t one = 1;
    [[maybe_unused]] auto written = write(stop_, &one, sizeof one);
    thread_.join();
    close(descriptor_);
    close(stop_);
  }

 private:
  void run() {
    pollfd wanted[] = {{descriptor_, POLLIN, 0}, {stop_, POLLIN, 0}};
    for (;;) {
      if (poll(wanted, 2, -1) < 0) continue;
      if (wanted[1].revents) return;
      signalfd_siginfo info;
      if (read(descriptor_, &info, sizeof info) == sizeof info) callback_(named(static_cast<int>(info.ssi_signo)));
    }
  }

  int descriptor_;
  int stop_;
  std::function<void(process_signal)> callback_;
  std::thread thread_; // last: it uses the rest
};

} // namespace

result<std::unique_ptr<signal_watch>> signal_watch::make(std::function<void(process_signal)> callback) {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  int descriptor = signalfd(-1, &set, SFD_CLOEXEC);
  int stop = eventfd(0, EFD_CLOEXEC);
  if (descriptor < 0 || stop < 0) return status{errc::io_error, std::string("signalfd: ") + strerror(errno)};
  return std::unique_ptr<signal_watch>(std::make_unique<signal_thread>(descriptor, stop, std::move(callback)));
}

void signal_watch::die_of(process_signal signal) {
  _exit(128 + (signal == process_signal::interrupt ? SIGINT : SIGTERM));
}

namespace {

std::atomic<int> abort_code{0};

extern "C" void leave(int) { std::_Exit(abort_code.load(std::memory_order_relaxed)); }

} // namespace

void exit_on_abort(int code) {
  abort_code = code;
  std::signal(SIGABRT, leave);
}

} // namespace levada
