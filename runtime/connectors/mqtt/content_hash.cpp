#include "runtime/connectors/mqtt/content_hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "runtime/connectors/mqtt/property.hpp"

namespace levada::mqtt {

namespace {

uint64_t add(uint64_t hash, std::string_view text) { return XXH3_64bits_withSeed(text.data(), text.size(), hash); }

// What is left of a message's life shrinks while it waits; the other two belong to the connection and subscription.
bool may_change(property_id id) {
  return id == property_id::message_expiry || id == property_id::topic_alias ||
         id == property_id::subscription_identifier;
}

} // namespace

uint64_t content_hash(const publish_packet& message) {
  uint64_t hash = add(add(message.topic.size(), message.topic), message.payload);
  property_reader from(message.properties);
  property next;
  while (from.next(next)) {
    if (may_change(next.id)) continue;
    hash = add(hash ^ (uint64_t{static_cast<uint8_t>(next.id)} << 32 | next.number), next.text);
    hash = add(hash ^ next.text.size(), next.value);
  }
  return hash == 0 ? 1 : hash;
}

} // namespace levada::mqtt
