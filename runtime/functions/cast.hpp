// CAST and TRY_CAST: one kernel per pair of types Flink allows.
#pragma once

#include "runtime/functions/function.hpp"

namespace levada {

// The kernel that turns `from` into `to`. errc::unsupported for a pair that has no cast. The result is `to` as nullable
// as the argument, or nullable for TRY_CAST, which yields NULL where CAST fails.
result<binding> bind_cast(const data_type& from, const data_type& to, bool try_cast, const eval_context& context);

// As bind_cast, without its checks of the pair at a call site that knows them: casts one column as a whole.
// Rows outside `in.rows` are undefined.
status cast_column(const kernel& cast, const column& from, row_set rows, const eval_context& context, column& to);

} // namespace levada
