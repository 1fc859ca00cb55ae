#include "runtime/connectors/mqtt/reason.hpp"

#include <charconv>

#include "runtime/connectors/mqtt/property.hpp"

namespace levada::mqtt {

namespace {

std::string_view name(uint8_t code) {
  switch (code) {
  case 0x80: return "unspecified error";
  case 0x81: return "malformed packet";
  case 0x82: return "protocol error";
  case 0x83: return "implementation specific error";
  case 0x84: return "unsupported protocol version";
  case 0x85: return "client identifier not valid";
  case 0x86: return "bad user name or password";
  case 0x87: return "not authorized";
  case 0x88: return "server unavailable";
  case 0x89: return "server busy";
  case 0x8a: return "banned";
  case 0x8b: return "server shutting down";
  case 0x8c: return "bad authentication method";
  case 0x8d: return "keep alive timeout";
  case 0x8e: return "session taken over";
  case 0x8f: return "topic filter invalid";
  case 0x90: return "topic name invalid";
  case 0x91: return "packet identifier in use";
  case 0x92: return "packet identifier not found";
  case 0x93: return "receive maximum exceeded";
  case 0x94: return "topic alias invalid";
  case 0x95: return "packet too large";
  case 0x96: return "message rate too high";
  case 0x97: return "quota exceeded";
  case 0x98: return "administrative action";
  case 0x99: return "payload format invalid";
  case 0x9a: return "retain not supported";
  case 0x9b: return "QoS not supported";
  case 0x9c: return "use another server";
  case 0x9d: return "server moved";
  case 0x9e: return "shared subscriptions not supported";
  case 0x9f: return "connection rate exceeded";
  case 0xa0: return "maximum connect time";
  case 0xa1: return "subscription identifiers not supported";
  case 0xa2: return "wildcard subscriptions not supported";
  default: return "unknown reason";
  }
}

errc classify(uint8_t code) {
  switch (code) {
  case 0x86:
  case 0x87:
  case 0x8a:
  case 0x8c: return errc::authentication_failed;
  case 0x84:
  case 0x9a:
  case 0x9b:
  case 0x9e:
  case 0xa2: return errc::unsupported;
  case 0x85:
  case 0x8f:
  case 0x90:
  case 0x95:
  case 0x99: return errc::invalid_argument;
  case 0x88:
  case 0x89:
  case 0x8b:
  case 0x9c:
  case 0x9d:
  case 0x9f: return errc::peer_unreachable;
  default: return errc::protocol_error;
  }
}

std::string_view remedy(uint8_t code) {
  switch (code) {
  case 0x84: return "; set 'protocol-version' to '3.1.1' or '5'";
  case 0x85: return "; set 'client-id'";
  case 0x86: return "; check 'username' and 'password'";
  case 0x87: return "; check the broker's access rules for this user";
  case 0x8e: return "; two clients share one 'client-id'";
  case 0x9b: return "; lower 'qos'";
  default: return "";
  }
}

// 3.1.1 numbers its six answers to CONNECT differently.
uint8_t modern(uint8_t code) {
  constexpr uint8_t codes[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87};
  return code < std::size(codes) ? codes[code] : code;
}

std::string broker_words(std::string_view properties) {
  property_reader from(properties);
  property next;
  while (from.next(next))
    if (next.id == property_id::reason_string && !next.text.empty()) return " (\"" + std::string(next.text) + "\")";
  return {};
}

} // namespace

std::string reason_text(uint8_t code) {
  char digits[2];
  std::to_chars(digits, digits + 2, code, 16);
  return std::string(name(code)) + " (0x" + std::string(digits, code < 16 ? 1 : 2) + ")";
}

status connect_refused(const connack_packet& packet, version spoken) {
  const uint8_t code = spoken == version::v5 && packet.reason >= first_failure ? packet.reason : modern(packet.reason);
  return {classify(code), "the broker refused the connection: " + reason_text(code) + broker_words(packet.properties) +
                              std::string(remedy(code))};
}

status request_refused(std::string_view what, uint8_t code, std::string_view properties) {
  return {classify(code), "the broker refused " + std::string(what) + ": " + reason_text(code) +
                              broker_words(properties) + std::string(remedy(code))};
}

status disconnected_by_broker(const disconnect_packet& packet) {
  return {packet.reason >= first_failure ? classify(packet.reason) : errc::connection_closed,
          "the broker ended the connection: " +
              (packet.reason == 0 ? std::string("normally") : reason_text(packet.reason)) +
              broker_words(packet.properties) + std::string(remedy(packet.reason))};
}

bool is_final(errc code) {
  return code == errc::authentication_failed || code == errc::unsupported || code == errc::invalid_argument ||
         code == errc::tls_error;
}

} // namespace levada::mqtt
