// Simulated twin of the network: connections are pairs of bounded pipes inside the process, deterministic, on one
// thread. Nothing can be polled: descriptor() is -1.
#pragma once

#include <deque>
#include <map>

#include "platform/socket.hpp"

namespace levada {

class simulated_network final : public network {
 public:
  static constexpr size_t pipe_bytes_default = 64 * 1024;

  simulated_network();
  ~simulated_network() override;

  // TLS is not simulated: the bytes travel as they are.
  result<std::unique_ptr<byte_stream>> connect(const endpoint& to, const tls_options* tls) override;
  // The host is ignored; port 0 takes the next free one.
  result<std::unique_ptr<listener>> listen(const endpoint& at) override;

  // From now on connecting fails, or works again.
  void set_reachable(bool reachable);
  // Every connection breaks; what is in the pipes is lost.
  void cut();
  // No read or write moves more than this at once: makes packets arrive in pieces.
  void set_bytes_per_call(size_t bytes);
  // How much a pipe takes before its writer must wait.
  void set_pipe_bytes(size_t bytes);

 private:
  friend class simulated_stream;
  friend class simulated_listener;
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace levada
