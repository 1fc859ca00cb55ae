#include "runtime/connectors/mqtt/codec.hpp"
#include "runtime/connectors/mqtt/wire.hpp"

namespace levada::mqtt {

namespace {

// The body's length comes first, so every encoder sums it before it appends.
void begin(std::string& out, packet_type type, uint8_t flags, size_t body_bytes) {
  out.reserve(out.size() + fixed_header_bytes_max + body_bytes);
  put_u8(out, static_cast<uint8_t>(static_cast<uint8_t>(type) << 4 | flags));
  put_variable(out, body_bytes);
}

size_t property_bytes(std::string_view properties, version spoken) {
  return spoken == version::v5 ? variable_bytes(properties.size()) + properties.size() : 0;
}

void put_properties(std::string& out, std::string_view properties, version spoken) {
  if (spoken != version::v5) return;
  put_variable(out, properties.size());
  out.append(properties);
}

size_t publish_body_bytes(const publish_packet& packet, version spoken) {
  return 2 + packet.topic.size() + (packet.qos > 0 ? 2 : 0) + property_bytes(packet.properties, spoken) +
         packet.payload.size();
}

} // namespace

size_t encoded_bytes(const publish_packet& packet, version spoken) {
  const size_t body = publish_body_bytes(packet, spoken);
  return 1 + variable_bytes(body) + body;
}

void encode(const publish_packet& packet, version spoken, std::string& out) {
  const auto flags = static_cast<uint8_t>(packet.duplicate << 3 | packet.qos << 1 | uint8_t{packet.retain});
  begin(out, packet_type::publish, flags, publish_body_bytes(packet, spoken));
  put_binary(out, packet.topic);
  if (packet.qos > 0) put_u16(out, packet.packet_id);
  put_properties(out, packet.properties, spoken);
  out.append(packet.payload);
}

void encode(const ack_packet& packet, version spoken, std::string& out) {
  const uint8_t flags = packet.type == packet_type::pubrel ? 2 : 0;
  const bool is_long = spoken == version::v5 && (packet.reason != 0 || !packet.properties.empty());
  if (!is_long) {
    // One for every message that is received: all at once.
    const char whole[] = {static_cast<char>(static_cast<uint8_t>(packet.type) << 4 | flags), 2,
                          static_cast<char>(packet.packet_id >> 8), static_cast<char>(packet.packet_id)};
    out.append(whole, sizeof whole);
    return;
  }
  begin(out, packet.type, flags, 3 + property_bytes(packet.properties, spoken));
  put_u16(out, packet.packet_id);
  put_u8(out, packet.reason);
  put_properties(out, packet.properties, spoken);
}

void encode(const connect_packet& packet, std::string& out) {
  size_t body = 10 + property_bytes(packet.properties, packet.protocol) + 2 + packet.client_id.size();
  uint8_t flags = packet.clean_start ? 2 : 0;
  if (packet.username) {
    flags |= 0x80;
    body += 2 + packet.username->size();
  }
  if (packet.password) {
    flags |= 0x40;
    body += 2 + packet.password->size();
  }
  begin(out, packet_type::connect, 0, body);
  put_binary(out, "MQTT");
  put_u8(out, static_cast<uint8_t>(packet.protocol));
  put_u8(out, flags);
  put_u16(out, packet.keep_alive_s);
  put_properties(out, packet.properties, packet.protocol);
  put_binary(out, packet.client_id);
  if (packet.username) put_binary(out, *packet.username);
  if (packet.password) put_binary(out, *packet.password);
}

void encode(const connack_packet& packet, version spoken, std::string& out) {
  begin(out, packet_type::connack, 0, 2 + property_bytes(packet.properties, spoken));
  put_u8(out, packet.session_present);
  put_u8(out, packet.reason);
  put_properties(out, packet.properties, spoken);
}

void encode(const subscribe_packet& packet, version spoken, std::string& out) {
  size_t body = 2 + property_bytes(packet.properties, spoken);
  for (const auto& each : packet.filters) body += 3 + each.filter.size();
  begin(out, packet_type::subscribe, 2, body);
  put_u16(out, packet.packet_id);
  put_properties(out, packet.properties, spoken);
  for (const auto& each : packet.filters) {
    put_binary(out, each.filter);
    put_u8(out, static_cast<uint8_t>(each.qos | (spoken == version::v5 ? each.retain_handling << 4 : 0)));
  }
}

void encode(const unsubscribe_packet& packet, version spoken, std::string& out) {
  size_t body = 2 + property_bytes(packet.properties, spoken);
  for (const auto& each : packet.filters) body += 2 + each.size();
  begin(out, packet_type::unsubscribe, 2, body);
  put_u16(out, packet.packet_id);
  put_properties(out, packet.properties, spoken);
  for (const auto& each : packet.filters) put_binary(out, each);
}

void encode(const subscription_ack_packet& packet, version spoken, std::string& out) {
  begin(out, packet.type, 0, 2 + property_bytes(packet.properties, spoken) + packet.reasons.size());
  put_u16(out, packet.packet_id);
  put_properties(out, packet.properties, spoken);
  out.append(packet.reasons);
}

void encode(const disconnect_packet& packet, version spoken, std::string& out) {
  const bool is_long = spoken == version::v5 && (packet.reason != 0 || !packet.properties.empty());
  begin(out, packet_type::disconnect, 0, is_long ? 1 + property_bytes(packet.properties, spoken) : 0);
  if (!is_long) return;
  put_u8(out, packet.reason);
  put_properties(out, packet.properties, spoken);
}

void encode_ping(packet_type request_or_response, std::string& out) { begin(out, request_or_response, 0, 0); }

} // namespace levada::mqtt
