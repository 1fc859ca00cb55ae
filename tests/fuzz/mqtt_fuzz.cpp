// Any bytes from a broker: the session takes them or drops the connection, and the client goes on. What comes in pieces is
// understood as what comes at once.
#include "platform/check.hpp"
#include "platform/simulated_network.hpp"
#include "runtime/connectors/mqtt/session.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace levada::fuzz {

namespace {

using namespace mqtt;

constexpr size_t message_bytes_max = 512;

std::string heard(version spoken, bool greeted, std::string_view bytes, size_t piece) {
  simulated_network net;
  auto door = std::move(*net.listen({"", 1883}));
  session_options options;
  options.broker = {"broker", 1883};
  options.protocol = spoken;
  options.client_id = "gateway";
  options.filters = {{"sensors/#", 2}};
  options.message_bytes_max = message_bytes_max;
  session client(options, net);
  int64_t now_us = 1'000'000;
  std::string text;
  std::unique_ptr<byte_stream> peer;
  status ended = client.advance(now_us);
  for (uint8_t qos = 0; qos < 3; ++qos) {
    [[maybe_unused]] auto queued = client.publish({"out", "payload", {}, 0, qos, false, false});
  }
  auto listen_in = [&] {
    message next;
    while (client.next(next)) {
      text += std::string(next.packet.topic) + "=" + std::string(next.packet.payload) + (next.oversize ? "! " : " ");
      client.acknowledge_up_to(next.token);
    }
  };
  if (auto accepted = door->accept(); accepted.ok()) peer = std::move(*accepted);
  auto hear = [&](std::string_view part) {
    auto sent = peer->write(part);
    if (!sent.ok() || *sent < part.size()) return false;
    ended = client.advance(now_us);
    listen_in();
    if (ended.ok()) ended = client.advance(now_us);
    char answers[4096];
    for (;;) {
      auto got = peer->read(answers);
      if (!got.ok() || *got == 0) break;
    }
    return ended.ok();
  };
  bool heard = true;
  if (greeted) {
    std::string greeting;
    encode(connack_packet{false, 0, {}}, spoken, greeting);
    heard = hear(greeting);
  }
  for (; heard && !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    heard = hear(bytes.substr(0, piece));
  const std::string state = client.snapshot();
  session later(options, net);
  check(later.restore(state).ok());
  return text + (ended.ok() ? "" : code_text(ended.code()));
}

} // namespace

// The first byte says which protocol version, and whether the broker has welcomed the client before. Until it has, nothing
// is sent, so what answers then mean depends on when they come.
void one_input(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto spoken = first & 1 ? version::v5 : version::v3_1_1;
  bytes.remove_prefix(1);
  const bool greeted = (first & 2) != 0;
  const std::string whole = heard(spoken, greeted, bytes, bytes.size());
  for (const size_t piece : {1, 7}) {
    const std::string pieces = heard(spoken, greeted, bytes, piece);
    if (greeted) check(pieces == whole);
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const auto spoken : {version::v3_1_1, version::v5}) {
    const char head = spoken == version::v5 ? 1 : 0;
    std::string bytes(1, head);
    encode(connack_packet{true, 0, {}}, spoken, bytes);
    encode(subscription_ack_packet{packet_type::suback, 65'001, "\2", {}}, spoken, bytes);
    all.push_back(bytes);
    bytes = static_cast<char>(head | 2);
    encode(subscription_ack_packet{packet_type::suback, 65'001, "\2", {}}, spoken, bytes);
    const std::string greeted = bytes;
    for (uint8_t qos = 0; qos < 3; ++qos) {
      encode(publish_packet{"sensors/a",
                            "payload " + std::to_string(qos),
                            {},
                            static_cast<uint16_t>(qos ? qos + 7 : 0),
                            qos,
                            false,
                            false},
             spoken, bytes);
    }
    encode(ack_packet{packet_type::pubrel, 9, 0, {}}, spoken, bytes);
    all.push_back(bytes);
    bytes = greeted;
    for (const auto type : {packet_type::puback, packet_type::pubrec, packet_type::pubcomp})
      for (uint16_t id = 1; id < 3; ++id) encode(ack_packet{type, id, 0, {}}, spoken, bytes);
    encode(publish_packet{"sensors/long", std::string(600, 'x'), {}, 5, 1, false, true}, spoken, bytes);
    all.push_back(bytes);
  }
  return all;
}

} // namespace levada::fuzz
