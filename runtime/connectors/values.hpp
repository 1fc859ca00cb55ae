// A bounded source of given rows: VALUES in SQL, and tests. It is no connector of the registry, as there is nothing to
// name it by: the planner makes it.
#pragma once

#include "runtime/connectors/connector.hpp"

namespace levada {

// Emits the selected rows of `rows`, kinds included, in polls of at most rows_max. Of their columns it emits `needed`.
std::unique_ptr<source> make_values_source(batch rows, std::vector<uint32_t> needed);

} // namespace levada
