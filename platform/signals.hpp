// Signals as callbacks on a thread of their own, where everything is allowed.
#pragma once

#include <functional>
#include <memory>

#include "platform/status.hpp"

namespace levada {

class signal_watch {
 public:
  // Blocks `signals` in the calling thread and those it starts later: make it first thing in main().
  static result<std::unique_ptr<signal_watch>> make(std::initializer_list<int> signals,
                                                    std::function<void(int)> callback);
  virtual ~signal_watch() = default;
};

} // namespace levada
