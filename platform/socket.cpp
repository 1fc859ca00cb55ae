#include "platform/socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <vector>

#include "platform/resolver.hpp"
#include "platform/tls.hpp"

namespace levada {

namespace {

static_assert(wait_read == POLLIN && wait_write == POLLOUT);

constexpr int listen_backlog = 64;

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

status failure(std::string_view what, const std::string& peer, int error) {
  errc code = errc::io_error;
  switch (error) {
  case ECONNREFUSED:
  case EHOSTUNREACH:
  case ENETUNREACH:
  case ENETDOWN: code = errc::peer_unreachable; break;
  case ECONNRESET:
  case ECONNABORTED:
  case EPIPE: code = errc::connection_closed; break;
  case ETIMEDOUT: code = errc::timed_out; break;
  case EACCES:
  case EPERM: code = errc::permission_denied; break;
  case EADDRINUSE: code = errc::already_exists; break;
  default: break;
  }
  return {code, std::string(what) + " " + peer + ": " + std::system_category().message(error)};
}

class descriptor_owner {
 public:
  descriptor_owner() = default;
  explicit descriptor_owner(int fd) : fd_(fd) {}
  descriptor_owner(descriptor_owner&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor_owner& operator=(descriptor_owner&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor_owner() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// Small messages must leave at once: a lone event is not held back to share a segment with the next.
void send_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

class tcp_stream final : public byte_stream {
 public:
  explicit tcp_stream(const endpoint& to) : peer_(to.to_string()), lookup_(std::make_unique<name_lookup>(to)) {}
  tcp_stream(descriptor_owner accepted, std::string peer)
      : peer_(std::move(peer)), socket_(std::move(accepted)), established_(true) {}

  status establish() override {
    if (established_) return {};
    if (lookup_) {
      auto found = lookup_->addresses();
      if (!found.ok()) return found.error();
      addresses_ = std::move(*found);
      lookup_.reset();
      if (const int error = start_next(); error != 0) return failure("cannot connect to", peer_, error);
    }
    for (;;) {
      const int error = outcome();
      if (error == EINPROGRESS) return {errc::would_block, "connecting to " + peer_};
      if (error == 0) break;
      if (next_address_ == addresses_.size()) return failure("cannot connect to", peer_, error);
      if (const int refused = start_next(); refused != 0) return failure("cannot connect to", peer_, refused);
    }
    send_at_once(socket_.get());
    established_ = true;
    return {};
  }

  result<size_t> read(std::span<char> into) override {
    const auto got = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (got > 0) return static_cast<size_t>(got);
    if (got == 0 && !into.empty()) return status{errc::connection_closed, peer_ + " closed the connection"};
    if (got == 0 || must_wait(errno)) return size_t{0};
    return failure("lost the connection to", peer_, errno);
  }

  result<size_t> write(std::string_view bytes) override {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<size_t>(sent);
    if (must_wait(errno)) return size_t{0};
    return failure("lost the connection to", peer_, errno);
  }

  int descriptor() const override { return lookup_ ? lookup_->descriptor() : socket_.get(); }
  short wanted(bool reading, bool writing) const override {
    if (lookup_) return wait_read;
    if (!established_) return wait_write;
    return static_cast<short>((reading ? wait_read : 0) | (writing ? wait_write : 0));
  }

 private:
  // Starts on the first remaining address that does not fail at once; errno of the last otherwise.
  int start_next() {
    int error = EHOSTUNREACH;
    while (next_address_ < addresses_.size()) {
      const socket_address& to = addresses_[next_address_++];
      socket_ = descriptor_owner{::socket(to.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
      if (socket_.get() < 0) {
        error = errno;
        continue;
      }
      if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to.bytes), to.size) == 0) return 0;
      if (errno == EINPROGRESS || errno == EINTR) return 0;
      error = errno;
    }
    return error;
  }

  int outcome() const {
    pollfd probe{socket_.get(), POLLOUT, 0};
    if (::poll(&probe, 1, 0) <= 0) return EINPROGRESS;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
  }

  std::string peer_;
  std::unique_ptr<name_lookup> lookup_; // until the name is resolved
  std::vector<socket_address> addresses_;
  size_t next_address_ = 0;
  descriptor_owner socket_;
  bool established_ = false;
};

class tcp_listener final : public listener {
 public:
  tcp_listener(descriptor_owner socket, uint16_t port) : socket_(std::move(socket)), port_(port) {}

  result<std::unique_ptr<byte_stream>> accept() override {
    descriptor_owner accepted{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (accepted.get() < 0) {
      // A client that gave up before it was accepted is no failure of the listener.
      if (must_wait(errno) || errno == ECONNABORTED) return std::unique_ptr<byte_stream>{};
      return failure("cannot accept at port", std::to_string(port_), errno);
    }
    send_at_once(accepted.get());
    return std::unique_ptr<byte_stream>{
        std::make_unique<tcp_stream>(std::move(accepted), "the client of port " + std::to_string(port_))};
  }

  int descriptor() const override { return socket_.get(); }
  uint16_t port() const override { return port_; }

 private:
  descriptor_owner socket_;
  uint16_t port_;
};

uint16_t bound_port(int fd) {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bytes), &size) != 0) return 0;
  if (bytes.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&bytes)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bytes)->sin_port);
}

} // namespace

result<std::unique_ptr<byte_stream>> system_network::connect(const endpoint& to, const tls_options* tls) {
  auto plain = std::make_unique<tcp_stream>(to);
  if (!tls) return std::unique_ptr<byte_stream>{std::move(plain)};
  return make_tls_client(std::move(plain), to, *tls);
}

result<std::unique_ptr<listener>> system_network::listen(const endpoint& at) {
  auto addresses = lookup_now(at);
  if (!addresses.ok()) return addresses.error();
  const socket_address& to = addresses->front();
  descriptor_owner socket{::socket(to.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&to.bytes), to.size) != 0 ||
      ::listen(socket.get(), listen_backlog) != 0)
    return failure("cannot listen at", at.to_string(), errno);
  const uint16_t port = bound_port(socket.get());
  return std::unique_ptr<listener>{std::make_unique<tcp_listener>(std::move(socket), port)};
}

bool wait_for(int descriptor, short events, int64_t timeout_us) {
  pollfd item{descriptor, events, 0};
  // Rounded up: waking a little late is a wait, waking a little early is a spin.
  const int64_t timeout_ms = timeout_us < 0 ? -1 : std::min<int64_t>((timeout_us + 999) / 1000, INT_MAX);
  return ::poll(&item, 1, static_cast<int>(timeout_ms)) > 0;
}

} // namespace levada
