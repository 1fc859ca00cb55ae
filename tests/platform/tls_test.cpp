#include "platform/tls.hpp"

#include <catch2/catch.hpp>

#include "tests/child_process.hpp"

using namespace levada;

namespace {

constexpr int64_t patience_us = 10'000'000;

// Drives a connection to an openssl s_server that answers each line reversed.
struct outcome {
  status established;
  std::string answer;
};

outcome talk(const endpoint& to, const tls_options& options) {
  system_network net;
  auto stream = net.connect(to, &options);
  if (!stream.ok()) return {stream.error(), {}};
  for (;;) {
    auto s = (*stream)->establish();
    if (s.ok()) break;
    if (s.code() != errc::would_block) return {s, {}};
    if (!wait_for((*stream)->descriptor(), (*stream)->wanted(true, true), patience_us))
      return {{errc::timed_out, "nothing happened"}, {}};
  }
  if (auto sent = (*stream)->write("levada\n"); !sent.ok()) return {sent.error(), {}};
  std::string answer;
  char buffer[100];
  while (answer.find('\n') == std::string::npos) {
    auto got = (*stream)->read(buffer);
    if (!got.ok()) return {got.error(), answer};
    answer.append(buffer, *got);
    if (*got == 0 && !wait_for((*stream)->descriptor(), (*stream)->wanted(true, false), patience_us)) break;
  }
  return {{}, answer};
}

uint16_t free_port() {
  system_network net;
  return (*net.listen({"127.0.0.1", 0}))->port();
}

} // namespace

TEST_CASE("TLS trusts a peer that its CA vouches for by name, and no other") {
  if (!is_installed("openssl")) {
    WARN("skipped: the openssl tool is not installed");
    return;
  }
  const temporary_directory folder;
  const temporary_directory other;
  REQUIRE(make_certificates(folder));
  REQUIRE(make_certificates(other));
  const uint16_t port = free_port();
  const std::string log = folder.file("server.log");
  child_process server({"openssl", "s_server", "-rev", "-accept", "127.0.0.1:" + std::to_string(port), "-cert",
                        folder.file("server.pem"), "-key", folder.file("server.key")},
                       log);
  REQUIRE(server.started());
  const tls_options trusted{.ca_file = folder.file("ca.pem"), .certificate_file = {}, .key_file = {}};
  outcome first;
  for (int i = 0; i < 100; ++i) {
    first = talk({"localhost", port}, trusted);
    if (first.established.code() != errc::peer_unreachable) break;
    usleep(50'000);
  }
  CHECK(first.established.to_string() == "ok");
  CHECK(first.answer == "adavel\n");
  CHECK(talk({"127.0.0.1", port}, trusted).answer == "adavel\n");

  const auto stranger =
      talk({"localhost", port}, {.ca_file = other.file("ca.pem"), .certificate_file = {}, .key_file = {}});
  CHECK(stranger.established.code() == errc::tls_error);
  CHECK(stranger.established.message().find("is not trusted") != std::string_view::npos);
  CHECK(talk({"localhost", port}, {}).established.code() == errc::tls_error);
}

TEST_CASE("TLS refuses a certificate for another name") {
  if (!is_installed("openssl")) {
    WARN("skipped: the openssl tool is not installed");
    return;
  }
  const temporary_directory folder;
  REQUIRE(make_certificates(folder));
  const std::string log = folder.file("openssl.log");
  folder.write("other.ext", "subjectAltName=DNS:elsewhere.example\n");
  REQUIRE(run({"openssl", "x509", "-req", "-in", folder.file("server.csr"), "-CA", folder.file("ca.pem"), "-CAkey",
               folder.file("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", folder.file("other.ext"), "-out",
               folder.file("other.pem")},
              log) == 0);
  const uint16_t port = free_port();
  child_process server({"openssl", "s_server", "-rev", "-accept", "127.0.0.1:" + std::to_string(port), "-cert",
                        folder.file("other.pem"), "-key", folder.file("server.key")},
                       log);
  outcome refused;
  for (int i = 0; i < 100; ++i) {
    refused = talk({"localhost", port}, {.ca_file = folder.file("ca.pem"), .certificate_file = {}, .key_file = {}});
    if (refused.established.code() != errc::peer_unreachable) break;
    usleep(50'000);
  }
  CHECK(refused.established.code() == errc::tls_error);
  CHECK(refused.established.message().find("mismatch") != std::string_view::npos);
}

TEST_CASE("an unusable TLS file is named before anything is connected") {
  system_network net;
  const tls_options missing{.ca_file = "/no/such/ca.pem", .certificate_file = {}, .key_file = {}};
  const auto s = net.connect({"localhost", 1}, &missing).error();
  CHECK(s.code() == errc::tls_error);
  CHECK(s.message().find("'/no/such/ca.pem'") != std::string_view::npos);
}
