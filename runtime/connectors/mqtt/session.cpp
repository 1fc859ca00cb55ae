#include "runtime/connectors/mqtt/session.hpp"

#include <algorithm>
#include <utility>

#include "runtime/connectors/mqtt/property.hpp"
#include "runtime/connectors/mqtt/reason.hpp"

namespace levada::mqtt {

namespace {

constexpr size_t write_bytes = 64 * 1024;
// Reads in one advance() while only control packets arrive.
constexpr int reads_max = 64;

} // namespace

session::session(session_options options, network& net)
    : options_(std::move(options)), net_(&net), retry_(retry_base_us, retry_cap_us, options_.jitter_seed),
      outbound_(options_.protocol) {}

status session::advance(int64_t now_us) {
  now_us_ = now_us;
  if (state_ == state::offline && now_us_ >= state_since_us_) connect();
  if (state_ == state::connecting) {
    if (auto s = stream_->establish(); s.ok()) {
      greet();
    } else if (s.code() != errc::would_block) {
      lose(std::move(s));
    }
  }
  if (stream_ && state_ != state::connecting) {
    flush();
    pump();
  }
  // After reading: an owner that comes late finds the answer in the socket.
  check_timers();
  flush();
  return state_ == state::failed ? last_loss_ : status{};
}

void session::connect() {
  auto made = net_->connect(options_.broker, options_.tls ? &*options_.tls : nullptr);
  if (!made.ok()) return lose(made.error());
  stream_ = std::move(*made);
  state_ = state::connecting;
  state_since_us_ = now_us_;
}

void session::greet() {
  std::string properties;
  const bool v5 = options_.protocol == version::v5;
  if (v5) {
    if (options_.session_expiry_s > 0 && options_.start != session_start::clean)
      put_number(properties, property_id::session_expiry, options_.session_expiry_s);
    if (options_.receive_maximum != 65535)
      put_number(properties, property_id::receive_maximum, options_.receive_maximum);
    put_number(properties, property_id::maximum_packet_size,
               static_cast<uint32_t>(std::min(options_.message_bytes_max, body_bytes_max)));
  }
  connect_packet packet;
  packet.protocol = options_.protocol;
  packet.client_id = options_.client_id;
  packet.clean_start = options_.start == session_start::clean ||
                       (options_.start == session_start::clean_once && (!v5 || connections_ == 0));
  packet.keep_alive_s = options_.keep_alive_s;
  packet.username = options_.username;
  packet.password = options_.password;
  packet.properties = properties;
  encode(packet, output_);
  keep_alive_us_ = int64_t{options_.keep_alive_s} * 1'000'000;
  ping_sent_us_ = -1;
  last_sent_us_ = now_us_;
  state_ = state::greeting;
}

void session::lose(status why) {
  const bool was_closing = state_ == state::closing;
  const bool hopeless = !proven_ && is_final(why.code());
  if (state_ == state::online && now_us_ - state_since_us_ >= settled_us) retry_.reset();
  last_loss_ = write_loss_.ok() ? std::move(why) : write_loss_;
  write_loss_ = {};
  stream_.reset();
  front_.reset();
  skip_bytes_ = 0;
  input_.clear();
  inbound_.disconnected();
  output_.clear();
  output_begin_ = 0;
  if (plain_pending_) written_through_ = sequence_;
  plain_pending_ = false;
  state_ = was_closing ? state::closed : hopeless ? state::failed : state::offline;
  state_since_us_ = now_us_ + (state_ == state::offline ? retry_.next_us() : 0);
}

void session::fail(status why) {
  lose(std::move(why));
  state_ = state::failed;
}

void session::check_timers() {
  if (state_ == state::connecting || state_ == state::greeting) {
    if (now_us_ - state_since_us_ >= establish_timeout_us)
      lose({errc::timed_out, "no MQTT connection to " + options_.broker.to_string() + " within 30 s"});
    return;
  }
  if (state_ == state::closing && now_us_ - state_since_us_ >= closing_timeout_us)
    return lose({errc::timed_out, "the broker did not take the goodbye"});
  if (state_ != state::online || keep_alive_us_ == 0) return;
  // An owner that leaves messages in place keeps the answer from being read: that is not the broker's fault.
  if (front_) ping_sent_us_ = -1;
  if (ping_sent_us_ >= 0 && now_us_ - ping_sent_us_ >= answer_patience_us())
    return lose({errc::timed_out, options_.broker.to_string() + " does not answer to pings"});
  if (now_us_ - last_sent_us_ < keep_alive_us_) return;
  // What cannot leave says as much as a ping behind it would.
  if (!is_stalled()) ping();
  if (ping_sent_us_ < 0 && !front_) ping_sent_us_ = now_us_;
}

void session::flush() {
  if (!stream_ || !write_loss_.ok() || state_ == state::connecting) return;
  for (;;) {
    if (state_ == state::online || state_ == state::closing) outbound_.send(output_, output_begin_ + write_bytes);
    if (output_begin_ == output_.size()) break;
    auto sent = stream_->write(std::string_view(output_).substr(output_begin_));
    if (!sent.ok()) {
      write_loss_ = sent.error();
      return;
    }
    if (*sent == 0) break;
    output_begin_ += *sent;
    last_sent_us_ = now_us_;
    if (output_begin_ == output_.size()) {
      output_.clear();
      output_begin_ = 0;
      if (plain_pending_) written_through_ = sequence_;
      plain_pending_ = false;
    }
  }
  if (output_begin_ >= write_bytes) {
    output_.erase(0, output_begin_);
    output_begin_ = 0;
  }
  if (state_ == state::closing && output_.empty()) {
    stream_.reset();
    state_ = state::closed;
  }
}

bool session::receive(size_t need) {
  auto got = input_.fill(*stream_, need);
  if (!got.ok()) {
    lose(got.error());
    return false;
  }
  if (*got > 0) ping_sent_us_ = -1;
  return *got > 0;
}

session::input session::pump() {
  if (front_) return input::message;
  int reads = 0;
  const auto read_more = [&](size_t need) { return reads++ < reads_max && receive(need); };
  while (stream_ && state_ != state::connecting) {
    const auto bytes = input_.view();
    if (skip_bytes_ > 0 && !bytes.empty()) {
      const size_t skipped = std::min(skip_bytes_, bytes.size());
      input_.consume(skipped);
      skip_bytes_ -= skipped;
      continue;
    }
    auto header = decode_header(bytes);
    if (!header.ok()) {
      lose(header.error());
      break;
    }
    const size_t size = header->header_bytes + header->body_bytes;
    if (header->header_bytes > 0 && size > options_.message_bytes_max) {
      if (header->type != packet_type::publish) {
        lose({errc::protocol_error, "the broker sends a control packet of " + std::to_string(size) + " bytes"});
        break;
      }
      if (announce_oversize(*header)) return input::message;
    } else if (header->header_bytes > 0 && bytes.size() >= size) {
      const packet_frame frame{header->type, header->flags, bytes.substr(header->header_bytes, header->body_bytes)};
      if (frame.type == packet_type::publish && state_ != state::greeting) {
        auto packet = decode_publish(frame, options_.protocol);
        if (!packet.ok()) {
          lose(packet.error());
          break;
        }
        front_ = message{*packet, 0, false};
        front_bytes_ = size;
        return input::message;
      }
      input_.consume(size);
      if (auto s = handle(frame); !s.ok()) {
        lose(std::move(s));
        break;
      }
      continue;
    }
    if (!read_more(size <= options_.message_bytes_max ? size : 0)) break;
  }
  return stream_ ? input::dry : input::lost;
}

bool session::announce_oversize(const packet_header& header) {
  const auto body = input_.view().substr(header.header_bytes);
  wire_reader from(body);
  publish_packet packet;
  packet.duplicate = header.flags & 8;
  packet.qos = header.flags >> 1 & 3;
  packet.retain = header.flags & 1;
  packet.topic = from.text();
  if (packet.qos > 0) packet.packet_id = from.u16();
  if (!from.ok()) return false; // not all of it is here
  front_bytes_ = header.header_bytes + (body.size() - from.rest().size());
  skip_bytes_ = header.header_bytes + header.body_bytes - front_bytes_;
  front_ = message{packet, 0, true};
  return true;
}

bool session::next(message& into) {
  for (;;) {
    if (!front_ && (state_ != state::online || pump() != input::message)) return false;
    into = *front_;
    front_.reset();
    input_.consume(front_bytes_);
    if (into.packet.qos == 0) return true;
    into.token = inbound_.on_publish(into.packet, answers_);
    send_answers();
    if (into.token != 0) return true;
  }
}

void session::close() {
  if (state_ != state::online) {
    stream_.reset();
    state_ = state::closed;
    return;
  }
  state_ = state::closing;
  state_since_us_ = now_us_;
  encode(disconnect_packet{}, options_.protocol, output_);
}

bool session::all_sent() const { return state_ == state::online && !outbound_.held() && !is_stalled(); }

short session::wanted() const {
  if (!stream_) return 0;
  return stream_->wanted(!front_, is_stalled() && write_loss_.ok());
}

int64_t session::deadline_us() const {
  switch (state_) {
  case state::offline: return state_since_us_;
  case state::connecting:
  case state::greeting: return state_since_us_ + establish_timeout_us;
  case state::closing: return state_since_us_ + closing_timeout_us;
  case state::closed:
  case state::failed: return -1;
  case state::online: break;
  }
  if (keep_alive_us_ == 0) return -1;
  if (ping_sent_us_ >= 0) return ping_sent_us_ + answer_patience_us();
  return front_ && is_stalled() ? -1 : last_sent_us_ + keep_alive_us_;
}

} // namespace levada::mqtt
