#include "runtime/operators/operator.hpp"

namespace levada {

status stream_operator::snapshot(delta_writer&) { return {}; }

status stream_operator::restore(uint16_t, std::string_view, const std::string_view*) {
  return {errc::state_mismatch, "the committed state has entries for an operator that keeps none"};
}

} // namespace levada
