#include <catch2/catch.hpp>

#include "runtime/connectors/mqtt/connector.hpp"
#include "table_rig.hpp"
#include "tests/runtime/mqtt_scripted_broker.hpp"

namespace levada::formats {
void register_csv(registry& into);
}

using namespace levada;
using namespace levada::mqtt;
using namespace levada::tests;

namespace {

struct sink_rig : table_rig {
  scripted_broker broker{version::v3_1_1};
  std::unique_ptr<sink> out;

  explicit sink_rig(const std::string& qos) {
    formats::register_csv(formats);
    columns = {{{"a", data_type::integer()}, ""}};
    options = table_options{
        {{"format", "csv"}, {"url", "mqtt://broker"}, {"topic", "plant"}, {"client-id", "gateway"}, {"qos", qos}}};
    auto made = mqtt::make_sink(writing(), std::shared_ptr<network>(std::shared_ptr<void>(), &broker.net));
    REQUIRE(made.error().to_string() == "ok");
    out = std::move(*made);
    REQUIRE(out->open("").to_string() == "ok");
    broker.accept();
    REQUIRE(out->service().to_string() == "ok");
    broker.expect(packet_type::connect);
    broker.send(connack_packet{false, 0, {}});
    REQUIRE(out->service().to_string() == "ok");
  }
  void write(int value) {
    decode_target rows = make_target({{"a", data_type::integer()}});
    rows.columns[0].push<int32_t>(value);
    rows.rows = 1;
    const batch made = make_batch(std::move(rows));
    REQUIRE(out->write(made).to_string() == "ok");
  }
  uint16_t taken() { return decode_publish(broker.expect(packet_type::publish), broker.spoken)->packet_id; }
  void answer(packet_type with, uint16_t id) { broker.send(ack_packet{with, id, 0, {}}); }
  bool listens() { return out->wait().events != 0; }
};

} // namespace

TEST_CASE("an mqtt sink leaves answers unread while nothing waits for them, and not for long") {
  sink_rig rig("1");
  CHECK(rig.listens());
  rig.write(1);
  CHECK_FALSE(rig.listens());
  CHECK(rig.out->wait().deadline_us <= rig.clock.monotonic_us() + 100'000);
  rig.answer(packet_type::puback, rig.taken());
  rig.clock.advance_us(100'000);
  REQUIRE(rig.out->service().ok());
  CHECK(rig.listens());
}

TEST_CASE("an mqtt sink that is to flush waits for answers") {
  sink_rig rig("1");
  rig.write(1);
  CHECK(rig.out->flush().code() == errc::would_block);
  CHECK(rig.listens());
  rig.answer(packet_type::puback, rig.taken());
  CHECK(rig.out->flush().to_string() == "ok");
}

TEST_CASE("an mqtt sink waits for answers when others wait behind its window, or when they let messages through") {
  SECTION("more than the window takes") {
    sink_rig rig("1");
    for (size_t i = 0; i < in_flight_max; ++i) rig.write(1);
    CHECK_FALSE(rig.listens());
    rig.write(1);
    CHECK(rig.listens());
  }
  SECTION("QoS 2") {
    sink_rig rig("2");
    rig.write(1);
    CHECK(rig.listens());
  }
}
