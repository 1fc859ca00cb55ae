#include "runtime/connectors/socket_link.hpp"

#include <array>

namespace levada {

result<socket_options> read_socket_options(table_options& options) {
  constexpr std::array<std::string_view, 2> modes = {"connect", "listen"};
  socket_options socket;
  auto mode = options.one_of("mode", modes, "connect");
  if (!mode.ok()) return mode.error();
  socket.listen = *mode == "listen";
  if (socket.listen) {
    socket.peer.host = options.text("hostname").value_or("");
  } else {
    auto host = options.require_text("hostname");
    if (!host.ok()) return host.error();
    socket.peer.host = *host;
  }
  if (!options.has("port")) return status{errc::missing_option, "option 'port' is required"};
  auto port = options.integer("port", 0, socket.listen ? 0 : 1, 65535);
  if (!port.ok()) return port.error();
  socket.peer.port = static_cast<uint16_t>(*port);
  auto reconnect = options.boolean("reconnect", true);
  if (!reconnect.ok()) return reconnect.error();
  socket.reconnect = *reconnect;
  return socket;
}

socket_link::socket_link(socket_options options, std::shared_ptr<network> net, const clock_source* clock)
    : options_(std::move(options)), net_(std::move(net)), clock_(clock),
      backoff_(backoff_base_us, backoff_cap_us, static_cast<uint64_t>(clock->wall_us())) {}

status socket_link::open() {
  if (!options_.listen) return {};
  auto made = net_->listen(options_.peer);
  if (!made.ok()) return made.error();
  listener_ = std::move(*made);
  return {};
}

void socket_link::retry_later() {
  stream_.reset();
  established_ = false;
  dial_at_us_ = clock_->monotonic_us() + backoff_.next_us();
}

byte_stream* socket_link::ready() {
  if (!stream_) {
    if (clock_->monotonic_us() < dial_at_us_) return nullptr;
    auto made = listener_ ? listener_->accept() : net_->connect(options_.peer, nullptr);
    if (!made.ok()) {
      retry_later();
      return nullptr;
    }
    stream_ = std::move(*made);
    if (!stream_) return nullptr;
  }
  if (established_) return stream_.get();
  status s = stream_->establish();
  if (s.code() == errc::would_block) return nullptr;
  if (!s.ok()) {
    retry_later();
    return nullptr;
  }
  established_ = true;
  backoff_.reset();
  return stream_.get();
}

bool socket_link::lost() {
  if (listener_) {
    stream_.reset();
    established_ = false;
  } else {
    retry_later();
  }
  return options_.reconnect;
}

readiness socket_link::wait(bool reading, bool writing) const {
  if (stream_) return {stream_->descriptor(), stream_->wanted(reading, writing), -1};
  if (listener_ && clock_->monotonic_us() >= dial_at_us_) return {listener_->descriptor(), wait_read, -1};
  return {-1, 0, dial_at_us_};
}

} // namespace levada
