// Byte streams over the network that never block: a caller polls descriptor() for wanted() and tries again.
//
// Threads: a stream and a listener belong to one thread at a time; a network may be used by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "platform/status.hpp"

namespace levada {

// poll(2) bits, so that callers need no OS header.
constexpr short wait_read = 0x1;
constexpr short wait_write = 0x4;

class byte_stream {
 public:
  virtual ~byte_stream() = default;

  // Drives name resolution, connecting and any handshake. errc::would_block: not there yet, wait and call again.
  // Anything else but ok is final; the text names the peer.
  virtual status establish() = 0;
  // REQUIRES establish() was ok. Bytes moved; 0 means nothing can move now. errc::connection_closed: the peer is gone.
  virtual result<size_t> read(std::span<char> into) = 0;
  virtual result<size_t> write(std::string_view bytes) = 0;

  // What to poll, -1 when there is nothing to poll. Changes while establishing: ask before each wait.
  virtual int descriptor() const = 0;
  // Bits to poll for, given what the caller would do next. While establishing the arguments do not matter.
  virtual short wanted(bool reading, bool writing) const = 0;
  // Bytes have already left the descriptor (a TLS record): read() before polling.
  virtual bool holds_bytes() const { return false; }
};

class listener {
 public:
  virtual ~listener() = default;
  // The next connection, established; null when nobody waits.
  virtual result<std::unique_ptr<byte_stream>> accept() = 0;
  virtual int descriptor() const = 0; // poll for wait_read
  virtual uint16_t port() const = 0;  // as bound, when 0 was asked for
};

struct endpoint {
  std::string host; // name or address, IPv6 without brackets
  uint16_t port = 0;

  std::string to_string() const; // "host:port", "[::1]:port"
};

// "host", "host:port", "[v6]:port", "[v6]". errc::invalid_argument without a host, or with a port outside 1..65535.
result<endpoint> parse_endpoint(std::string_view text, uint16_t default_port);

// The peer's certificate is always verified against the CA file (empty: the system's) and its name against the host.
struct tls_options {
  std::string ca_file;
  std::string certificate_file; // of the client, PEM with its chain; empty: none
  std::string key_file;         // PEM; empty: inside certificate_file
};

class network {
 public:
  virtual ~network() = default;
  // Returns at once; drive establish(). `tls` null: plain TCP. errc::tls_error: a file of `tls` is unusable.
  virtual result<std::unique_ptr<byte_stream>> connect(const endpoint& to, const tls_options* tls) = 0;
  virtual result<std::unique_ptr<listener>> listen(const endpoint& at) = 0;
};

class system_network final : public network {
 public:
  result<std::unique_ptr<byte_stream>> connect(const endpoint& to, const tls_options* tls) override;
  // An empty host is 127.0.0.1.
  result<std::unique_ptr<listener>> listen(const endpoint& at) override;
};

// Waits for `events` on one descriptor at most `timeout_us` (< 0: for ever). True when it is ready or in error.
bool wait_for(int descriptor, short events, int64_t timeout_us);

} // namespace levada
