#include "runtime/connectors/mqtt/inbound.hpp"

#include "runtime/connectors/mqtt/content_hash.hpp"
#include "runtime/connectors/mqtt/wire.hpp"

namespace levada::mqtt {

namespace {

constexpr uint8_t snapshot_format = 2;
// Packet ids of QoS 2 messages not released, and nothing else.
constexpr uint8_t snapshot_format_ids_only = 1;
constexpr uint8_t packet_id_not_found = 0x92;

// A message is stored with its QoS, whether its last answer may have been sent by the time it is restored, and whether
// it belongs to the present run of ids.
constexpr uint8_t stored_answered = 0x80;
constexpr uint8_t stored_in_run = 0x40;

} // namespace

uint64_t inbound_ledger::owe(uint16_t packet_id) {
  pending_.push_back({++last_token_, packet_id});
  return last_token_;
}

void inbound_ledger::end_redelivery() {
  redelivering_ = false;
  std::erase_if(known_, [&](const auto& each) {
    const entry& of = each.second;
    if (of.connection == connection_) return false;
    if (of.at == stage::answered) order_.on_answer_read(of.run);
    return true;
  });
}

void inbound_ledger::forget_oldest_answer() {
  const answer_record oldest = unread_.front();
  unread_.pop_front();
  ++read_;
  const auto found = known_.find(oldest.packet_id);
  if (found == known_.end() || found->second.token != oldest.token || found->second.at != stage::answered) return;
  known_.erase(found);
}

void inbound_ledger::finish(uint16_t packet_id, entry& of, std::vector<ack_packet>& answers) {
  of.at = stage::answered;
  answers.push_back({of.qos == 1 ? packet_type::puback : packet_type::pubcomp, packet_id, 0, {}});
  unread_.push_back({of.token, of.run, packet_id});
  if (unread_.size() > unread_answers_max) forget_oldest_answer();
}

void inbound_ledger::again(uint16_t packet_id, entry& of, uint64_t content, std::vector<ack_packet>& answers) {
  of.connection = connection_;
  of.content = content;
  if (of.at == stage::delivered) return;
  if (of.qos == 1) return finish(packet_id, of, answers);
  // A release is to come once more, and only then PUBCOMP: a second one might meet another message with this id.
  if (of.at != stage::committed) {
    of.at = stage::committed;
    of.token = 0;
  }
  answers.push_back({packet_type::pubrec, packet_id, 0, {}});
}

uint64_t inbound_ledger::on_publish(const publish_packet& message, std::vector<ack_packet>& answers) {
  const uint16_t id = message.packet_id;
  if (!message.duplicate && redelivering_) end_redelivery();
  const uint64_t content = content_hash(message);
  const auto known = known_.find(id);
  const bool is_again = message.duplicate && known != known_.end() && known->second.qos == message.qos &&
                        (known->second.content == content || known->second.content == 0);
  if (is_again && (known->second.at != stage::answered || order_.counts())) {
    again(id, known->second, content, answers);
    return 0;
  }
  const uint32_t run = is_again ? known->second.run : order_.on_new(id, message.duplicate);
  const uint64_t token = owe(id);
  known_.insert_or_assign(id, entry{token, connection_, content, run, message.qos, stage::delivered});
  return token;
}

void inbound_ledger::on_pubrel(uint16_t packet_id, std::vector<ack_packet>& answers) {
  const auto known = known_.find(packet_id);
  if (known == known_.end() || known->second.qos != 2) {
    answers.push_back({packet_type::pubcomp, packet_id, packet_id_not_found, {}});
    return;
  }
  entry& of = known->second;
  of.connection = connection_;
  if (of.at == stage::released) return;
  if (of.at == stage::answered) return finish(packet_id, of, answers);
  of.at = stage::released;
  of.token = owe(packet_id);
}

void inbound_ledger::acknowledge_up_to(uint64_t token, std::vector<ack_packet>& answers) {
  for (; !pending_.empty() && pending_.front().token <= token; pending_.pop_front()) {
    const debt owed = pending_.front();
    const auto found = known_.find(owed.packet_id);
    if (found == known_.end() || found->second.token != owed.token) continue; // the broker has gone on without it
    entry& of = found->second;
    const bool answerable = of.connection == connection_;
    if (of.at == stage::delivered && (of.qos == 2 || !answerable)) {
      of.at = stage::committed;
      if (answerable) answers.push_back({packet_type::pubrec, owed.packet_id, 0, {}});
    } else if (answerable) {
      finish(owed.packet_id, of, answers);
    } else {
      of.at = stage::answered;
    }
  }
}

void inbound_ledger::connected(bool session_present) {
  ++connection_;
  redelivering_ = session_present;
  if (session_present) return;
  end_redelivery();
  order_ = {};
}

void inbound_ledger::disconnected() {
  ++connection_;
  unread_.clear();
  read_ = pings_ = pongs_ = probe_ = probed_ = 0;
}

bool inbound_ledger::wants_ping() const {
  return probe_ == 0 && unread_.size() >= (order_.answer_read() ? unread_answers_few : 1);
}

void inbound_ledger::on_ping() {
  ++pings_;
  if (probe_ != 0) return;
  probe_ = pings_;
  probed_ = read_ + unread_.size();
}

void inbound_ledger::on_pong() {
  if (++pongs_ != probe_) return;
  probe_ = 0;
  while (read_ < probed_) {
    order_.on_answer_read(unread_.front().run);
    forget_oldest_answer();
  }
}

std::string inbound_ledger::snapshot(std::string_view session) const {
  std::string bytes;
  put_u8(bytes, snapshot_format);
  put_binary(bytes, session.substr(0, text_bytes_max));
  const auto order = order_.known();
  put_u16(bytes, order.newest);
  put_u8(bytes, order.counted);
  put_u8(bytes, order.answer_read);
  for (const auto& [id, of] : known_) {
    const bool answered = of.qos == 1 || of.at == stage::released || of.at == stage::answered;
    const bool in_run = of.run == order_.run();
    put_u16(bytes, id);
    put_u8(bytes, static_cast<uint8_t>(of.qos | (answered ? stored_answered : 0) | (in_run ? stored_in_run : 0)));
    put_u32(bytes, static_cast<uint32_t>(of.content >> 32));
    put_u32(bytes, static_cast<uint32_t>(of.content));
  }
  return bytes;
}

status inbound_ledger::restore(std::string_view bytes, std::string_view session) {
  wire_reader from(bytes);
  const uint8_t format = from.u8();
  const auto of = from.binary();
  if (!from.ok() || (format != snapshot_format && format != snapshot_format_ids_only))
    return {errc::corrupt_value, "the stored MQTT packet ids cannot be read"};
  if (of != session.substr(0, text_bytes_max)) return {};
  if (format == snapshot_format_ids_only) {
    while (!from.empty()) known_.insert_or_assign(from.u16(), entry{0, 0, 0, 0, 2, stage::committed});
  } else {
    restore_messages(from);
  }
  return from.ok() ? status{} : status{errc::corrupt_value, "the stored MQTT packet ids are cut short"};
}

void inbound_ledger::restore_messages(wire_reader& from) {
  id_order::knowledge order;
  order.newest = from.u16();
  order.counted = from.u8();
  order.answer_read = from.u8() != 0;
  order_.restore(order);
  while (!from.empty()) {
    const uint16_t id = from.u16();
    const uint8_t kind = from.u8();
    const uint64_t high = from.u32();
    const uint64_t content = high << 32 | from.u32();
    const auto qos = static_cast<uint8_t>(kind & ~(stored_answered | stored_in_run));
    if (qos != 1 && qos != 2) return from.fail();
    const uint32_t run = kind & stored_in_run ? order_.run() : 0;
    const auto at = kind & stored_answered ? stage::answered : stage::committed;
    known_.insert_or_assign(id, entry{0, 0, content, run, qos, at});
  }
}

} // namespace levada::mqtt
