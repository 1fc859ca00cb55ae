// FLOOR(time TO unit) and CEIL(time TO unit).
#pragma once

#include "runtime/functions/function.hpp"

namespace levada {

// Arguments: a point in time, the unit as a string literal. `up`: CEIL.
result<binding> bind_time_floor(const bind_request& request, bool up);

} // namespace levada
