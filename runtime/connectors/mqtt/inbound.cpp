#include "runtime/connectors/mqtt/inbound.hpp"

#include <algorithm>

#include "runtime/connectors/mqtt/wire.hpp"

namespace levada::mqtt {

namespace {

constexpr uint8_t snapshot_format = 1;
constexpr uint8_t packet_id_not_found = 0x92;

} // namespace

uint64_t inbound_ledger::owe(uint16_t packet_id, packet_type answer) {
  pending_.push_back({++last_token_, connection_, packet_id, answer});
  return last_token_;
}

inbound_ledger::debt* inbound_ledger::find(uint16_t packet_id, packet_type answer) {
  const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const debt& each) {
    return each.packet_id == packet_id && each.answer == answer;
  });
  return found == pending_.end() ? nullptr : &*found;
}

void inbound_ledger::end_redelivery() {
  redelivering_ = false;
  durable_unanswered_.clear();
  std::erase_if(pending_, [&](const debt& each) { return each.connection != connection_; });
  std::erase_if(open_, [&](const auto& each) { return each.second.connection != connection_; });
}

bool inbound_ledger::known_at_least_once(uint16_t packet_id, std::vector<ack_packet>& answers) {
  if (durable_unanswered_.erase(packet_id) > 0) {
    answers.push_back({packet_type::puback, packet_id, 0, {}});
    return true;
  }
  debt* owed = find(packet_id, packet_type::puback);
  if (owed) owed->connection = connection_;
  return owed;
}

bool inbound_ledger::known_exactly_once(uint16_t packet_id, std::vector<ack_packet>& answers) {
  const auto known = open_.find(packet_id);
  if (known == open_.end()) return false;
  known->second.connection = connection_;
  if (debt* owed = find(packet_id, packet_type::pubrec)) {
    owed->connection = connection_;
  } else {
    answers.push_back({packet_type::pubrec, packet_id, 0, {}});
  }
  return true;
}

uint64_t inbound_ledger::on_publish(const publish_packet& message, std::vector<ack_packet>& answers) {
  const uint16_t id = message.packet_id;
  if (!message.duplicate) {
    if (redelivering_) end_redelivery();
  } else if (message.qos == 1 ? known_at_least_once(id, answers) : known_exactly_once(id, answers)) {
    return 0;
  }
  if (message.qos == 1) return owe(id, packet_type::puback);
  open_.insert_or_assign(id, exactly_once{stage::delivered, connection_});
  return owe(id, packet_type::pubrec);
}

void inbound_ledger::on_pubrel(uint16_t packet_id, std::vector<ack_packet>& answers) {
  const auto known = open_.find(packet_id);
  if (known == open_.end()) {
    answers.push_back({packet_type::pubcomp, packet_id, packet_id_not_found, {}});
    return;
  }
  known->second.connection = connection_;
  if (known->second.at == stage::released) {
    if (debt* owed = find(packet_id, packet_type::pubcomp)) owed->connection = connection_;
    return;
  }
  known->second.at = stage::released;
  owe(packet_id, packet_type::pubcomp);
}

void inbound_ledger::acknowledge_up_to(uint64_t token, std::vector<ack_packet>& answers) {
  for (; !pending_.empty() && pending_.front().token <= token; pending_.pop_front()) {
    const debt& owed = pending_.front();
    const bool answerable = owed.connection == connection_;
    if (answerable) answers.push_back({owed.answer, owed.packet_id, 0, {}});
    if (owed.answer == packet_type::puback) {
      if (!answerable) durable_unanswered_.insert(owed.packet_id);
    } else if (const auto known = open_.find(owed.packet_id); known != open_.end()) {
      if (owed.answer == packet_type::pubcomp) {
        open_.erase(known);
      } else if (known->second.at == stage::delivered) {
        known->second.at = stage::committed;
      }
    }
  }
}

void inbound_ledger::connected(bool session_present) {
  ++connection_;
  redelivering_ = session_present;
  if (!session_present) end_redelivery();
}

std::string inbound_ledger::snapshot(std::string_view session) const {
  std::string bytes;
  put_u8(bytes, snapshot_format);
  put_binary(bytes, session.substr(0, text_bytes_max));
  for (const auto& [id, state] : open_)
    if (state.at != stage::released) put_u16(bytes, id);
  return bytes;
}

status inbound_ledger::restore(std::string_view bytes, std::string_view session) {
  wire_reader from(bytes);
  const uint8_t format = from.u8();
  const auto of = from.binary();
  if (!from.ok() || format != snapshot_format)
    return {errc::corrupt_value, "the stored MQTT packet ids cannot be read"};
  if (of != session.substr(0, text_bytes_max)) return {};
  while (from.ok() && !from.empty()) {
    const uint16_t id = from.u16();
    open_.insert_or_assign(id, exactly_once{stage::committed, 0});
  }
  return from.ok() ? status{} : status{errc::corrupt_value, "the stored MQTT packet ids are cut short"};
}

} // namespace levada::mqtt
