// The control packets of MQTT 3.1.1 and 5, as values. Text and bytes are views into whatever was decoded, or into
// whatever is to be encoded. `properties` are the encoded properties of MQTT 5 without their length, empty under 3.1.1;
// see property.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace levada::mqtt {

enum class version : uint8_t { v3_1_1 = 4, v5 = 5 };

enum class packet_type : uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
  auth = 15,
};

// What the protocol can express; sessions set lower limits of their own.
constexpr size_t body_bytes_max = 268'435'455;
constexpr size_t text_bytes_max = 65'535;
constexpr size_t fixed_header_bytes_max = 5;
constexpr size_t filters_max = 1'000; // in one SUBSCRIBE
constexpr uint8_t qos_max = 2;
// MQTT 5: codes from here on are failures.
constexpr uint8_t first_failure = 0x80;

struct connect_packet {
  version protocol = version::v3_1_1;
  std::string_view client_id;
  bool clean_start = true;
  uint16_t keep_alive_s = 0;
  std::optional<std::string_view> username;
  std::optional<std::string_view> password;
  std::string_view properties;
};

struct connack_packet {
  bool session_present = false;
  uint8_t reason = 0;
  std::string_view properties;
};

struct publish_packet {
  std::string_view topic;
  std::string_view payload;
  std::string_view properties;
  uint16_t packet_id = 0; // 0 exactly when qos is 0
  uint8_t qos = 0;
  bool retain = false;
  bool duplicate = false;
};

// PUBACK, PUBREC, PUBREL, PUBCOMP.
struct ack_packet {
  packet_type type = packet_type::puback;
  uint16_t packet_id = 0;
  uint8_t reason = 0;
  std::string_view properties;
};

struct subscription {
  std::string_view filter;
  uint8_t qos = 0;
  uint8_t retain_handling = 0; // MQTT 5: 0 send retained messages, 1 only if the subscription is new, 2 never
};

struct subscribe_packet {
  uint16_t packet_id = 0;
  std::vector<subscription> filters;
  std::string_view properties;
};

struct unsubscribe_packet {
  uint16_t packet_id = 0;
  std::vector<std::string_view> filters;
  std::string_view properties;
};

// SUBACK, UNSUBACK.
struct subscription_ack_packet {
  packet_type type = packet_type::suback;
  uint16_t packet_id = 0;
  std::string_view reasons; // one byte a filter; none for an UNSUBACK of 3.1.1
  std::string_view properties;
};

struct disconnect_packet {
  uint8_t reason = 0;
  std::string_view properties;
};

} // namespace levada::mqtt
