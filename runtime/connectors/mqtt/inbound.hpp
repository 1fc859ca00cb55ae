// Which received messages still owe the broker an answer, and which of them it may send again.
//
// A QoS 1 or 2 message gets a token, and is answered when the owner has made its effects durable:
//
//   QoS 1   PUBLISH -> delivered --acknowledge--> answered (PUBACK sent) --read--> gone
//   QoS 2   PUBLISH -> delivered --acknowledge--> committed (PUBREC sent) --PUBREL--> released
//                      released --acknowledge--> answered (PUBCOMP sent) --read--> gone
//
// After a lost connection the broker sends what it has read no answer to again, in order, before anything new, under
// the same packet id and marked as duplicate. What is recognised is not delivered a second time:
// - Before the last answer is sent, the id stands for nothing else: id and content are enough. That holds across a crash
//   for QoS 2, because PUBCOMP waits for a commit as well.
// - Once PUBACK or PUBCOMP is sent (or, after a crash, may have been) the broker may use the id for another message, and
//   that message may have the same content. So it counts as a redelivery only from a broker that is known not to use
//   ids anew so soon (id_order.hpp); from others it is delivered, perhaps twice.
// PUBLISH after PUBREL, which the protocol forbids, is a redelivery like any other: mosquitto 2.0 does that when a
// connection breaks before it could send PUBREL again.
//
// An answered message is forgotten when the broker is known to have read the answer: it responds to a ping sent behind
// it, uses the id anew, or ends the redelivery (with the first message without the mark) without having sent it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"
#include "runtime/connectors/mqtt/id_order.hpp"
#include "runtime/connectors/mqtt/packet.hpp"

namespace levada::mqtt {

class wire_reader;

// Answers that the broker is not known to have read, at most; the oldest are then taken for read, at the risk of a
// message delivered twice.
constexpr size_t unread_answers_max = packet_ids;
// As many are worth a ping of their own.
constexpr size_t unread_answers_few = 64;

class inbound_ledger {
 public:
  // The token of a new message, 0 when it is known already. Answers due at once are appended to `answers`.
  // REQUIRES qos > 0.
  uint64_t on_publish(const publish_packet& message, std::vector<ack_packet>& answers);
  void on_pubrel(uint16_t packet_id, std::vector<ack_packet>& answers);
  // Everything up to `token` is durable: appends the answers, in order of receipt.
  void acknowledge_up_to(uint64_t token, std::vector<ack_packet>& answers);

  void connected(bool session_present);
  void disconnected();
  // It is time to ask, by a ping, whether the broker has read the answers so far.
  bool wants_ping() const;
  // Of every PINGREQ, behind the answers appended so far, and of every PINGRESP.
  void on_ping();
  void on_pong();

  // Of the latest message or release; 0 before the first.
  uint64_t last_token() const { return last_token_; }
  size_t unacknowledged() const { return pending_.size(); }

  // What must be known about the messages delivered so far to recognise them after a crash, 11 bytes each at most
  // 65535 times: to be stored with their effects, and restored before the first connection. `session` names the
  // broker's session; ids of another one mean nothing and are dropped.
  std::string snapshot(std::string_view session) const;
  status restore(std::string_view bytes, std::string_view session);

 private:
  enum class stage : uint8_t { delivered, committed, released, answered };
  struct entry {
    uint64_t token;      // of the message, or of its release; 0: nothing is owed for it
    uint64_t connection; // on which the broker spoke of it last
    uint64_t content;    // content_hash(); 0: not known
    uint32_t run;        // of ids, see id_order; 0: none that matters
    uint8_t qos;
    stage at;
  };
  struct debt {
    uint64_t token;
    uint16_t packet_id;
  };
  struct answer_record {
    uint64_t token;
    uint32_t run;
    uint16_t packet_id;
  };

  uint64_t owe(uint16_t packet_id);
  void finish(uint16_t packet_id, entry& of, std::vector<ack_packet>& answers);
  void again(uint16_t packet_id, entry& of, uint64_t content, std::vector<ack_packet>& answers);
  void forget_oldest_answer();
  void end_redelivery();
  void restore_messages(wire_reader& from);

  std::map<uint16_t, entry> known_;
  std::deque<debt> pending_;         // by token
  std::deque<answer_record> unread_; // last answers sent on this connection, in order
  uint64_t read_ = 0;                // as many have left unread_ on this connection
  uint64_t pings_ = 0;               // sent on this connection
  uint64_t pongs_ = 0;               // received on it
  uint64_t probe_ = 0;               // the ping whose answer says something; 0: none is under way
  uint64_t probed_ = 0;              // answers sent before it
  id_order order_;
  uint64_t last_token_ = 0;
  uint64_t connection_ = 1;
  bool redelivering_ = false;
};

} // namespace levada::mqtt
