// A job graph as text for people: from each sink down to its sources, with operators, schemas, changelog, parallelism
// and exchanges. Stable: tests compare it.
#pragma once

#include <string>

#include "runtime/job_graph.hpp"

namespace levada {

std::string explain(const job_graph& graph);

} // namespace levada
