// Reason codes of a broker as errors a user can act on.
#pragma once

#include <string>
#include <string_view>

#include "platform/status.hpp"
#include "runtime/connectors/mqtt/packet.hpp"

namespace levada::mqtt {

// "not authorized (0x87)".
std::string reason_text(uint8_t code);

// REQUIRES packet.reason != 0.
status connect_refused(const connack_packet& packet, version spoken);
// REQUIRES code >= first_failure; what was refused in `what`, e.g. "subscribing to 'a/#'".
status request_refused(std::string_view what, uint8_t code, std::string_view properties);
status disconnected_by_broker(const disconnect_packet& packet);

// Trying again cannot help: somebody has to change the configuration, here or at the broker.
bool is_final(errc code);

} // namespace levada::mqtt
