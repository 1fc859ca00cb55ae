// A digest of a job as far as its state depends on it: operators, their keys, types and expressions, and where
// positions come from. Parallelism, chaining and settings may change between runs.
#pragma once

#include <string>

#include "runtime/job_graph.hpp"

namespace levada {

// 16 hexadecimal digits (FNV-1a, 64 bits).
std::string fingerprint_of(const job_graph& graph);

} // namespace levada
