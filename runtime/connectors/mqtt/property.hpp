// The properties of MQTT 5 packets.
#pragma once

#include <string>
#include <string_view>

#include "platform/status.hpp"
#include "runtime/connectors/mqtt/wire.hpp"

namespace levada::mqtt {

enum class property_id : uint8_t {
  payload_format = 1,
  message_expiry = 2,
  content_type = 3,
  response_topic = 8,
  correlation_data = 9,
  subscription_identifier = 11,
  session_expiry = 17,
  assigned_client_id = 18,
  server_keep_alive = 19,
  authentication_method = 21,
  authentication_data = 22,
  request_problem_information = 23,
  will_delay = 24,
  request_response_information = 25,
  response_information = 26,
  server_reference = 28,
  reason_string = 31,
  receive_maximum = 33,
  topic_alias_maximum = 34,
  topic_alias = 35,
  maximum_qos = 36,
  retain_available = 37,
  user_property = 38,
  maximum_packet_size = 39,
  wildcard_subscription_available = 40,
  subscription_identifier_available = 41,
  shared_subscription_available = 42,
};

struct property {
  property_id id = property_id::payload_format;
  uint32_t number = 0;    // integers of any width
  std::string_view text;  // text or binary; the key of a user property
  std::string_view value; // of a user property
};

// Every property is known, allowed in this packet, whole, and there at most once unless it may repeat.
bool valid_properties(std::string_view encoded, packet_type in);

// Iterates over properties that passed valid_properties().
class property_reader {
 public:
  explicit property_reader(std::string_view encoded) : bytes_(encoded) {}
  // False at the end.
  bool next(property& into);

 private:
  wire_reader bytes_;
};

// Append one property.
void put_number(std::string& out, property_id id, uint32_t number);
void put_text(std::string& out, property_id id, std::string_view text);
void put_user_property(std::string& out, std::string_view key, std::string_view value);

} // namespace levada::mqtt
