// DISTINCT for any aggregate: a set of the values seen, with how often, in front of the aggregate itself.
#pragma once

#include <memory>

#include "runtime/functions/aggregate.hpp"

namespace levada::aggregates {

// `plain` itself unless the request says DISTINCT.
std::shared_ptr<const aggregate> with_distinct(std::shared_ptr<const aggregate> plain,
                                               const aggregate_request& request);

} // namespace levada::aggregates
