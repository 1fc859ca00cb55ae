// Messages on their way to the broker, kept in sending order until it has answered for them.
//
// QoS 1 and 2 messages are encoded once into one growing buffer and sent from there, again after a lost connection: as
// duplicates when the broker kept the session, as new messages when it did not.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "platform/status.hpp"
#include "runtime/connectors/mqtt/packet.hpp"

namespace levada::mqtt {

// Messages sent and not answered for, at most; the broker's Receive Maximum may lower it.
constexpr size_t in_flight_max = 1'024;
// MQTT 3.1.1 cannot announce a window, and brokers have one all the same: mosquitto 2.0 drops QoS 2 messages beyond its
// 20, although it answers for them.
constexpr size_t unannounced_window = 20;
// Publishing uses ids up to here, what lies above is for requests.
constexpr uint16_t publish_id_max = 65'000;
static_assert(in_flight_max < publish_id_max);

class outbound_log {
 public:
  explicit outbound_log(version spoken) : spoken_(spoken) {}

  // REQUIRES message.qos > 0; its packet id is chosen here. Copies the message. Returns its sequence number.
  uint64_t append(publish_packet message, uint64_t sequence);
  // Appends to `out` what the window allows, while `out` is below `out_bytes`.
  void send(std::string& out, size_t out_bytes);
  // PUBACK, PUBREC or PUBCOMP. The packet to answer with is appended to `out`. An error: the broker has refused the
  // message. Ids nobody knows are ignored, as after a lost session.
  status on_answer(const ack_packet& answer, std::string& out);

  void connected(bool session_present, size_t receive_maximum);

  bool empty() const { return entries_.empty(); }
  // Messages that wait for answers to those before them.
  bool held() const { return next_ < entries_.size(); }
  // Sequence of the oldest message not answered for. REQUIRES !empty().
  uint64_t oldest() const { return entries_.front().sequence; }
  size_t bytes() const { return bytes_.size() - head_; }
  size_t count() const { return entries_.size(); }

 private:
  enum class stage : uint8_t { queued, sent, received, answered };
  struct entry {
    uint64_t sequence;
    uint64_t begin; // counted from the first byte ever appended
    uint32_t size;
    uint16_t packet_id;
    uint8_t qos;
    stage at;
  };

  char* packet(const entry& of) { return bytes_.data() + (of.begin - base_); }
  void pop_answered();

  version spoken_;
  std::deque<entry> entries_;
  size_t next_ = 0; // first entry to be sent on this connection
  size_t window_ = in_flight_max;
  uint16_t last_id_ = 0;
  std::string bytes_;
  size_t head_ = 0;   // bytes of messages already answered for, at the front
  uint64_t base_ = 0; // bytes dropped before the front
};

} // namespace levada::mqtt
