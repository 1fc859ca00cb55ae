#include <algorithm>

#include "platform/clock.hpp"
#include "runtime/connectors/mqtt/connector.hpp"
#include "runtime/connectors/mqtt/loss_report.hpp"
#include "runtime/connectors/mqtt/options.hpp"
#include "runtime/connectors/table_format.hpp"

namespace levada::mqtt {

namespace {

constexpr uint32_t no_column = ~uint32_t{0};

// How long answers may lie unread when nothing waits for them. The next message finds them too, so a steady stream is not
// woken twice for each of its messages.
constexpr int64_t answers_unread_us_max = 100'000;

class mqtt_sink final : public sink {
 public:
  mqtt_sink(sink_options options, std::shared_ptr<network> net, std::unique_ptr<encoder> encoder, uint32_t topic_column,
            delivery guarantee, const table_spec& table)
      : net_(std::move(net)), topic_(std::move(options.topic)), qos_(options.qos), retain_(options.retain),
        waits_for_answers_(guarantee != delivery::none), session_(std::move(options.session), *net_),
        encoder_(std::move(encoder)), topic_column_(topic_column), clock_(table.clock), name_(table.name),
        report_(table.name) {
    for (uint32_t i = 0; i < table.columns.size(); ++i)
      if (table.columns[i].metadata_key.empty()) physical_.push_back(i);
  }

  status open(std::string_view) override { return service(); }
  status write(const batch& rows) override;
  status flush() override;
  readiness wait() override;
  status service() override;
  status close() override;

 private:
  status encode_rows(const batch& rows);
  result<std::string_view> topic_of(const batch& rows, uint32_t row) const;

  std::shared_ptr<network> net_;
  std::string topic_;
  uint8_t qos_;
  bool retain_;
  bool waits_for_answers_;
  bool flushing_ = false;
  session session_;
  std::unique_ptr<encoder> encoder_;
  std::vector<uint32_t> physical_; // columns the format writes
  uint32_t topic_column_;
  const clock_source* clock_;
  std::string name_;
  loss_report report_;

  // The batch being written, while the session has no room for all of it.
  std::string payloads_;
  std::vector<size_t> ends_;
  uint32_t next_row_ = 0;
};

readiness mqtt_sink::wait() {
  const int64_t deadline_us = session_.ready() ? 0 : session_.deadline_us();
  // QoS 2 messages are let through by an answer to an answer.
  if (qos_ < 2 && !flushing_ && session_.completed() < session_.published() && session_.all_sent()) {
    const int64_t read_us = clock_->monotonic_us() + answers_unread_us_max;
    return {-1, 0, deadline_us < 0 ? read_us : std::min(deadline_us, read_us)};
  }
  return {session_.descriptor(), session_.wanted(), deadline_us};
}

status mqtt_sink::service() {
  auto s = session_.advance(clock_->monotonic_us());
  report_.look_at(session_);
  return s.at("table '" + name_ + "'");
}

status mqtt_sink::encode_rows(const batch& rows) {
  batch physical = rows;
  physical.columns.clear();
  for (const uint32_t i : physical_) physical.columns.push_back(rows.columns[i]);
  payloads_.clear();
  ends_.clear();
  next_row_ = 0;
  return encoder_->encode(physical, payloads_, &ends_);
}

result<std::string_view> mqtt_sink::topic_of(const batch& rows, uint32_t row) const {
  if (topic_column_ == no_column) return std::string_view{topic_};
  const column& topics = *rows.columns[topic_column_];
  if (!topics.is_null(row)) return topics.at<string_ref>(row).view();
  if (!topic_.empty()) return std::string_view{topic_};
  return status{errc::not_null_violation, "table '" + name_ + "': a row has no topic, and 'topic' gives no default"};
}

status mqtt_sink::write(const batch& rows) {
  if (auto s = service(); !s.ok()) return s;
  if (ends_.empty()) {
    if (auto s = encode_rows(rows); !s.ok()) return s;
  }
  const row_set selected = rows.selected();
  for (; next_row_ < selected.count; ++next_row_) {
    auto topic = topic_of(rows, selected[next_row_]);
    if (!topic.ok()) return topic.error();
    const size_t begin = next_row_ == 0 ? 0 : ends_[next_row_ - 1];
    std::string_view payload = std::string_view(payloads_).substr(begin, ends_[next_row_] - begin);
    if (encoder_->self_delimiting() && payload.ends_with('\n')) payload.remove_suffix(1);
    auto published = session_.publish({*topic, payload, {}, 0, qos_, retain_, false});
    if (published.ok()) continue;
    if (published.error().code() == errc::would_block) {
      if (auto s = service(); !s.ok()) return s;
      published = session_.publish({*topic, payload, {}, 0, qos_, retain_, false});
      if (published.ok()) continue;
    }
    return published.error().code() == errc::would_block ? published.error()
                                                         : published.error().at("table '" + name_ + "'");
  }
  ends_.clear();
  return service();
}

status mqtt_sink::flush() {
  if (auto s = service(); !s.ok()) return s;
  flushing_ = waits_for_answers_ && session_.completed() < session_.published();
  if (flushing_) return {errc::would_block, "the broker has not answered for every message"};
  return {};
}

status mqtt_sink::close() {
  // An orderly end may take the time of a round trip; a broker that is away is not waited for.
  const int64_t give_up_us = clock_->monotonic_us() + closing_timeout_us;
  session_.close();
  for (;;) {
    if (auto s = service(); !s.ok()) return s;
    const int64_t left_us = give_up_us - clock_->monotonic_us();
    if (session_.current() != session::state::closing || session_.descriptor() < 0 || left_us <= 0) break;
    wait_for(session_.descriptor(), session_.wanted(), left_us);
  }
  return {};
}

} // namespace

result<std::unique_ptr<sink>> make_sink(const sink_spec& spec, std::shared_ptr<network> net) {
  uint32_t topic_column = no_column;
  for (uint32_t i = 0; i < spec.table.columns.size(); ++i) {
    const column_spec& each = spec.table.columns[i];
    if (each.metadata_key.empty()) continue;
    if (each.metadata_key != "topic")
      return status{errc::unsupported, "column '" + each.column.name + "': mqtt cannot write the metadata '" +
                                           each.metadata_key + "'; declare it METADATA ... VIRTUAL"};
    if (!each.column.type.is_string())
      return status{errc::type_mismatch, "column '" + each.column.name + "': the topic must be a STRING"};
    topic_column = i;
  }
  auto options = read_sink_options(spec.table, spec.guarantee, topic_column != no_column);
  if (!options.ok()) return options.error();
  auto encoder = make_table_encoder(spec.table);
  if (!encoder.ok()) return encoder.error();
  return std::unique_ptr<sink>(new mqtt_sink(std::move(*options), std::move(net), std::move(*encoder), topic_column,
                                             spec.guarantee, spec.table));
}

} // namespace levada::mqtt
