#include "runtime/connectors/mqtt/property.hpp"

#include <array>

namespace levada::mqtt {

namespace {

enum class shape : uint8_t { unknown, u8, u16, u32, variable, text, binary, pair };

constexpr uint16_t in(packet_type type) { return static_cast<uint16_t>(1u << static_cast<unsigned>(type)); }

template <class... Types>
constexpr uint16_t in(packet_type first, Types... rest) {
  return static_cast<uint16_t>(in(first) | in(rest...));
}

struct rule {
  shape form = shape::unknown;
  uint16_t packets = 0; // one bit a packet_type
};

constexpr size_t ids = 43;
using p = packet_type;

// MQTT 5.0, table 2-4.
constexpr std::array<rule, ids> rules = [] {
  std::array<rule, ids> table{};
  const auto set = [&](property_id id, shape form, uint16_t packets) {
    table[static_cast<size_t>(id)] = {form, packets};
  };
  constexpr uint16_t acks = in(p::puback, p::pubrec, p::pubrel, p::pubcomp);
  set(property_id::payload_format, shape::u8, in(p::publish));
  set(property_id::message_expiry, shape::u32, in(p::publish));
  set(property_id::content_type, shape::text, in(p::publish));
  set(property_id::response_topic, shape::text, in(p::publish));
  set(property_id::correlation_data, shape::binary, in(p::publish));
  set(property_id::subscription_identifier, shape::variable, in(p::publish, p::subscribe));
  set(property_id::session_expiry, shape::u32, in(p::connect, p::connack, p::disconnect));
  set(property_id::assigned_client_id, shape::text, in(p::connack));
  set(property_id::server_keep_alive, shape::u16, in(p::connack));
  set(property_id::authentication_method, shape::text, in(p::connect, p::connack, p::auth));
  set(property_id::authentication_data, shape::binary, in(p::connect, p::connack, p::auth));
  set(property_id::request_problem_information, shape::u8, in(p::connect));
  set(property_id::will_delay, shape::u32, 0); // only within a will, which is not spoken here
  set(property_id::request_response_information, shape::u8, in(p::connect));
  set(property_id::response_information, shape::text, in(p::connack));
  set(property_id::server_reference, shape::text, in(p::connack, p::disconnect));
  set(property_id::reason_string, shape::text, acks | in(p::connack, p::suback, p::unsuback, p::disconnect, p::auth));
  set(property_id::receive_maximum, shape::u16, in(p::connect, p::connack));
  set(property_id::topic_alias_maximum, shape::u16, in(p::connect, p::connack));
  set(property_id::topic_alias, shape::u16, in(p::publish));
  set(property_id::maximum_qos, shape::u8, in(p::connack));
  set(property_id::retain_available, shape::u8, in(p::connack));
  set(property_id::user_property, shape::pair,
      acks | in(p::connect, p::connack, p::publish, p::subscribe, p::suback, p::unsubscribe, p::unsuback, p::disconnect,
                p::auth));
  set(property_id::maximum_packet_size, shape::u32, in(p::connect, p::connack));
  set(property_id::wildcard_subscription_available, shape::u8, in(p::connack));
  set(property_id::subscription_identifier_available, shape::u8, in(p::connack));
  set(property_id::shared_subscription_available, shape::u8, in(p::connack));
  return table;
}();

shape shape_of(uint32_t id) { return id < ids ? rules[id].form : shape::unknown; }

bool read(wire_reader& from, property& into) {
  const uint32_t id = from.variable();
  into = {};
  into.id = static_cast<property_id>(id);
  switch (shape_of(id)) {
  case shape::unknown: from.fail(); break;
  case shape::u8: into.number = from.u8(); break;
  case shape::u16: into.number = from.u16(); break;
  case shape::u32: into.number = from.u32(); break;
  case shape::variable: into.number = from.variable(); break;
  case shape::text: into.text = from.text(); break;
  case shape::binary: into.text = from.binary(); break;
  case shape::pair:
    into.text = from.text();
    into.value = from.text();
    break;
  }
  return from.ok();
}

} // namespace

bool valid_properties(std::string_view encoded, packet_type type) {
  wire_reader from(encoded);
  uint64_t seen = 0;
  while (!from.empty()) {
    property next;
    if (!read(from, next)) return false;
    const auto id = static_cast<size_t>(next.id);
    if ((rules[id].packets & in(type)) == 0) return false;
    const bool repeats = next.id == property_id::user_property ||
                         (next.id == property_id::subscription_identifier && type == packet_type::publish);
    if (!repeats && (seen >> id & 1)) return false;
    seen |= uint64_t{1} << id;
  }
  return from.ok();
}

bool property_reader::next(property& into) { return !bytes_.empty() && read(bytes_, into); }

void put_number(std::string& out, property_id id, uint32_t number) {
  put_u8(out, static_cast<uint8_t>(id));
  switch (shape_of(static_cast<uint32_t>(id))) {
  case shape::u8: put_u8(out, static_cast<uint8_t>(number)); break;
  case shape::u16: put_u16(out, static_cast<uint16_t>(number)); break;
  case shape::u32: put_u32(out, number); break;
  case shape::variable: put_variable(out, number); break;
  default: check(false);
  }
}

void put_text(std::string& out, property_id id, std::string_view text) {
  put_u8(out, static_cast<uint8_t>(id));
  put_binary(out, text);
}

void put_user_property(std::string& out, std::string_view key, std::string_view value) {
  put_text(out, property_id::user_property, key);
  put_binary(out, value);
}

} // namespace levada::mqtt
