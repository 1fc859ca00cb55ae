#include "platform/socket.hpp"

#include <catch2/catch.hpp>

#include "platform/simulated_network.hpp"

using namespace levada;

namespace {

constexpr int64_t patience_us = 5'000'000;

status settle(byte_stream& stream) {
  for (;;) {
    auto s = stream.establish();
    if (s.code() != errc::would_block) return s;
    if (!wait_for(stream.descriptor(), stream.wanted(true, true), patience_us))
      return {errc::timed_out, "nothing happened"};
  }
}

std::string read_exactly(byte_stream& stream, size_t bytes) {
  std::string text;
  char buffer[4096];
  while (text.size() < bytes) {
    auto got = stream.read({buffer, std::min(sizeof buffer, bytes - text.size())});
    if (!got.ok()) return text + " then " + got.error().to_string();
    text.append(buffer, *got);
    if (*got == 0 && !wait_for(stream.descriptor(), stream.wanted(true, false), patience_us)) return text + " only";
  }
  return text;
}

} // namespace

TEST_CASE("an endpoint is a host with an optional port") {
  CHECK(parse_endpoint("broker", 1883)->to_string() == "broker:1883");
  CHECK(parse_endpoint("broker:9", 1883)->to_string() == "broker:9");
  CHECK(parse_endpoint("[::1]:9", 1883)->to_string() == "[::1]:9");
  CHECK(parse_endpoint("[fe80::2]", 1883)->host == "fe80::2");
  for (const auto* wrong : {"", ":9", "a:", "a:0", "a:65536", "a:x", "::1", "[::1", "[::1]9", "a b:1"}) {
    CAPTURE(wrong);
    CHECK(parse_endpoint(wrong, 1883).error().code() == errc::invalid_argument);
  }
}

TEST_CASE("bytes travel both ways over loopback") {
  system_network net;
  auto server = net.listen({"127.0.0.1", 0});
  REQUIRE(server.ok());
  CHECK((*(*server)->accept()) == nullptr);
  const std::string host = GENERATE("127.0.0.1", "localhost");
  auto client = net.connect({host, (*server)->port()}, nullptr);
  REQUIRE(client.ok());
  REQUIRE(settle(**client).to_string() == "ok");
  REQUIRE(wait_for((*server)->descriptor(), wait_read, patience_us));
  auto accepted = (*server)->accept();
  REQUIRE(accepted.ok());
  REQUIRE(*accepted);

  char nothing[8];
  CHECK(*(*client)->read(nothing) == 0);
  CHECK(*(*client)->write("ping") == 4);
  CHECK(read_exactly(**accepted, 4) == "ping");
  CHECK(*(*accepted)->write("pong") == 4);
  CHECK(read_exactly(**client, 4) == "pong");

  accepted->reset();
  REQUIRE(wait_for((*client)->descriptor(), wait_read, patience_us));
  CHECK((*client)->read(nothing).error().code() == errc::connection_closed);
}

TEST_CASE("a writer is told to wait when the peer does not read") {
  system_network net;
  auto server = net.listen({"", 0});
  REQUIRE(server.ok());
  auto client = net.connect({"localhost", (*server)->port()}, nullptr);
  REQUIRE(settle(**client).ok());
  const std::string block(64 * 1024, 'x');
  size_t sent = 0;
  for (;;) {
    auto n = (*client)->write(block);
    REQUIRE(n.ok());
    if (*n == 0) break;
    sent += *n;
    REQUIRE(sent < size_t{64} << 20);
  }
  CHECK(sent > 0);
}

TEST_CASE("a refused connection and an unknown name say which peer") {
  system_network net;
  uint16_t closed_port;
  {
    auto server = net.listen({"127.0.0.1", 0});
    closed_port = (*server)->port();
  }
  auto refused = net.connect({"127.0.0.1", closed_port}, nullptr);
  REQUIRE(refused.ok());
  const auto s = settle(**refused);
  CHECK(s.code() == errc::peer_unreachable);
  CHECK(s.message().find("127.0.0.1:" + std::to_string(closed_port)) != std::string_view::npos);

  auto unknown = net.connect({"no-such-host.invalid", 1}, nullptr);
  REQUIRE(unknown.ok());
  CHECK(settle(**unknown).code() == errc::peer_unreachable);
}

TEST_CASE("the simulated network behaves like the real one") {
  simulated_network net;
  CHECK(net.connect({"broker", 1883}, nullptr).error().code() == errc::peer_unreachable);
  auto server = net.listen({"", 1883});
  REQUIRE(server.ok());
  net.set_bytes_per_call(3);
  net.set_pipe_bytes(4);
  auto client = net.connect({"broker", 1883}, nullptr);
  REQUIRE(client.ok());
  auto accepted = (*server)->accept();
  REQUIRE(accepted.ok());
  CHECK(*(*client)->write("abcdef") == 3);
  CHECK(*(*client)->write("def") == 1);
  CHECK(*(*client)->write("ef") == 0);
  char buffer[8];
  CHECK(*(*accepted)->read(buffer) == 3);
  CHECK(std::string(buffer, 3) == "abc");
  CHECK(*(*accepted)->read(buffer) == 1);
  CHECK(*(*accepted)->read(buffer) == 0);
  net.cut();
  CHECK((*accepted)->read(buffer).error().code() == errc::connection_closed);
  CHECK((*client)->write("x").error().code() == errc::connection_closed);
  net.set_reachable(false);
  CHECK(!net.connect({"broker", 1883}, nullptr).ok());
}
