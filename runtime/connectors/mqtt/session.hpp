// A client's session with one MQTT broker, 3.1.1 or 5, that never blocks and that answers for a message only when told
// that its effects are durable.
//
//            +------------------- lost, refused: wait with full jitter -------------------+
//            v                                                                            |
//   offline ----> connecting (name, TCP, TLS) ----> greeting (CONNECT..CONNACK) ----> online ----> closing -> closed
//                      |                                 |
//                      +---- never connected before, and trying again cannot help -----> failed
//
// The owner calls advance() when the descriptor is ready, the deadline has passed, or it has queued something; and
// next() until it is false. While it leaves messages in place nothing more is read: that is the back-pressure. It goes on
// calling advance() all the same, which keeps the connection alive.
//
// Threads: one at a time. Time is the monotonic clock in microseconds.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "platform/socket.hpp"
#include "runtime/connectors/backoff.hpp"
#include "runtime/connectors/mqtt/codec.hpp"
#include "runtime/connectors/mqtt/inbound.hpp"
#include "runtime/connectors/mqtt/outbound.hpp"
#include "runtime/connectors/mqtt/receive_buffer.hpp"

namespace levada::mqtt {

constexpr int64_t establish_timeout_us = 30'000'000; // from the first SYN to CONNACK
constexpr int64_t answer_timeout_us = 20'000'000;    // to a ping, at most
constexpr int64_t closing_timeout_us = 2'000'000;
constexpr int64_t retry_base_us = 500'000;
constexpr int64_t retry_cap_us = 60'000'000;
// A connection that lasted this long was a success: the next failure starts with short waits again.
constexpr int64_t settled_us = 10'000'000;

struct topic_filter {
  std::string filter;
  uint8_t qos = 0;
};

enum class session_start : uint8_t {
  resume,     // the broker keeps the session, also from before this process
  clean_once, // MQTT 5: the first connection discards what the broker has, later ones resume. 3.1.1: as clean
  clean,      // every connection starts anew
};

struct session_options {
  endpoint broker;
  std::optional<tls_options> tls;
  version protocol = version::v3_1_1;
  std::string client_id;
  std::optional<std::string> username;
  std::optional<std::string> password;
  session_start start = session_start::resume;
  uint32_t session_expiry_s = 0;    // MQTT 5: how long the broker keeps the session of an absent client
  uint16_t keep_alive_s = 60;       // 0: none; a dead peer is then noticed only when writing fails
  uint16_t receive_maximum = 65535; // MQTT 5: unanswered QoS 1 and 2 messages the broker may send
  std::vector<topic_filter> filters;
  size_t message_bytes_max = 16 * 1024 * 1024; // longer ones are announced by their topic alone
  size_t pending_bytes_max = 4 * 1024 * 1024;  // of messages to be sent or answered for
  uint64_t jitter_seed = 0;
};

struct message {
  publish_packet packet; // views: until the following next() or advance(), or while block() is held
  uint64_t token = 0;    // for acknowledge_up_to(); 0 for QoS 0
  bool oversize = false; // longer than message_bytes_max: payload and properties are lost
};

class session {
 public:
  enum class state : uint8_t { offline, connecting, greeting, online, closing, closed, failed };

  // `net` outlives the session.
  session(session_options options, network& net);

  // Does what can be done now. An error is final; all else, a lost connection above all, it deals with itself.
  status advance(int64_t now_us);
  // The next message; false: none now. Handles control packets on the way.
  bool next(message& into);
  // Keeps the memory that the last message's views point into.
  std::shared_ptr<const char[]> block() const { return input_.block(); }

  // Everything up to `token` is durable: answer for it. Sent by the next advance().
  void acknowledge_up_to(uint64_t token);
  uint64_t last_token() const { return inbound_.last_token(); }
  size_t unacknowledged() const { return inbound_.unacknowledged(); }
  // Of inbound QoS 1 and 2, see inbound_ledger; restore() REQUIRES that advance() was not called yet.
  // With the filters subscribed to, so that a later run leaves those it no longer has.
  std::string snapshot() const;
  status restore(std::string_view bytes);

  // Copies the message. Returns its sequence number, 1, 2, 3 ...
  // errc::would_block: pending_bytes_max is reached, or QoS 0 and not connected. errc::invalid_argument: the topic is
  // unusable, or the broker does not take messages of this size or QoS.
  result<uint64_t> publish(const publish_packet& message);
  // Every message up to this one is answered for by the broker (QoS 0: handed to the operating system).
  uint64_t completed() const;
  uint64_t published() const { return sequence_; }
  // All that was published is with the broker; only its answers are missing.
  bool all_sent() const;

  // Says goodbye once what is queued is written; the owner goes on calling advance() until closed.
  void close();

  state current() const { return state_; }
  // Every filter is granted: what is published from now on arrives.
  bool subscribed() const { return state_ == state::online && subscribed_; }
  int descriptor() const { return stream_ ? stream_->descriptor() : -1; }
  // poll(2) bits, 0 when only the deadline counts.
  short wanted() const;
  // A message is waiting for next(), and nothing is read until it is taken.
  bool has_message() const { return front_.has_value(); }
  // Call advance() or next() without waiting.
  bool ready() const { return front_ || (stream_ && stream_->holds_bytes()); }
  // When to call advance() at the latest; < 0: never.
  int64_t deadline_us() const;

  uint64_t connections() const { return connections_; }
  // Why the latest connection was lost or refused; ok before the first loss.
  const status& last_loss() const { return last_loss_; }

 private:
  enum class input : uint8_t { message, dry, lost };

  void connect();
  void greet();
  void subscribe();
  void lose(status why);
  void fail(status why);
  void check_timers();
  void flush();
  input pump();
  bool receive(size_t need);
  bool announce_oversize(const packet_header& header);
  status handle(const packet_frame& frame);
  status on_connack(const packet_frame& frame);
  status on_suback(const packet_frame& frame);
  status on_answer(const packet_frame& frame);
  void note_limits(std::string_view properties);
  int64_t answer_patience_us() const { return std::min(keep_alive_us_, answer_timeout_us); }
  // There are bytes that the broker does not take.
  bool is_stalled() const { return output_begin_ < output_.size(); }
  size_t pending_bytes() const { return output_.size() - output_begin_ + outbound_.bytes(); }
  void send_answers();
  void ping();
  std::string identity() const { return options_.broker.to_string() + "/" + options_.client_id; }

  session_options options_;
  network* net_;
  backoff retry_;
  state state_ = state::offline;
  int64_t now_us_ = 0;
  int64_t state_since_us_ = 0; // of the present state; for offline: when to try again
  std::unique_ptr<byte_stream> stream_;
  status last_loss_;
  status write_loss_; // reading goes on until it fails as well: what has arrived counts
  uint64_t connections_ = 0;
  bool subscribed_ = false; // in the session the broker holds
  bool proven_ = false;     // this configuration has worked once
  std::vector<std::string> stale_filters_;

  receive_buffer input_;
  size_t skip_bytes_ = 0; // rest of an oversize message
  std::optional<message> front_;
  size_t front_bytes_ = 0;
  inbound_ledger inbound_;
  std::vector<ack_packet> answers_;

  std::string output_;
  size_t output_begin_ = 0;
  outbound_log outbound_;
  uint64_t sequence_ = 0;
  uint64_t written_through_ = 0; // QoS 0 messages up to here have left, or were lost with their connection
  bool plain_pending_ = false;   // QoS 0 messages are in output_

  int64_t keep_alive_us_ = 0;
  int64_t last_sent_us_ = 0;
  int64_t ping_sent_us_ = -1; // -1: no answer is waited for
  size_t broker_packet_bytes_max_ = body_bytes_max;
  size_t broker_receive_maximum_ = 65535;
  uint8_t broker_qos_max_ = qos_max;
  bool broker_retains_ = true;
};

} // namespace levada::mqtt
