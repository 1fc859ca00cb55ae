// The broker's end of a connection over the simulated network, played packet by packet by a test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "platform/simulated_network.hpp"
#include "runtime/connectors/mqtt/session.hpp"

namespace levada::mqtt {

inline session_options options_for(version spoken) {
  session_options options;
  options.broker = {"broker", 1883};
  options.protocol = spoken;
  options.client_id = "gateway";
  options.session_expiry_s = 3600;
  return options;
}

inline session_options subscriber(version spoken, uint8_t qos) {
  auto options = options_for(spoken);
  options.filters = {{"sensors/#", qos}};
  return options;
}

// The reason codes of a SUBACK for one filter.
inline std::string_view granted(uint8_t qos) { return std::string_view("\0\1\2", 3).substr(qos, 1); }

struct scripted_broker {
  explicit scripted_broker(version protocol) : spoken(protocol) { door = std::move(*net.listen({"", 1883})); }

  // Lets the client do what it can; nothing of it may be final.
  void drive(session& client) {
    const auto s = client.advance(now_us);
    INFO(s.to_string());
    REQUIRE(s.ok());
  }
  // A client whose session is online, after the greeting and, with filters, the subscription.
  void welcome(session& client, bool session_present, std::string_view properties = {}) {
    drive(client);
    accept();
    drive(client);
    const auto hello = decode_connect(expect(packet_type::connect));
    REQUIRE(hello.ok());
    clean_start = hello->clean_start;
    send(connack_packet{session_present, 0, properties});
    drive(client);
    REQUIRE(client.current() == session::state::online);
  }
  void grant(session& client, std::string_view reasons) {
    const auto request = decode_subscribe(expect(packet_type::subscribe), spoken);
    REQUIRE(request.ok());
    send(subscription_ack_packet{packet_type::suback, request->packet_id, reasons, {}});
    drive(client);
  }
  // The next connection of the client after the present one broke.
  void cut(session& client) {
    net.cut();
    drive(client);
    REQUIRE(client.current() == session::state::offline);
    now_us = client.deadline_us();
  }
  void accept() {
    auto next = door->accept();
    REQUIRE(next.ok());
    REQUIRE(*next);
    peer = std::move(*next);
    received_.clear();
    taken_ = 0;
  }

  template <class Packet>
  void send(const Packet& packet) {
    std::string bytes;
    encode(packet, spoken, bytes);
    send_bytes(bytes);
  }
  void send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
      auto sent = peer->write(bytes);
      REQUIRE(sent.ok());
      REQUIRE(*sent > 0);
      bytes.remove_prefix(*sent);
    }
  }
  void publish(std::string_view topic, std::string_view payload, uint8_t qos = 0, uint16_t id = 0,
               bool duplicate = false) {
    send(publish_packet{topic, payload, {}, id, qos, false, duplicate});
  }
  void release(uint16_t id) { send(ack_packet{packet_type::pubrel, id, 0, {}}); }
  void pong() {
    std::string bytes;
    encode_ping(packet_type::pingresp, bytes);
    send_bytes(bytes);
  }

  // The next packet from the client; fails the test when there is none. Valid until the following call.
  packet_frame expect(packet_type type) {
    const auto frame = take();
    REQUIRE(frame.has_value());
    REQUIRE(static_cast<int>(frame->type) == static_cast<int>(type));
    return *frame;
  }
  std::optional<packet_frame> take() {
    pull();
    received_.erase(0, taken_);
    taken_ = 0;
    auto header = decode_header(received_);
    REQUIRE(header.ok());
    if (header->header_bytes == 0) return {};
    taken_ = header->header_bytes + header->body_bytes;
    REQUIRE(received_.size() >= taken_);
    return packet_frame{header->type, header->flags,
                        std::string_view(received_).substr(header->header_bytes, header->body_bytes)};
  }
  // "PUBACK 1, PUBREC 2": every answer that has come in; pings between them stay unanswered.
  std::string answers() {
    std::string text;
    while (const auto frame = take()) {
      if (frame->type == packet_type::pingreq) continue;
      constexpr std::string_view names[] = {"PUBACK", "PUBREC", "PUBREL", "PUBCOMP"};
      const auto packet = decode_ack(*frame, spoken);
      REQUIRE(packet.ok());
      if (!text.empty()) text += ", ";
      text += std::string(names[static_cast<size_t>(frame->type) - 4]) + " " + std::to_string(packet->packet_id);
    }
    return text;
  }

  simulated_network net;
  std::unique_ptr<listener> door;
  std::unique_ptr<byte_stream> peer;
  version spoken;
  int64_t now_us = 1'000'000;
  bool clean_start = false;

 private:
  void pull() {
    char buffer[4096];
    for (;;) {
      auto got = peer->read(buffer);
      if (!got.ok() || *got == 0) return;
      received_.append(buffer, *got);
    }
  }
  std::string received_;
  size_t taken_ = 0;
};

// Topics or payloads of everything the session delivers now, each followed by a space.
inline std::string deliveries(session& client, int64_t now_us) {
  std::string text;
  message next;
  if (auto s = client.advance(now_us); !s.ok()) return s.to_string();
  while (client.next(next)) text += std::string(next.packet.payload) + " ";
  if (auto s = client.advance(now_us); !s.ok()) return s.to_string();
  return text;
}

} // namespace levada::mqtt
