// What a job tells people while its store fills up: each thing once, with figures and the way out.
// Threads: one.
#pragma once

#include <functional>
#include <string>

#include "platform/status.hpp"
#include "storage/epoch_store.hpp"

namespace levada {

using warning_function = std::function<void(const std::string& text)>;

class quota_watch {
 public:
  // `warn` may be null.
  quota_watch(std::string job, warning_function warn) : job_(std::move(job)), warn_(std::move(warn)) {}

  // After every commit. Warns, once, when the usage passes the first step of the ladder.
  void committed(const epoch_usage& usage);
  // The disk has no room for an epoch: reading pauses until it has.
  void paused(const status& why);
  void resumed();

  // The job ends because its epoch `refused` did not fit. `committed`: it went into the reserve, nothing is lost.
  static status give_up(const status& refused, bool committed, uint64_t last_epoch);

 private:
  void warn(const std::string& text) const;

  std::string job_;
  warning_function warn_;
  bool warned_ = false;
  bool paused_ = false;
};

} // namespace levada
