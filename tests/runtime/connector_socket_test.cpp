#include <catch2/catch.hpp>

#include "platform/simulated_network.hpp"
#include "runtime/connectors/socket.hpp"
#include "table_rig.hpp"

namespace levada::formats {
void register_csv(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

struct socket_rig : table_rig {
  std::shared_ptr<simulated_network> net = std::make_shared<simulated_network>();
  std::map<std::string, std::string> with{{"hostname", "peer"}, {"port", "7000"}, {"format", "csv"}};

  socket_rig() {
    formats::register_csv(formats);
    columns = {{{"a", data_type::integer()}, ""}, {{"s", data_type::string()}, ""}};
  }
  std::unique_ptr<source> source_of() {
    options = table_options{with};
    auto made = make_socket_source(reading(), net);
    REQUIRE(made.error().to_string() == "ok");
    REQUIRE((*made)->open("").to_string() == "ok");
    return std::move(*made);
  }
  std::unique_ptr<sink> sink_of() {
    options = table_options{with};
    auto made = make_socket_sink(writing(), net);
    REQUIRE(made.error().to_string() == "ok");
    REQUIRE((*made)->open("").to_string() == "ok");
    return std::move(*made);
  }
  polled poll(source& from, size_t rows_max = SIZE_MAX) { return poll_all(from, reading(), 4096, rows_max); }
  batch rows(int from, int until) {
    decode_target made = make_target(fields());
    for (int i = from; i < until; ++i) {
      made.columns[0].push<int32_t>(i);
      made.columns[1].push_string("x");
    }
    made.rows = static_cast<uint32_t>(until - from);
    return make_batch(std::move(made));
  }
};

std::unique_ptr<byte_stream> accepted(listener& at) {
  auto made = at.accept();
  REQUIRE(made.ok());
  return std::move(*made);
}

std::string received(byte_stream& from) {
  std::string all;
  char bytes[4096];
  for (;;) {
    auto got = from.read(bytes);
    if (!got.ok() || *got == 0) return all;
    all.append(bytes, *got);
  }
}

} // namespace

TEST_CASE("a socket source reads records however they arrive") {
  socket_rig rig;
  auto peer = rig.net->listen({"peer", 7000});
  REQUIRE(peer.ok());
  auto source = rig.source_of();
  CHECK(rig.poll(*source).rows.empty());
  auto stream = accepted(**peer);
  REQUIRE(stream);
  REQUIRE(stream->write("1,one\n2,t").ok());
  auto first = rig.poll(*source);
  CHECK(first.rows == texts{"1, one"});
  CHECK(first.last == poll_state::idle);
  REQUIRE(stream->write("wo\n3,three").ok());
  CHECK(rig.poll(*source).rows == texts{"2, two"});
  stream.reset();
  CHECK(rig.poll(*source).rows == texts{"3, three"});
}

TEST_CASE("a socket source dials again after a loss, later and later") {
  socket_rig rig;
  rig.net->set_reachable(false);
  auto source = rig.source_of();
  int64_t longest = 0;
  for (int i = 0; i < 20; ++i) {
    CHECK(rig.poll(*source).last == poll_state::idle);
    int64_t wait = source->wait().deadline_us - rig.clock.monotonic_us();
    CHECK(wait >= 0);
    CHECK(wait <= 30'000'000);
    longest = std::max(longest, wait);
    rig.clock.advance_us(wait);
  }
  CHECK(longest > 1'000'000);
  rig.net->set_reachable(true);
  auto peer = rig.net->listen({"peer", 7000});
  rig.clock.advance_us(30'000'000);
  CHECK(rig.poll(*source).rows.empty());
  auto stream = accepted(**peer);
  REQUIRE(stream);
  REQUIRE(stream->write("1,one\n").ok());
  CHECK(rig.poll(*source).rows == texts{"1, one"});
}

TEST_CASE("a socket source without reconnect ends with its connection") {
  socket_rig rig;
  rig.with["mode"] = "listen";
  rig.with["reconnect"] = "false";
  auto source = rig.source_of();
  CHECK(rig.poll(*source).last == poll_state::idle);
  auto stream = rig.net->connect({"peer", 7000}, nullptr);
  REQUIRE(stream.ok());
  CHECK(rig.poll(*source).last == poll_state::idle);
  REQUIRE((*stream)->establish().ok());
  REQUIRE((*stream)->write("1,one\n2,two").ok());
  stream->reset();
  auto all = rig.poll(*source);
  CHECK(all.rows == texts{"1, one", "2, two"});
  CHECK(all.last == poll_state::finished);
}

TEST_CASE("a socket source tells where a malformed record was") {
  socket_rig rig;
  auto peer = rig.net->listen({"peer", 7000});
  auto source = rig.source_of();
  CHECK(rig.poll(*source).rows.empty());
  auto stream = accepted(**peer);
  REQUIRE(stream->write("1,one\nx,two\n").ok());
  auto all = rig.poll(*source);
  CHECK(all.rows == texts{"1, one"});
  CHECK(all.error.code() == errc::malformed_record);
  CHECK(std::string(all.error.message()).rfind("socket peer:7000: byte 6: ", 0) == 0);
}

TEST_CASE("a socket sink holds back behind a slow peer and loses nothing") {
  socket_rig rig;
  auto peer = rig.net->listen({"peer", 7000});
  rig.net->set_pipe_bytes(64);
  auto sink = rig.sink_of();
  std::string expected;
  for (int i = 100; i < 2100; ++i) expected += std::to_string(i) + ",x\n";
  std::string got;
  std::unique_ptr<byte_stream> stream;
  int written = 0;
  int blocked = 0;
  for (int round = 0; round < 100'000 && got.size() < expected.size(); ++round) {
    if (written < 20) {
      status s = sink->write(rig.rows(written * 100 + 100, written * 100 + 200));
      if (s.ok()) ++written;
      else REQUIRE(s.code() == errc::would_block);
      blocked += s.ok() ? 0 : 1;
    } else {
      REQUIRE(sink->service().ok());
    }
    if (!stream) stream = accepted(**peer);
    if (stream) got += received(*stream);
  }
  CHECK(sink->flush().ok());
  CHECK(got == expected);
  CHECK(blocked > 0);
}

TEST_CASE("a socket sink begins with a whole record after a loss") {
  socket_rig rig;
  auto peer = rig.net->listen({"peer", 7000});
  rig.net->set_pipe_bytes(10);
  auto sink = rig.sink_of();
  REQUIRE(sink->write(rig.rows(100, 110)).ok());
  auto first = accepted(**peer);
  REQUIRE(sink->service().ok());
  CHECK(received(*first) == "100,x\n101,");
  REQUIRE(sink->service().ok());
  rig.net->cut();
  REQUIRE(sink->service().ok());
  rig.net->set_pipe_bytes(4096);
  rig.clock.advance_us(30'000'000);
  REQUIRE(sink->service().ok());
  auto second = accepted(**peer);
  REQUIRE(second);
  REQUIRE(sink->service().ok());
  std::string got = received(*second);
  CHECK(got.rfind("103,x\n", 0) == 0);
  CHECK(got.substr(got.size() - 6) == "109,x\n");
}

TEST_CASE("socket options that make no sense are refused") {
  socket_rig rig;
  auto code = [&](std::map<std::string, std::string> options) {
    rig.options = table_options{std::move(options)};
    return make_socket_source(rig.reading(), rig.net).error().code();
  };
  CHECK(code({{"format", "csv"}, {"port", "1"}}) == errc::missing_option);
  CHECK(code({{"format", "csv"}, {"hostname", "h"}}) == errc::missing_option);
  CHECK(code({{"format", "csv"}, {"hostname", "h"}, {"port", "70000"}}) == errc::invalid_option);
  CHECK(code({{"format", "none"}, {"hostname", "h"}, {"port", "1"}}) == errc::invalid_option);
}
