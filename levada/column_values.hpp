// Between the values of the public API and columns.
#pragma once

#include "levada/levada.hpp"
#include "platform/status.hpp"
#include "runtime/batch.hpp"

namespace levada {

// Appends `v` to `into`. errc::type_mismatch names both types; errc::value_out_of_range for integers that do not fit.
status append_value(const value& v, column& into);
// All values of a row; `columns` grow by one each or not at all.
status append_row(const row& values, std::span<column> columns, const schema& shape);
value value_at(const column& from, uint32_t row_index);

} // namespace levada
