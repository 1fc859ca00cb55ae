// + - * / where an interval takes part.
#pragma once

#include <optional>

#include "runtime/functions/function.hpp"

namespace levada {

// Nothing when the types are none of: point in time +- interval, interval + point in time, interval +- interval of the
// same kind, interval * number, number * interval.
std::optional<binding> bind_time_arithmetic(char op, const bind_request& request);

} // namespace levada
