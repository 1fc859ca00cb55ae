// Copying rows between columns aligned on the same physical rows: how CASE and COALESCE put a result together from
// branches that were each computed on some of the rows.
#pragma once

#include "runtime/batch.hpp"

namespace levada {

// to[row] = from[row] for each of `rows`; REQUIRES the same physical type and `to` to reach the last row. `from` may be
// constant. Strings are shared, not copied; elements of ARRAY and MAP are copied.
void copy_rows(const column& from, row_set rows, column& to);

} // namespace levada
