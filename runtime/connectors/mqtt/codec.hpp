// Bytes <-> packets of MQTT 3.1.1 and 5, incrementally: decode_header() says how long the next packet is, the caller
// bounds that length, and once body() is complete one decode_* turns it into a packet whose views point into it.
//
// Whatever arrives, a decoder reads no byte beyond the body, and a packet that violates the protocol is
// errc::protocol_error. Encoders append; REQUIRES that texts are at most text_bytes_max long.
#pragma once

#include <string>
#include <string_view>

#include "platform/status.hpp"
#include "runtime/connectors/mqtt/packet.hpp"

namespace levada::mqtt {

struct packet_header {
  packet_type type = packet_type::connect;
  uint8_t flags = 0;
  size_t header_bytes = 0; // 0: incomplete, more bytes are needed
  size_t body_bytes = 0;
};

struct packet_frame {
  packet_type type = packet_type::connect;
  uint8_t flags = 0;
  std::string_view body;
};

// The fixed header at the front of `bytes`: known type, flags as the type demands, a well-formed length.
result<packet_header> decode_header(std::string_view bytes);

// REQUIRES frame.type to fit; ack_packet is for PUBACK, PUBREC, PUBREL and PUBCOMP.
result<connect_packet> decode_connect(const packet_frame& frame);
result<connack_packet> decode_connack(const packet_frame& frame, version spoken);
result<publish_packet> decode_publish(const packet_frame& frame, version spoken);
result<ack_packet> decode_ack(const packet_frame& frame, version spoken);
result<subscribe_packet> decode_subscribe(const packet_frame& frame, version spoken);
result<unsubscribe_packet> decode_unsubscribe(const packet_frame& frame, version spoken);
result<subscription_ack_packet> decode_subscription_ack(const packet_frame& frame, version spoken);
result<disconnect_packet> decode_disconnect(const packet_frame& frame, version spoken);
// PINGREQ and PINGRESP have no body.
status decode_ping(const packet_frame& frame);

void encode(const connect_packet& packet, std::string& out);
void encode(const connack_packet& packet, version spoken, std::string& out);
void encode(const publish_packet& packet, version spoken, std::string& out);
void encode(const ack_packet& packet, version spoken, std::string& out);
void encode(const subscribe_packet& packet, version spoken, std::string& out);
void encode(const unsubscribe_packet& packet, version spoken, std::string& out);
void encode(const subscription_ack_packet& packet, version spoken, std::string& out);
void encode(const disconnect_packet& packet, version spoken, std::string& out);
void encode_ping(packet_type request_or_response, std::string& out);

// Length of what encode() appends.
size_t encoded_bytes(const publish_packet& packet, version spoken);

} // namespace levada::mqtt
