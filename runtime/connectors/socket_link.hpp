// One TCP connection that comes back: dialled, or accepted one at a time (further peers wait in the backlog). After a
// loss it is tried again with back-off, for ever.
#pragma once

#include <memory>
#include <string>

#include "platform/clock.hpp"
#include "platform/socket.hpp"
#include "runtime/connectors/backoff.hpp"
#include "runtime/connectors/connector.hpp"

namespace levada {

struct socket_options {
  endpoint peer; // to dial, or to listen at
  bool listen = false;
  bool reconnect = true; // false: the first connection that ends is the last
};

// 'hostname', 'port', 'mode', 'reconnect'.
result<socket_options> read_socket_options(table_options& options);

class socket_link {
 public:
  socket_link(socket_options options, std::shared_ptr<network> net, const clock_source* clock);

  // Listens, or begins to dial. Failure is final: an address in use, a name that is none.
  status open();
  // The established connection, or null: not yet, wait().
  byte_stream* ready();
  // The connection is gone. False: there will be no other.
  bool lost();
  readiness wait(bool reading, bool writing) const;
  uint16_t listening_port() const { return listener_ ? listener_->port() : 0; }

 private:
  void retry_later();

  static constexpr int64_t backoff_base_us = 100'000;
  static constexpr int64_t backoff_cap_us = 30'000'000;

  socket_options options_;
  std::shared_ptr<network> net_;
  const clock_source* clock_;
  std::unique_ptr<listener> listener_;
  std::unique_ptr<byte_stream> stream_;
  bool established_ = false;
  backoff backoff_;
  int64_t dial_at_us_ = 0;
};

} // namespace levada
