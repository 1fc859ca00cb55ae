// A user_operator as an operator of the engine: keeps its keyed state and timers, marks what changed since the last
// epoch, and fires timers exactly between the rows where event time reaches them.
#pragma once

#include <functional>
#include <memory>

#include "levada/levada.hpp"
#include "runtime/operators/operator.hpp"

namespace levada {

std::unique_ptr<stream_operator> adapt_user_operator(std::unique_ptr<user_operator> own);

} // namespace levada
