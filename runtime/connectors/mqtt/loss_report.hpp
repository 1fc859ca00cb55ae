// One line on stderr when a broker goes, and one when it is back: not one for each attempt.
#pragma once

#include <cstdio>
#include <string>

#include "runtime/connectors/mqtt/session.hpp"

namespace levada::mqtt {

class loss_report {
 public:
  explicit loss_report(std::string table) : table_(std::move(table)) {}

  void look_at(const session& of) {
    const bool lost = of.current() == session::state::offline && !of.last_loss().ok();
    if (lost && of.last_loss().message() != told_) {
      told_ = of.last_loss().message();
      std::fprintf(stderr, "levada: table '%s': %s; trying again\n", table_.c_str(),
                   of.last_loss().to_string().c_str());
    } else if (of.current() == session::state::online && !told_.empty()) {
      told_.clear();
      std::fprintf(stderr, "levada: table '%s': connected to the broker\n", table_.c_str());
    }
  }

 private:
  std::string table_;
  std::string told_;
};

} // namespace levada::mqtt
