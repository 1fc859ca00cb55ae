// Signals as callbacks on a thread of their own, where everything is allowed.
#pragma once

#include <functional>
#include <memory>

#include "platform/status.hpp"

namespace levada {

enum class process_signal { interrupt, terminate, user1 }; // SIGINT, SIGTERM, SIGUSR1

class signal_watch {
 public:
  // Blocks the three in the calling thread and those it starts later: make it first thing in main().
  static result<std::unique_ptr<signal_watch>> make(std::function<void(process_signal)> callback);
  virtual ~signal_watch() = default;

  // Ends the process at once, as the signal would have.
  [[noreturn]] static void die_of(process_signal signal);
};

// From now on an abort, which broken logic ends in after it has said why, ends the process with this exit code.
void exit_on_abort(int code);

} // namespace levada
