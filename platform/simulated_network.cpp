#include "platform/simulated_network.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace levada {

namespace {

constexpr uint16_t first_free_port = 40000;

struct connection {
  std::string bytes[2];            // towards the client, towards the server
  bool closed[2] = {false, false}; // by the client, by the server
  bool broken = false;
};

} // namespace

struct simulated_network::shared {
  bool reachable = true;
  size_t bytes_per_call = std::numeric_limits<size_t>::max();
  size_t pipe_bytes = pipe_bytes_default;
  uint16_t next_port = first_free_port;
  std::map<uint16_t, std::deque<std::shared_ptr<connection>>> waiting; // by listening port
  std::vector<std::weak_ptr<connection>> connections;
};

class simulated_stream final : public byte_stream {
 public:
  simulated_stream(std::shared_ptr<simulated_network::shared> net, std::shared_ptr<connection> link, int side)
      : net_(std::move(net)), link_(std::move(link)), side_(side) {}
  ~simulated_stream() override { link_->closed[side_] = true; }

  status establish() override { return {}; }

  result<size_t> read(std::span<char> into) override {
    if (link_->broken) return status{errc::connection_closed, "the simulated connection was cut"};
    std::string& pipe = link_->bytes[side_];
    if (pipe.empty()) {
      if (link_->closed[1 - side_]) return status{errc::connection_closed, "the simulated peer closed the connection"};
      return size_t{0};
    }
    const size_t size = std::min({pipe.size(), into.size(), net_->bytes_per_call});
    std::copy_n(pipe.data(), size, into.data());
    pipe.erase(0, size);
    return size;
  }

  result<size_t> write(std::string_view bytes) override {
    if (link_->broken) return status{errc::connection_closed, "the simulated connection was cut"};
    if (link_->closed[1 - side_]) return status{errc::connection_closed, "the simulated peer closed the connection"};
    std::string& pipe = link_->bytes[1 - side_];
    const size_t room = net_->pipe_bytes - std::min(net_->pipe_bytes, pipe.size());
    const size_t size = std::min({bytes.size(), room, net_->bytes_per_call});
    pipe.append(bytes.substr(0, size));
    return size;
  }

  int descriptor() const override { return -1; }
  short wanted(bool reading, bool writing) const override {
    return static_cast<short>((reading ? wait_read : 0) | (writing ? wait_write : 0));
  }

 private:
  std::shared_ptr<simulated_network::shared> net_;
  std::shared_ptr<connection> link_;
  int side_;
};

class simulated_listener final : public listener {
 public:
  simulated_listener(std::shared_ptr<simulated_network::shared> net, uint16_t port)
      : net_(std::move(net)), port_(port) {}
  ~simulated_listener() override { net_->waiting.erase(port_); }

  result<std::unique_ptr<byte_stream>> accept() override {
    auto& queue = net_->waiting[port_];
    if (queue.empty()) return std::unique_ptr<byte_stream>{};
    auto link = std::move(queue.front());
    queue.pop_front();
    return std::unique_ptr<byte_stream>{std::make_unique<simulated_stream>(net_, std::move(link), 1)};
  }

  int descriptor() const override { return -1; }
  uint16_t port() const override { return port_; }

 private:
  std::shared_ptr<simulated_network::shared> net_;
  uint16_t port_;
};

simulated_network::simulated_network() : shared_(std::make_shared<shared>()) {}
simulated_network::~simulated_network() = default;

result<std::unique_ptr<byte_stream>> simulated_network::connect(const endpoint& to, const tls_options*) {
  const auto queue = shared_->waiting.find(to.port);
  if (!shared_->reachable || queue == shared_->waiting.end())
    return status{errc::peer_unreachable, "cannot connect to " + to.to_string() + ": nobody listens there"};
  auto link = std::make_shared<connection>();
  std::erase_if(shared_->connections, [](const auto& weak) { return weak.expired(); });
  shared_->connections.push_back(link);
  queue->second.push_back(link);
  return std::unique_ptr<byte_stream>{std::make_unique<simulated_stream>(shared_, std::move(link), 0)};
}

result<std::unique_ptr<listener>> simulated_network::listen(const endpoint& at) {
  const uint16_t port = at.port ? at.port : shared_->next_port++;
  if (!shared_->waiting.try_emplace(port).second)
    return status{errc::already_exists, "port " + std::to_string(port) + " is taken"};
  return std::unique_ptr<listener>{std::make_unique<simulated_listener>(shared_, port)};
}

void simulated_network::set_reachable(bool reachable) { shared_->reachable = reachable; }

void simulated_network::cut() {
  for (const auto& weak : shared_->connections)
    if (const auto link = weak.lock()) link->broken = true;
}

void simulated_network::set_bytes_per_call(size_t bytes) { shared_->bytes_per_call = bytes; }
void simulated_network::set_pipe_bytes(size_t bytes) { shared_->pipe_bytes = bytes; }

} // namespace levada
