// Which received messages still owe the broker an answer.
//
// A QoS 1 or 2 message gets a token, and is answered when the owner has made its effects durable. QoS 2 in full:
//
//   PUBLISH -> delivered --acknowledge--> committed (PUBREC sent) --PUBREL--> released --acknowledge--> gone (PUBCOMP)
//
// PUBCOMP waits for a commit as well: with it the broker may use the packet id for another message, so the durable
// record of delivered ids (snapshot()) must have forgotten this one before. Otherwise that other message would be taken
// for a redelivery after a crash, and lost.
//
// After a lost connection the broker sends what it has no answer to again, in order, before anything new, marked as
// duplicate. A QoS 1 message whose answer was never sent, or a QoS 2 message not released yet, is then recognised by
// its packet id and not delivered a second time. The first message without the mark ends the redelivery, and with it
// what the broker has forgotten: only then may an id be used anew.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"
#include "runtime/connectors/mqtt/packet.hpp"

namespace levada::mqtt {

class inbound_ledger {
 public:
  // The token of a new message, 0 when it is known already. Answers due at once are appended to `answers`.
  // REQUIRES qos > 0.
  uint64_t on_publish(const publish_packet& message, std::vector<ack_packet>& answers);
  void on_pubrel(uint16_t packet_id, std::vector<ack_packet>& answers);
  // Everything up to `token` is durable: appends the answers, in order of receipt.
  void acknowledge_up_to(uint64_t token, std::vector<ack_packet>& answers);

  void connected(bool session_present);
  void disconnected() { ++connection_; }

  // Of the latest message or release; 0 before the first.
  uint64_t last_token() const { return last_token_; }
  size_t unacknowledged() const { return pending_.size(); }

  // Packet ids of QoS 2 messages delivered so far and not released: to be stored with their effects, and restored
  // before the first connection. `session` names the broker's session; ids of another one mean nothing and are dropped.
  std::string snapshot(std::string_view session) const;
  status restore(std::string_view bytes, std::string_view session);

 private:
  struct debt {
    uint64_t token;
    uint64_t connection; // on which it was received last
    uint16_t packet_id;
    packet_type answer; // PUBACK, PUBREC or PUBCOMP
  };
  enum class stage : uint8_t { delivered, committed, released };
  struct exactly_once {
    stage at;
    uint64_t connection;
  };

  uint64_t owe(uint16_t packet_id, packet_type answer);
  debt* find(uint16_t packet_id, packet_type answer);
  void end_redelivery();
  bool known_at_least_once(uint16_t packet_id, std::vector<ack_packet>& answers);
  bool known_exactly_once(uint16_t packet_id, std::vector<ack_packet>& answers);

  std::deque<debt> pending_;              // by token
  std::set<uint16_t> durable_unanswered_; // QoS 1, acknowledged while their connection was gone
  std::map<uint16_t, exactly_once> open_; // QoS 2, by packet id
  uint64_t last_token_ = 0;
  uint64_t connection_ = 1;
  bool redelivering_ = false;
};

} // namespace levada::mqtt
