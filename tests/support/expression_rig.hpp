// Evaluates SQL expressions from their text, as a query without FROM does, and checks tables of expectations. The
// tables in tests/runtime/functions_*_test.cpp were written by Flink 2.2: TYPEOF(expression) and its value as CAST AS
// STRING shows it.
#pragma once

#include <span>
#include <string>

#include "platform/clock.hpp"
#include "runtime/registry.hpp"

namespace levada::testing {

struct expectation {
  const char* expression;
  const char* type;  // "error": the expression is refused, or fails
  const char* value; // "NULL" for NULL
};

class expression_rig {
 public:
  struct outcome {
    std::string type;  // "error"
    std::string value; // the message of an error
  };

  expression_rig();
  outcome evaluate(const std::string& expression) const;
  void verify(std::span<const expectation> table) const;

 private:
  registry plugins_;
  manual_clock clock_;
};

} // namespace levada::testing
