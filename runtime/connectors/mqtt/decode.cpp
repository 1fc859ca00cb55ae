#include <cstring>

#include <simdjson.h>

#include "runtime/connectors/mqtt/codec.hpp"
#include "runtime/connectors/mqtt/property.hpp"
#include "runtime/connectors/mqtt/wire.hpp"

namespace levada::mqtt {

namespace {

constexpr std::string_view type_names[] = {"reserved", "CONNECT",  "CONNACK",    "PUBLISH", "PUBACK",      "PUBREC",
                                           "PUBREL",   "PUBCOMP",  "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK",
                                           "PINGREQ",  "PINGRESP", "DISCONNECT", "AUTH"};

status malformed(packet_type type, std::string_view why) {
  return {errc::protocol_error,
          "malformed " + std::string(type_names[static_cast<size_t>(type)]) + " packet: " + std::string(why)};
}

// The properties at the front of `from`, without their length; none under 3.1.1.
std::string_view take_properties(wire_reader& from, packet_type type, version spoken) {
  if (spoken != version::v5) return {};
  const auto encoded = from.bytes(from.variable());
  if (!encoded.empty() && !valid_properties(encoded, type)) from.fail();
  return encoded;
}

constexpr std::string_view bad_fields = "a field is missing, too long or not allowed here";

// PUBREL, SUBSCRIBE and UNSUBSCRIBE carry a fixed pattern in the flags, for no reason the standard gives.
uint8_t fixed_flags(packet_type type) {
  return type == packet_type::pubrel || type == packet_type::subscribe || type == packet_type::unsubscribe ? 2 : 0;
}

} // namespace

bool is_text(std::string_view bytes) {
  constexpr uint64_t ones = 0x0101010101010101;
  constexpr uint64_t highs = 0x8080808080808080;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    // A byte that is zero or not ASCII leaves its high bit set.
    if ((((word - ones) & ~word) | word) & highs) break;
  }
  for (; left > 0 && left < 8; ++at, --left)
    if (static_cast<signed char>(*at) <= 0) break; // plain char is unsigned on ARM
  if (left == 0) return true;
  return std::memchr(at, 0, left) == nullptr && simdjson::validate_utf8(at, left);
}

result<packet_header> decode_header(std::string_view bytes) {
  packet_header header;
  if (bytes.size() < 2) return header;
  const auto first = static_cast<uint8_t>(bytes[0]);
  header.type = static_cast<packet_type>(first >> 4);
  header.flags = first & 15;
  if (first >> 4 == 0) return malformed(header.type, "the packet type is 0; is this an MQTT broker?");
  if (header.type != packet_type::publish && header.flags != fixed_flags(header.type))
    return malformed(header.type, "reserved flags are set");
  const size_t available = std::min(bytes.size(), fixed_header_bytes_max);
  for (size_t i = 1; i < available; ++i) {
    const auto next = static_cast<uint8_t>(bytes[i]);
    header.body_bytes |= size_t{next & 0x7fu} << (7 * (i - 1));
    if (next < 0x80) {
      header.header_bytes = i + 1;
      return header;
    }
  }
  if (available == fixed_header_bytes_max) return malformed(header.type, "its length takes more than four bytes");
  header.body_bytes = 0;
  return header;
}

result<publish_packet> decode_publish(const packet_frame& frame, version spoken) {
  publish_packet packet;
  packet.duplicate = frame.flags & 8;
  packet.qos = frame.flags >> 1 & 3;
  packet.retain = frame.flags & 1;
  if (packet.qos > qos_max) return malformed(frame.type, "QoS 3 does not exist");
  wire_reader from(frame.body);
  packet.topic = from.text();
  if (packet.qos > 0) {
    packet.packet_id = from.u16();
    if (packet.packet_id == 0) from.fail();
  }
  packet.properties = take_properties(from, frame.type, spoken);
  if (!from.ok()) return malformed(frame.type, bad_fields);
  if (packet.topic.empty()) return malformed(frame.type, "it has no topic, and no topic alias was agreed");
  packet.payload = from.rest();
  return packet;
}

result<ack_packet> decode_ack(const packet_frame& frame, version spoken) {
  ack_packet packet;
  packet.type = frame.type;
  wire_reader from(frame.body);
  packet.packet_id = from.u16();
  if (packet.packet_id == 0) from.fail();
  if (spoken == version::v5 && !from.empty()) {
    packet.reason = from.u8();
    if (!from.empty()) packet.properties = take_properties(from, frame.type, spoken);
  }
  if (!from.ok() || !from.empty()) return malformed(frame.type, bad_fields);
  return packet;
}

result<connack_packet> decode_connack(const packet_frame& frame, version spoken) {
  connack_packet packet;
  wire_reader from(frame.body);
  const uint8_t flags = from.u8();
  packet.session_present = flags & 1;
  packet.reason = from.u8();
  // A broker that does not speak version 5 may answer a refusal in the shape of 3.1.1.
  if (!(packet.reason != 0 && from.empty())) packet.properties = take_properties(from, frame.type, spoken);
  if (!from.ok() || !from.empty() || flags > 1) return malformed(frame.type, bad_fields);
  return packet;
}

result<subscription_ack_packet> decode_subscription_ack(const packet_frame& frame, version spoken) {
  subscription_ack_packet packet;
  packet.type = frame.type;
  wire_reader from(frame.body);
  packet.packet_id = from.u16();
  packet.properties = take_properties(from, frame.type, spoken);
  if (!from.ok() || packet.packet_id == 0) return malformed(frame.type, bad_fields);
  packet.reasons = from.rest();
  return packet;
}

result<disconnect_packet> decode_disconnect(const packet_frame& frame, version spoken) {
  disconnect_packet packet;
  wire_reader from(frame.body);
  if (spoken == version::v5 && !from.empty()) {
    packet.reason = from.u8();
    if (!from.empty()) packet.properties = take_properties(from, frame.type, spoken);
  }
  if (!from.ok() || !from.empty()) return malformed(frame.type, bad_fields);
  return packet;
}

status decode_ping(const packet_frame& frame) {
  return frame.body.empty() ? status{} : malformed(frame.type, "it has a body");
}

result<connect_packet> decode_connect(const packet_frame& frame) {
  connect_packet packet;
  wire_reader from(frame.body);
  if (from.text() != "MQTT") from.fail();
  const uint8_t level = from.u8();
  packet.protocol = static_cast<version>(level);
  if (from.ok() && packet.protocol != version::v3_1_1 && packet.protocol != version::v5)
    return malformed(frame.type, "protocol level " + std::to_string(level) + " is not 3.1.1 or 5");
  const uint8_t flags = from.u8();
  packet.clean_start = flags & 2;
  packet.keep_alive_s = from.u16();
  packet.properties = take_properties(from, frame.type, packet.protocol);
  packet.client_id = from.text();
  if (flags & 0x3d) return malformed(frame.type, "a will is not supported, or a reserved flag is set");
  if (flags & 0x80) packet.username = from.text();
  if (flags & 0x40) packet.password = from.binary();
  if (!from.ok() || !from.empty()) return malformed(frame.type, bad_fields);
  return packet;
}

result<subscribe_packet> decode_subscribe(const packet_frame& frame, version spoken) {
  subscribe_packet packet;
  wire_reader from(frame.body);
  packet.packet_id = from.u16();
  packet.properties = take_properties(from, frame.type, spoken);
  while (from.ok() && !from.empty() && packet.filters.size() < filters_max) {
    subscription& next = packet.filters.emplace_back();
    next.filter = from.text();
    const uint8_t options = from.u8();
    next.qos = options & 3;
    next.retain_handling = options >> 4 & 3;
    if (next.qos > qos_max) from.fail();
  }
  if (!from.ok() || !from.empty() || packet.packet_id == 0 || packet.filters.empty())
    return malformed(frame.type, bad_fields);
  return packet;
}

result<unsubscribe_packet> decode_unsubscribe(const packet_frame& frame, version spoken) {
  unsubscribe_packet packet;
  wire_reader from(frame.body);
  packet.packet_id = from.u16();
  packet.properties = take_properties(from, frame.type, spoken);
  while (from.ok() && !from.empty() && packet.filters.size() < filters_max) packet.filters.push_back(from.text());
  if (!from.ok() || !from.empty() || packet.packet_id == 0 || packet.filters.empty())
    return malformed(frame.type, bad_fields);
  return packet;
}

} // namespace levada::mqtt
