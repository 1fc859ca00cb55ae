// What tells one message from another with the same packet id, in 64 bits: topic, payload and those properties that a
// broker must not change when it sends the message again. Never 0.
//
// The same on every machine and in every build: it is part of the state on disk. XXH3, seeded from field to field.
#pragma once

#include <cstdint>

#include "runtime/connectors/mqtt/packet.hpp"

namespace levada::mqtt {

uint64_t content_hash(const publish_packet& message);

} // namespace levada::mqtt
