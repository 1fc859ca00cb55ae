// Topic names and filters: what may be published to, what may be subscribed to.
#pragma once

#include <string_view>

#include "platform/status.hpp"

namespace levada::mqtt {

// errc::invalid_argument says what is wrong: empty, too long, not UTF-8, a wildcard.
status check_topic_name(std::string_view name);
// Wildcards only as whole levels, '#' only last. "$share/group/filter" is a filter too.
status check_topic_filter(std::string_view filter);
// REQUIRES a valid filter. Topics that start with '$' match no filter that starts with a wildcard.
bool matches(std::string_view filter, std::string_view topic);

} // namespace levada::mqtt
