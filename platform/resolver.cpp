#include "platform/resolver.hpp"

#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <system_error>
#include <thread>

namespace levada {

namespace {

using answer = result<std::vector<socket_address>>;

answer resolve(const endpoint& of, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(of.port);
  const int failure = getaddrinfo(of.host.empty() ? "127.0.0.1" : of.host.c_str(), service.c_str(), &hints, &found);
  if (failure != 0) return status{errc::peer_unreachable, "cannot resolve " + of.host + ": " + gai_strerror(failure)};
  std::vector<socket_address> addresses;
  for (const addrinfo* at = found; at; at = at->ai_next) {
    socket_address& address = addresses.emplace_back();
    std::memcpy(&address.bytes, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
  }
  freeaddrinfo(found);
  return addresses;
}

} // namespace

struct name_lookup::shared {
  ~shared() {
    if (event >= 0) close(event);
  }
  int event = -1;
  std::atomic<bool> done = false;
  answer found = status{errc::would_block, "the name is being resolved"};
};

name_lookup::name_lookup(const endpoint& of) : shared_(std::make_shared<shared>()) {
  if (auto literal = resolve(of, AI_NUMERICHOST); literal.ok()) {
    shared_->found = std::move(literal);
    shared_->done = true;
    return;
  }
  shared_->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const auto work = [of, mine = shared_] {
    mine->found = resolve(of, AI_ADDRCONFIG);
    mine->done.store(true, std::memory_order_release);
    const uint64_t one = 1;
    // An eventfd that holds 0 always has room for 1.
    [[maybe_unused]] const auto written = ::write(mine->event, &one, sizeof one);
  };
  try {
    std::thread(work).detach();
  } catch (const std::system_error&) {
    work(); // out of threads: late is better than never
  }
}

result<std::vector<socket_address>> name_lookup::addresses() const {
  if (!shared_->done.load(std::memory_order_acquire)) return status{errc::would_block, "the name is being resolved"};
  return shared_->found;
}

int name_lookup::descriptor() const { return shared_->event; }

result<std::vector<socket_address>> lookup_now(const endpoint& of) { return resolve(of, 0); }

} // namespace levada
