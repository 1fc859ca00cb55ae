#include "runtime/connectors/mqtt/outbound.hpp"

#include <algorithm>

#include "runtime/connectors/mqtt/codec.hpp"
#include "runtime/connectors/mqtt/reason.hpp"

namespace levada::mqtt {

namespace {

constexpr char duplicate_flag = 8;
constexpr size_t compact_bytes = 64 * 1024;

} // namespace

uint64_t outbound_log::append(publish_packet message, uint64_t sequence) {
  last_id_ = last_id_ == publish_id_max ? 1 : static_cast<uint16_t>(last_id_ + 1);
  message.packet_id = last_id_;
  const size_t before = bytes_.size();
  encode(message, spoken_, bytes_);
  entries_.push_back(
      {sequence, base_ + before, static_cast<uint32_t>(bytes_.size() - before), last_id_, message.qos, stage::queued});
  return sequence;
}

void outbound_log::send(std::string& out, size_t out_bytes) {
  // Answered messages behind an unanswered one count too: that bounds the span of packet ids in use.
  for (; next_ < entries_.size() && next_ < window_ && out.size() < out_bytes; ++next_) {
    entry& each = entries_[next_];
    if (spoken_ == version::v3_1_1 && each.qos == 2 && next_ >= unannounced_window) break;
    if (each.at == stage::answered) continue;
    if (each.at == stage::received) {
      encode(ack_packet{packet_type::pubrel, each.packet_id, 0, {}}, spoken_, out);
      continue;
    }
    out.append(packet(each), each.size);
    each.at = stage::sent;
  }
}

status outbound_log::on_answer(const ack_packet& answer, std::string& out) {
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(next_);
  const auto found = std::find_if(entries_.begin(), end, [&](const entry& each) {
    return each.packet_id == answer.packet_id && each.at != stage::answered;
  });
  if (found == end) {
    // A PUBREC without its message: let the broker finish.
    if (answer.type == packet_type::pubrec && answer.reason < first_failure)
      encode(ack_packet{packet_type::pubrel, answer.packet_id, 0, {}}, spoken_, out);
    return {};
  }
  if (answer.reason >= first_failure && answer.type != packet_type::pubcomp)
    return request_refused("a message", answer.reason, answer.properties);
  if (answer.type == packet_type::pubrec) {
    if (found->qos != 2) return {errc::protocol_error, "the broker answered a QoS 1 message with PUBREC"};
    found->at = stage::received;
    encode(ack_packet{packet_type::pubrel, answer.packet_id, 0, {}}, spoken_, out);
    return {};
  }
  if ((answer.type == packet_type::puback) != (found->qos == 1))
    return {errc::protocol_error, "the broker's answer does not fit the QoS of the message"};
  found->at = stage::answered;
  pop_answered();
  return {};
}

void outbound_log::pop_answered() {
  while (!entries_.empty() && entries_.front().at == stage::answered) {
    head_ += entries_.front().size;
    entries_.pop_front();
    --next_;
  }
  if (entries_.empty() || (head_ >= compact_bytes && head_ >= bytes_.size() / 2)) {
    bytes_.erase(0, head_);
    base_ += head_;
    head_ = 0;
  }
}

void outbound_log::connected(bool session_present, size_t receive_maximum) {
  window_ = std::min(in_flight_max, receive_maximum);
  next_ = 0;
  for (entry& each : entries_) {
    if (each.at == stage::queued || each.at == stage::answered) continue;
    if (session_present) {
      if (each.at == stage::sent) packet(each)[0] |= duplicate_flag;
    } else {
      packet(each)[0] &= static_cast<char>(~duplicate_flag);
      each.at = stage::queued;
    }
  }
}

} // namespace levada::mqtt
