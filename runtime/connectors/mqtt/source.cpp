#include <limits>

#include "platform/clock.hpp"
#include "runtime/connectors/mqtt/connector.hpp"
#include "runtime/connectors/mqtt/loss_report.hpp"
#include "runtime/connectors/mqtt/options.hpp"
#include "runtime/connectors/mqtt/property.hpp"
#include "runtime/connectors/table_format.hpp"

namespace levada::mqtt {

namespace {

// A poll comes to an end even where no message yields a row.
constexpr int messages_per_poll_max = 65'536;
// Brokers stop sending at some number of unanswered messages, mosquitto at 20 unless told otherwise. Once half of that
// is reached and nothing more comes, an epoch must not wait for its interval.
constexpr size_t broker_window = 20;

enum class metadata_key : uint8_t { topic, qos, retain, duplicate, user_properties, receive_time };

struct metadata_target {
  metadata_key key;
  uint32_t column;
};

std::optional<metadata_key> find_key(std::string_view name) {
  if (name == "topic") return metadata_key::topic;
  if (name == "qos") return metadata_key::qos;
  if (name == "retain") return metadata_key::retain;
  if (name == "duplicate") return metadata_key::duplicate;
  if (name == "user-properties") return metadata_key::user_properties;
  if (name == "receive-time") return metadata_key::receive_time;
  return {};
}

void push_user_properties(std::string_view properties, column& into) {
  auto& keys = into.children()[0];
  auto& values = into.children()[1];
  const uint32_t first = keys.size();
  property_reader from(properties);
  property next;
  while (from.next(next)) {
    if (next.id != property_id::user_property) continue;
    keys.push_string(next.text);
    values.push_string(next.value);
  }
  into.push(list_ref{first, keys.size() - first});
}

class mqtt_source final : public source {
 public:
  mqtt_source(session_options options, std::shared_ptr<network> net, table_decoder decoder,
              std::vector<metadata_target> metadata, const table_spec& table)
      : net_(std::move(net)),
        half_window_(std::max<size_t>(std::min<size_t>(options.receive_maximum, broker_window) / 2, 1)),
        session_(std::move(options), *net_), decoder_(std::move(decoder)), metadata_(std::move(metadata)),
        clock_(table.clock), name_(table.name), report_(table.name) {}

  status open(std::string_view position) override;
  result<poll_state> poll(decode_target& into) override;
  readiness wait() override {
    const int64_t deadline = session_.ready() ? 0 : session_.deadline_us();
    return {session_.descriptor(), session_.wanted(), deadline};
  }
  std::string position() override;
  void committed(std::string_view position) override;
  epoch_need wants_epoch() override;
  result<readiness> hold() override;
  const source_counters& counters() const override { return counters_; }
  void close() override;

 private:
  status take(const message& from, decode_target& into);
  void append_metadata(const message& from, decode_target& into);

  std::shared_ptr<network> net_;
  size_t half_window_;
  session session_;
  table_decoder decoder_;
  std::vector<metadata_target> metadata_;
  const clock_source* clock_;
  std::string name_;
  loss_report report_;
  uint64_t positioned_token_ = 0; // the latest that a position covers
  int64_t receive_time_us_ = 0;
  source_counters counters_;
};

status mqtt_source::open(std::string_view position) {
  if (position.empty()) return {};
  wire_reader from(position);
  // The token of an earlier process says nothing in this one.
  from.bytes(8);
  return from.ok() ? session_.restore(from.rest())
                   : status{errc::corrupt_value, "the stored MQTT position is cut short"};
}

std::string mqtt_source::position() {
  positioned_token_ = session_.last_token();
  std::string bytes;
  put_u32(bytes, static_cast<uint32_t>(positioned_token_ >> 32));
  put_u32(bytes, static_cast<uint32_t>(positioned_token_));
  return bytes + session_.snapshot();
}

epoch_need mqtt_source::wants_epoch() {
  if (session_.unacknowledged() >= half_window_ && !session_.ready()) return epoch_need::at_once;
  // A release (QoS 2) and a message without rows are answered for by an epoch, too.
  return session_.last_token() == positioned_token_ ? epoch_need::none : epoch_need::at_interval;
}

result<readiness> mqtt_source::hold() {
  if (auto s = session_.advance(clock_->monotonic_us()); !s.ok()) return s.at("table '" + name_ + "'");
  report_.look_at(session_);
  const bool reading_on = !session_.has_message() && session_.ready();
  const short events = session_.wanted();
  // A broken connection is always ready: it is left alone until there is something to do with it.
  return readiness{events == 0 ? -1 : session_.descriptor(), events, reading_on ? 0 : session_.deadline_us()};
}

void mqtt_source::committed(std::string_view position) {
  wire_reader from(position);
  const uint64_t high = from.u32();
  session_.acknowledge_up_to(high << 32 | from.u32());
  // The answers leave now, even when back-pressure keeps poll() from being called. A failure is for poll() to tell.
  static_cast<void>(session_.advance(clock_->monotonic_us()));
}

result<poll_state> mqtt_source::poll(decode_target& into) {
  if (auto s = session_.advance(clock_->monotonic_us()); !s.ok()) return s.at("table '" + name_ + "'");
  report_.look_at(session_);
  receive_time_us_ = clock_->wall_us() / 1000 * 1000;
  message next;
  int messages = 0;
  while (into.rows < into.rows_max && messages++ < messages_per_poll_max) {
    if (!session_.next(next)) return session_.ready() ? poll_state::more : poll_state::idle;
    if (auto s = take(next, into); !s.ok()) return s.at("table '" + name_ + "'");
  }
  return poll_state::more;
}

status mqtt_source::take(const message& from, decode_target& into) {
  counters_.bytes += from.packet.payload.size();
  if (from.oversize) {
    ++counters_.malformed;
    return {};
  }
  // A message is handed out whole or not at all, whatever number of rows it holds: its packet id stands for all of it.
  const uint32_t rows_max = std::exchange(into.rows_max, std::numeric_limits<uint32_t>::max());
  const uint32_t before = into.rows;
  auto done = decoder_.decode({session_.block(), from.packet.payload}, true, into);
  into.rows_max = rows_max;
  if (!metadata_.empty()) append_metadata(from, into);
  counters_.rows += into.rows - before;
  if (!done.ok()) {
    ++counters_.malformed;
    return malformed_at(done.error(), "topic '" + std::string(from.packet.topic) + "'", 0);
  }
  counters_.malformed += done->skipped;
  return {};
}

void mqtt_source::append_metadata(const message& from, decode_target& into) {
  for (const auto& [key, target] : metadata_) {
    column& to = into.columns[target];
    while (to.size() < into.rows) {
      switch (key) {
      case metadata_key::topic: to.push_string(from.packet.topic); break;
      case metadata_key::qos: to.push(static_cast<int32_t>(from.packet.qos)); break;
      case metadata_key::retain: to.push(static_cast<uint8_t>(from.packet.retain)); break;
      case metadata_key::duplicate: to.push(static_cast<uint8_t>(from.packet.duplicate)); break;
      case metadata_key::user_properties: push_user_properties(from.packet.properties, to); break;
      case metadata_key::receive_time: to.push(receive_time_us_); break;
      }
    }
  }
}

void mqtt_source::close() {
  session_.close();
  // The goodbye fits into the socket's buffer, and when it does not, the broker notices the end without it.
  static_cast<void>(session_.advance(clock_->monotonic_us()));
}

} // namespace

result<std::unique_ptr<source>> make_source(const source_spec& spec, std::shared_ptr<network> net) {
  auto options = read_source_options(spec.table);
  if (!options.ok()) return options.error();
  auto decoder = table_decoder::make(spec, true);
  if (!decoder.ok()) return decoder.error();
  std::vector<metadata_target> metadata;
  for (const auto& wanted : decoder->metadata()) {
    const auto key = find_key(wanted.key);
    if (!key) return status{errc::unknown_name, "mqtt has no metadata '" + wanted.key + "'"};
    metadata.push_back({*key, wanted.target});
  }
  return std::unique_ptr<source>(
      new mqtt_source(std::move(*options), std::move(net), std::move(*decoder), std::move(metadata), spec.table));
}

} // namespace levada::mqtt
