// getaddrinfo on a thread of its own, because it blocks as long as the name server likes.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <vector>

#include "platform/socket.hpp"

namespace levada {

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

// Addresses of a stream socket. An address literal is answered without a thread.
class name_lookup {
 public:
  // An empty host is 127.0.0.1.
  explicit name_lookup(const endpoint& of);

  // errc::would_block: poll descriptor() for wait_read. Never empty.
  result<std::vector<socket_address>> addresses() const;
  int descriptor() const;

 private:
  struct shared;
  std::shared_ptr<shared> shared_; // with the thread, which may outlive this
};

// For a caller that may block.
result<std::vector<socket_address>> lookup_now(const endpoint& of);

} // namespace levada
