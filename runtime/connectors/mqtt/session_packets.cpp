// What a session makes of each packet, and of each message it is given.
#include <algorithm>

#include "runtime/connectors/mqtt/property.hpp"
#include "runtime/connectors/mqtt/reason.hpp"
#include "runtime/connectors/mqtt/session.hpp"
#include "runtime/connectors/mqtt/topic.hpp"

namespace levada::mqtt {

namespace {

constexpr uint16_t subscribe_id = publish_id_max + 1;
constexpr uint16_t unsubscribe_id = publish_id_max + 2;

} // namespace

status session::handle(const packet_frame& frame) {
  if (state_ == state::greeting) {
    if (frame.type == packet_type::connack) return on_connack(frame);
    return {errc::protocol_error, options_.broker.to_string() + " does not answer as an MQTT broker does"};
  }
  switch (frame.type) {
  case packet_type::puback:
  case packet_type::pubrec:
  case packet_type::pubcomp: return on_answer(frame);
  case packet_type::pubrel: {
    auto release = decode_ack(frame, options_.protocol);
    if (!release.ok()) return release.error();
    inbound_.on_pubrel(release->packet_id, answers_);
    send_answers();
    return {};
  }
  case packet_type::suback: return on_suback(frame);
  case packet_type::unsuback: {
    auto answer = decode_subscription_ack(frame, options_.protocol);
    return answer.ok() ? status{} : answer.error();
  }
  case packet_type::pingresp:
    inbound_.on_pong();
    send_answers();
    return decode_ping(frame);
  case packet_type::disconnect: {
    auto goodbye = decode_disconnect(frame, options_.protocol);
    return goodbye.ok() ? disconnected_by_broker(*goodbye) : goodbye.error();
  }
  default: return {errc::protocol_error, "the broker sends a packet that only clients may send"};
  }
}

void session::note_limits(std::string_view properties) {
  broker_packet_bytes_max_ = body_bytes_max;
  broker_receive_maximum_ = in_flight_max;
  broker_qos_max_ = qos_max;
  broker_retains_ = true;
  property_reader from(properties);
  property next;
  while (from.next(next)) {
    switch (next.id) {
    case property_id::receive_maximum: broker_receive_maximum_ = std::max<uint32_t>(next.number, 1); break;
    case property_id::maximum_qos:
      broker_qos_max_ = static_cast<uint8_t>(std::min<uint32_t>(next.number, qos_max));
      break;
    case property_id::retain_available: broker_retains_ = next.number != 0; break;
    case property_id::maximum_packet_size: broker_packet_bytes_max_ = next.number; break;
    case property_id::server_keep_alive: keep_alive_us_ = int64_t{next.number} * 1'000'000; break;
    default: break;
    }
  }
}

status session::on_connack(const packet_frame& frame) {
  auto answer = decode_connack(frame, options_.protocol);
  if (!answer.ok()) return answer.error();
  if (answer->reason != 0) return connect_refused(*answer, options_.protocol);
  note_limits(answer->properties);
  state_ = state::online;
  state_since_us_ = now_us_;
  ++connections_;
  inbound_.connected(answer->session_present);
  outbound_.connected(answer->session_present, broker_receive_maximum_);
  if (!answer->session_present) subscribed_ = false;
  if (answer->session_present && !stale_filters_.empty()) {
    unsubscribe_packet packet{unsubscribe_id, {stale_filters_.begin(), stale_filters_.end()}, {}};
    encode(packet, options_.protocol, output_);
  }
  stale_filters_.clear();
  if (options_.filters.empty()) {
    proven_ = true;
  } else if (!subscribed_) {
    subscribe_packet packet;
    packet.packet_id = subscribe_id;
    for (const auto& each : options_.filters) packet.filters.push_back({each.filter, each.qos, 1});
    encode(packet, options_.protocol, output_);
  }
  return {};
}

status session::on_suback(const packet_frame& frame) {
  auto answer = decode_subscription_ack(frame, options_.protocol);
  if (!answer.ok()) return answer.error();
  if (answer->packet_id != subscribe_id || answer->reasons.size() != options_.filters.size())
    return {errc::protocol_error, "the broker's SUBACK does not fit the subscription"};
  for (size_t i = 0; i < options_.filters.size(); ++i) {
    const auto granted = static_cast<uint8_t>(answer->reasons[i]);
    const auto& wanted = options_.filters[i];
    if (granted >= first_failure)
      return request_refused("to subscribe to '" + wanted.filter + "'", granted, answer->properties);
    if (granted < wanted.qos)
      return {errc::unsupported,
              "the broker grants only QoS " + std::to_string(granted) + " for '" + wanted.filter + "'; lower 'qos'"};
  }
  subscribed_ = true;
  proven_ = true;
  return {};
}

status session::on_answer(const packet_frame& frame) {
  auto answer = decode_ack(frame, options_.protocol);
  if (!answer.ok()) return answer.error();
  auto s = outbound_.on_answer(*answer, output_);
  // Sending it again would be refused again.
  if (!s.ok() && is_final(s.code())) {
    fail(std::move(s));
    return {};
  }
  return s;
}

void session::send_answers() {
  for (const auto& each : answers_) encode(each, options_.protocol, output_);
  answers_.clear();
  if (state_ == state::online && inbound_.wants_ping()) ping();
}

void session::ping() {
  encode_ping(packet_type::pingreq, output_);
  inbound_.on_ping();
}

void session::acknowledge_up_to(uint64_t token) {
  inbound_.acknowledge_up_to(token, answers_);
  send_answers();
}

std::string session::snapshot() const {
  std::string bytes;
  put_u16(bytes, static_cast<uint16_t>(options_.filters.size()));
  for (const auto& each : options_.filters) put_binary(bytes, each.filter);
  return bytes + inbound_.snapshot(identity());
}

status session::restore(std::string_view bytes) {
  wire_reader from(bytes);
  for (size_t left = from.u16(); left > 0 && from.ok(); --left) {
    const auto filter = from.text();
    const bool kept = std::any_of(options_.filters.begin(), options_.filters.end(),
                                  [&](const auto& each) { return each.filter == filter; });
    if (from.ok() && !kept) stale_filters_.emplace_back(filter);
  }
  if (!from.ok()) return {errc::corrupt_value, "the stored MQTT session cannot be read"};
  return inbound_.restore(from.rest(), identity());
}

result<uint64_t> session::publish(const publish_packet& message) {
  static const status busy{errc::would_block, "the broker is slow or away"};
  if (pending_bytes() >= options_.pending_bytes_max) return busy;
  if (message.qos == 0 && state_ != state::online) return busy;
  if (auto s = check_topic_name(message.topic); !s.ok()) return s;
  const size_t size = encoded_bytes(message, options_.protocol);
  if (size > broker_packet_bytes_max_)
    return status{errc::invalid_argument, "a message of " + std::to_string(size) + " bytes to '" +
                                              std::string(message.topic) + "' is longer than the broker takes (" +
                                              std::to_string(broker_packet_bytes_max_) + ")"};
  if (message.qos > broker_qos_max_)
    return status{errc::unsupported, "the broker takes no QoS " + std::to_string(message.qos) + "; lower 'qos'"};
  if (message.retain && !broker_retains_)
    return status{errc::unsupported, "the broker does not retain messages; set 'retain' to 'false'"};
  ++sequence_;
  if (message.qos > 0) return outbound_.append(message, sequence_);
  encode(message, options_.protocol, output_);
  plain_pending_ = true;
  return sequence_;
}

uint64_t session::completed() const {
  const uint64_t answered = outbound_.empty() ? sequence_ : outbound_.oldest() - 1;
  return plain_pending_ ? std::min(answered, written_through_) : answered;
}

} // namespace levada::mqtt
