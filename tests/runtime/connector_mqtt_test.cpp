#include <cstdlib>

#include <catch2/catch.hpp>

#include "runtime/connectors/mqtt/connector.hpp"
#include "runtime/connectors/mqtt/property.hpp"
#include "table_rig.hpp"
#include "tests/runtime/mqtt_scripted_broker.hpp"
#include "tests/temporary_directory.hpp"

namespace levada::formats {
void register_json(registry& into);
}
namespace levada::connectors {
void register_mqtt(registry& into);
}

using namespace levada;
using namespace levada::mqtt;
using namespace levada::tests;
using namespace std::string_view_literals;

namespace {

// The network of a scripted broker, kept alive by the rig.
std::shared_ptr<network> borrow(simulated_network& net) { return {std::shared_ptr<void>{}, &net}; }

struct mqtt_rig : table_rig {
  explicit mqtt_rig(version spoken = version::v3_1_1) : broker(spoken) {
    formats::register_json(formats);
    connectors::register_mqtt(formats);
    columns = {{{"a", data_type::integer()}, ""}};
    with = {{"url", "mqtt://broker"}, {"topic", "plant/#"}, {"format", "json"}};
    if (spoken == version::v5) with["protocol-version"] = "5";
  }
  std::unique_ptr<source> reader(std::string_view position = {}) {
    options = table_options{with};
    spec = reading();
    auto made = mqtt::make_source(spec, borrow(broker.net));
    REQUIRE(made.error().to_string() == "ok");
    REQUIRE((*made)->open(position).to_string() == "ok");
    return std::move(*made);
  }
  std::unique_ptr<sink> writer(delivery guarantee = delivery::at_least_once) {
    options = table_options{with};
    auto made = mqtt::make_sink(writing(guarantee), borrow(broker.net));
    REQUIRE(made.error().to_string() == "ok");
    REQUIRE((*made)->open({}).to_string() == "ok");
    return std::move(*made);
  }
  status refused(delivery guarantee) {
    options = table_options{with};
    return mqtt::make_sink(writing(guarantee), borrow(broker.net)).error();
  }
  status refused() {
    options = table_options{with};
    return mqtt::make_source(reading(), borrow(broker.net)).error();
  }
  void greet(source& from, bool session_present, std::string_view granted) {
    REQUIRE(poll_all(from, spec).error.to_string() == "ok");
    broker.accept();
    REQUIRE(decode_connect(broker.expect(packet_type::connect)).ok());
    broker.send(connack_packet{session_present, 0, {}});
    REQUIRE(poll_all(from, spec).error.to_string() == "ok");
    const auto request = decode_subscribe(broker.expect(packet_type::subscribe), broker.spoken);
    REQUIRE(request.ok());
    broker.send(subscription_ack_packet{packet_type::suback, request->packet_id, granted, {}});
    REQUIRE(poll_all(from, spec).error.to_string() == "ok");
  }
  void greet(sink& to) {
    broker.accept();
    REQUIRE(decode_connect(broker.expect(packet_type::connect)).ok());
    broker.send(connack_packet{false, 0, {}});
    REQUIRE(to.service().to_string() == "ok");
  }

  scripted_broker broker;
  source_spec spec;
  std::map<std::string, std::string> with;
};

} // namespace

TEST_CASE("an mqtt source yields the columns of payloads and what is known about their messages") {
  mqtt_rig rig(version::v5);
  rig.columns = {{{"topic", data_type::string()}, "topic"},
                 {{"a", data_type::integer()}, ""},
                 {{"qos", data_type::integer()}, "qos"},
                 {{"retain", data_type::boolean()}, "retain"},
                 {{"dup", data_type::boolean()}, "duplicate"},
                 {{"props", data_type::map(data_type::string(), data_type::string())}, "user-properties"},
                 {{"at", data_type::timestamp_ltz(3)}, "receive-time"}};
  auto from = rig.reader();
  rig.greet(*from, false, "\1"sv);
  std::string properties;
  put_user_property(properties, "site", "north");
  put_user_property(properties, "a rather long key", "v");
  rig.broker.send(publish_packet{"plant/a/temperature", R"({"a": 1})", properties, 7, 1, true, true});
  rig.broker.send(publish_packet{"plant/b", R"({"a": 2})", {}, 0, 0, false, false});
  const auto got = poll_all(*from, rig.spec);
  REQUIRE(got.error.to_string() == "ok");
  CHECK(got.rows ==
        std::vector<std::string>{"plant/a/temperature, 1, 1, true, true, {site=north, a rather long key=v}, 1000000000",
                                 "plant/b, 2, 0, false, false, {}, 1000000000"});
  CHECK(from->counters().rows == 2);
  CHECK(from->counters().bytes == 16);
}

TEST_CASE("an mqtt source answers for messages when their epoch is committed, and asks for one in time") {
  mqtt_rig rig;
  auto from = rig.reader();
  rig.greet(*from, false, "\1"sv);
  for (uint16_t id = 1; id <= 10; ++id) {
    CHECK(from->wants_epoch() != epoch_need::at_once);
    rig.broker.publish("plant/a", R"({"a": )" + std::to_string(id) + "}", 1, id);
    CHECK(poll_all(*from, rig.spec).rows == std::vector<std::string>{std::to_string(id)});
  }
  CHECK(from->wants_epoch() == epoch_need::at_once);
  const auto position = from->position();
  rig.broker.publish("plant/a", R"({"a": 11})", 1, 11);
  poll_all(*from, rig.spec);
  CHECK(rig.broker.answers() == "");
  from->committed(position);
  poll_all(*from, rig.spec);
  CHECK(rig.broker.answers() == "PUBACK 1, PUBACK 2, PUBACK 3, PUBACK 4, PUBACK 5, PUBACK 6, PUBACK 7, PUBACK 8, "
                                "PUBACK 9, PUBACK 10");
}

TEST_CASE("an mqtt source asks for an epoch for what it owes without a row") {
  mqtt_rig rig;
  rig.with["qos"] = "2";
  rig.with["json.ignore-parse-errors"] = "true";
  auto from = rig.reader();
  rig.greet(*from, false, "\2"sv);
  CHECK(from->wants_epoch() == epoch_need::none);
  rig.broker.publish("plant/a", "no json", 2, 1);
  CHECK(poll_all(*from, rig.spec).rows.empty());
  CHECK(from->wants_epoch() == epoch_need::at_interval);
  from->committed(from->position());
  CHECK(from->wants_epoch() == epoch_need::none);
  CHECK(rig.broker.answers() == "PUBREC 1");
  rig.broker.release(1);
  CHECK(poll_all(*from, rig.spec).rows.empty());
  CHECK(from->wants_epoch() == epoch_need::at_interval);
  from->committed(from->position());
  CHECK(rig.broker.answers() == "PUBCOMP 1");
}

TEST_CASE("an mqtt source that is held goes on pinging, and reads no more than one buffer") {
  mqtt_rig rig;
  rig.with["keep-alive"] = "10 s";
  auto from = rig.reader();
  rig.greet(*from, false, "\1"sv);
  for (uint16_t id = 1; id <= 5; ++id) rig.broker.publish("plant/a", R"({"a": )" + std::to_string(id) + "}", 1, id);
  for (int i = 0; i < 5; ++i) {
    auto next = from->hold();
    REQUIRE(next.ok());
    CHECK(next->deadline_us == rig.clock.monotonic_us() + 10'000'000);
    rig.clock.advance_us(10'000'000);
    REQUIRE(from->hold().ok());
    rig.broker.expect(packet_type::pingreq);
  }
  CHECK(poll_all(*from, rig.spec).rows == std::vector<std::string>{"1", "2", "3", "4", "5"});
}

TEST_CASE("an mqtt source goes on from its position without delivering QoS 2 twice") {
  mqtt_rig rig;
  rig.with["qos"] = "2";
  std::string position;
  {
    auto from = rig.reader();
    rig.greet(*from, false, "\2"sv);
    rig.broker.publish("plant/a", R"({"a": 1})", 2, 1);
    poll_all(*from, rig.spec);
    position = from->position();
  }
  auto from = rig.reader(position);
  rig.greet(*from, true, "\2"sv);
  rig.broker.publish("plant/a", R"({"a": 1})", 2, 1, true);
  rig.broker.publish("plant/a", R"({"a": 2})", 2, 2, true);
  CHECK(poll_all(*from, rig.spec).rows == std::vector<std::string>{"2"});
  rig.options = table_options{rig.with};
  CHECK((*mqtt::make_source(rig.spec, borrow(rig.broker.net)))->open("x").code() == errc::corrupt_value);
}

TEST_CASE("a message with several records is handed out whole, whatever the batch size") {
  mqtt_rig rig;
  auto from = rig.reader();
  rig.greet(*from, false, "\1"sv);
  rig.broker.publish("plant/a", "{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n", 1, 1);
  rig.broker.publish("plant/a", "{\"a\": 4}", 1, 2);
  decode_target target = make_target(rig.fields(), 2);
  auto state = from->poll(target);
  REQUIRE(state.ok());
  CHECK(*state == poll_state::more);
  CHECK(rows_text(target.columns, target.rows) == std::vector<std::string>{"1", "2", "3"});
  CHECK(poll_all(*from, rig.spec, 2).rows == std::vector<std::string>{"4"});
}

TEST_CASE("a malformed payload is an error that names its topic, or is skipped and counted") {
  mqtt_rig rig;
  const bool ignore = GENERATE(false, true);
  if (ignore) rig.with["json.ignore-parse-errors"] = "true";
  auto from = rig.reader();
  rig.greet(*from, false, "\1"sv);
  rig.broker.publish("plant/bad", "{\"a\": ", 1, 1);
  rig.broker.publish("plant/a", "{\"a\": 2}", 1, 2);
  const auto got = poll_all(*from, rig.spec);
  if (ignore) {
    CHECK(got.rows == std::vector<std::string>{"2"});
  } else {
    CHECK(got.error.code() == errc::malformed_record);
    CHECK(got.error.message().find("topic 'plant/bad'") != std::string_view::npos);
  }
  CHECK(from->counters().malformed == 1);
}

TEST_CASE("an mqtt sink writes a message a row, to a fixed topic or to the row's") {
  mqtt_rig rig;
  rig.columns = {{{"a", data_type::integer()}, ""}};
  rig.with["topic"] = "out/all";
  const bool per_row = GENERATE(false, true);
  if (per_row) rig.columns.push_back({{"to", data_type::string()}, "topic"});
  auto to = rig.writer();
  rig.greet(*to);
  decode_target rows = make_target(rig.fields());
  for (int32_t i = 1; i <= 3; ++i) {
    rows.columns[0].push(i);
    if (per_row && i < 3) rows.columns[1].push_string("out/a rather long topic/" + std::to_string(i));
    if (per_row && i == 3) rows.columns[1].push_null();
  }
  rows.rows = 3;
  const batch made = make_batch(std::move(rows));
  REQUIRE(to->write(made).to_string() == "ok");
  CHECK(to->flush().code() == errc::would_block);
  std::string sent;
  std::vector<uint16_t> ids;
  while (const auto frame = rig.broker.take()) {
    const auto packet = *decode_publish(*frame, rig.broker.spoken);
    sent += std::string(packet.topic) + "=" + std::string(packet.payload) + ";";
    ids.push_back(packet.packet_id);
  }
  CHECK(sent == (per_row ? R"(out/a rather long topic/1={"a":1};out/a rather long topic/2={"a":2};out/all={"a":3};)"
                         : R"(out/all={"a":1};out/all={"a":2};out/all={"a":3};)"));
  for (const auto id : ids) rig.broker.send(ack_packet{packet_type::puback, id, 0, {}});
  CHECK(to->flush().to_string() == "ok");
  CHECK(to->close().to_string() == "ok");
  rig.broker.expect(packet_type::disconnect);
}

TEST_CASE("an mqtt sink makes its writer wait while the broker is slow, and loses no row by it") {
  mqtt_rig rig;
  rig.with["topic"] = "out";
  rig.with["sink.buffer-bytes"] = "1 kb";
  auto to = rig.writer();
  rig.greet(*to);
  decode_target rows = make_target(rig.fields());
  for (int32_t i = 0; i < 300; ++i) rows.columns[0].push(i);
  rows.rows = 300;
  const batch all = make_batch(std::move(rows));
  std::string seen;
  std::string expected;
  for (int i = 0; i < 300; ++i) expected += "{\"a\":" + std::to_string(i) + "} ";
  int waits = 0;
  status s{errc::would_block, ""};
  while (s.code() == errc::would_block && waits < 1000) {
    s = to->write(all);
    waits += s.code() == errc::would_block;
    std::vector<uint16_t> ids;
    while (const auto frame = rig.broker.take()) {
      const auto packet = *decode_publish(*frame, rig.broker.spoken);
      seen += std::string(packet.payload) + " ";
      ids.push_back(packet.packet_id);
    }
    for (const auto id : ids) rig.broker.send(ack_packet{packet_type::puback, id, 0, {}});
  }
  CHECK(s.to_string() == "ok");
  CHECK(waits > 3);
  CHECK(seen == expected);
  CHECK(to->flush().to_string() == "ok");
}

TEST_CASE("mqtt options that cannot work are refused with a way out") {
  const auto message = [](const std::map<std::string, std::string>& changes, std::optional<delivery> sink = {}) {
    mqtt_rig rig;
    if (sink) rig.with["topic"] = "out";
    for (const auto& [key, value] : changes) {
      if (value == "-") rig.with.erase(key);
      else rig.with[key] = value;
    }
    const auto s = sink ? rig.refused(*sink) : rig.refused();
    return std::string(s.message());
  };
  using Catch::Contains;
  CHECK(message({}) == "");
  CHECK_THAT(message({{"url", "-"}}), Contains("'url'"));
  CHECK_THAT(message({{"url", "http://broker"}}), Contains("mqtts://"));
  CHECK_THAT(message({{"url", "mqtt://me:secret@broker"}}), Contains("'username'") && !Contains("secret"));
  CHECK_THAT(message({{"url", "mqtt://broker:99999"}}), Contains("port"));
  CHECK_THAT(message({{"tls.ca-file", "/x"}}), Contains("mqtts://"));
  CHECK_THAT(message({{"topic", "a/#/b"}}), Contains("'a/#/b'"));
  CHECK_THAT(message({{"topic", "a;;b"}}), Contains("empty"));
  CHECK_THAT(message({{"qos", "3"}}), Contains("'qos'"));
  CHECK_THAT(message({{"protocol-version", "4"}}), Contains("'protocol-version'"));
  CHECK_THAT(message({{"keep-alive", "10 ms"}}), Contains("'keep-alive'"));
  CHECK_THAT(message({{"username", "u"}, {"password", "env:LEVADA_NO_SUCH_VARIABLE"}}), Contains("not set"));
  CHECK_THAT(message({{"username", "u"}, {"password", "file:/no/such/file"}}), Contains("cannot be read"));
  CHECK_THAT(message({{"password", "p"}}), Contains("'username'"));
  CHECK_THAT(message({}, delivery::exactly_once), Contains("'at-least-once'"));
  CHECK_THAT(message({{"qos", "0"}}, delivery::at_least_once), Contains("'qos' to '1'"));
  CHECK_THAT(message({{"topic", "a/+"}}, delivery::none), Contains("wildcard"));
  CHECK_THAT(message({{"topic", "-"}}, delivery::none), Contains("'topic'"));
}

TEST_CASE("secrets come from the environment or a file, and the default client id stays the same") {
  mqtt_rig rig;
  const temporary_directory folder;
  setenv("LEVADA_TEST_USER", "gateway", 1);
  rig.with["username"] = "env:LEVADA_TEST_USER";
  rig.with["password"] = "file:" + folder.write("password", "s3cret\n");
  std::string ids[2];
  for (auto& id : ids) {
    auto from = rig.reader();
    poll_all(*from, rig.spec);
    rig.broker.accept();
    const auto hello = decode_connect(rig.broker.expect(packet_type::connect));
    REQUIRE(hello.ok());
    CHECK(*hello->username == "gateway");
    CHECK(*hello->password == "s3cret");
    CHECK_FALSE(hello->clean_start);
    id = hello->client_id;
  }
  CHECK(ids[0] == ids[1]);
  CHECK(ids[0].size() == 22);
}
