#include "runtime/connectors/mqtt/codec.hpp"

#include <algorithm>
#include <memory>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/connectors/mqtt/property.hpp"
#include "runtime/connectors/mqtt/topic.hpp"

using namespace levada;
using namespace levada::mqtt;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

// A copy that ends where its allocation ends, so that address sanitizer sees a step beyond.
struct exact_bytes {
  explicit exact_bytes(std::string_view of) : memory(new char[of.size()]), size(of.size()) {
    std::copy(of.begin(), of.end(), memory.get());
  }
  std::string_view view() const { return {memory.get(), size}; }
  std::unique_ptr<char[]> memory;
  size_t size;
};

packet_frame frame_of(std::string_view bytes) {
  auto header = decode_header(bytes);
  REQUIRE(header.ok());
  REQUIRE(header->header_bytes > 0);
  REQUIRE(header->header_bytes + header->body_bytes == bytes.size());
  return {header->type, header->flags, bytes.substr(header->header_bytes)};
}

// Decodes whatever the type says; what it yields is of no interest here, only that it yields.
status decode_any(const packet_frame& frame, version spoken) {
  switch (frame.type) {
  case packet_type::connect: return decode_connect(frame).error();
  case packet_type::connack: return decode_connack(frame, spoken).error();
  case packet_type::publish: {
    auto packet = decode_publish(frame, spoken);
    if (!packet.ok()) return packet.error();
    property_reader properties(packet->properties);
    property next;
    while (properties.next(next)) {}
    return {};
  }
  case packet_type::puback:
  case packet_type::pubrec:
  case packet_type::pubrel:
  case packet_type::pubcomp: return decode_ack(frame, spoken).error();
  case packet_type::subscribe: return decode_subscribe(frame, spoken).error();
  case packet_type::suback:
  case packet_type::unsuback: return decode_subscription_ack(frame, spoken).error();
  case packet_type::unsubscribe: return decode_unsubscribe(frame, spoken).error();
  case packet_type::disconnect:
  case packet_type::auth: return decode_disconnect(frame, spoken).error();
  case packet_type::pingreq:
  case packet_type::pingresp: return decode_ping(frame);
  }
  return {errc::protocol_error, "unknown"};
}

// Walks through a stream of packets as a session does; returns how many were well-formed.
int walk(std::string_view bytes, version spoken) {
  int good = 0;
  while (!bytes.empty()) {
    auto header = decode_header(bytes);
    if (!header.ok() || header->header_bytes == 0) break;
    const size_t size = header->header_bytes + header->body_bytes;
    if (bytes.size() < size) break;
    const exact_bytes body(bytes.substr(header->header_bytes, header->body_bytes));
    good += decode_any({header->type, header->flags, body.view()}, spoken).ok();
    bytes.remove_prefix(size);
  }
  return good;
}

std::vector<std::string> one_of_each(version spoken) {
  const bool v5 = spoken == version::v5;
  std::vector<std::string> all;
  const auto add = [&](auto&& encode_one) { encode_one(all.emplace_back()); };
  std::string properties;
  if (v5) {
    put_number(properties, property_id::session_expiry, 3600);
    put_number(properties, property_id::receive_maximum, 20);
    put_user_property(properties, "site", "north");
  }
  std::string message_properties;
  if (v5) {
    put_number(message_properties, property_id::message_expiry, 60);
    put_text(message_properties, property_id::content_type, "application/json");
    put_number(message_properties, property_id::subscription_identifier, 300);
    put_number(message_properties, property_id::subscription_identifier, 301);
    put_user_property(message_properties, "k", "v");
    put_user_property(message_properties, "k", "w");
  }
  std::string reason;
  if (v5) put_text(reason, property_id::reason_string, "because");
  add([&](std::string& out) {
    encode(connect_packet{spoken, "client", false, 60, "user"sv, "secret"sv, properties}, out);
  });
  add([&](std::string& out) { encode(connack_packet{true, 0, properties}, spoken, out); });
  add([&](std::string& out) {
    encode(publish_packet{"a/b", "payload", message_properties, 7, 1, true, true}, spoken, out);
  });
  add([&](std::string& out) { encode(publish_packet{"töpic", "", {}, 0, 0, false, false}, spoken, out); });
  for (const auto type : {packet_type::puback, packet_type::pubrec, packet_type::pubrel, packet_type::pubcomp}) {
    add([&](std::string& out) { encode(ack_packet{type, 513, 0, {}}, spoken, out); });
    if (v5) add([&](std::string& out) { encode(ack_packet{type, 513, 0x92, reason}, spoken, out); });
  }
  add([&](std::string& out) { encode(subscribe_packet{1, {{"a/#", 1, 0}, {"+/b", 2, 1}}, {}}, spoken, out); });
  add([&](std::string& out) { encode(unsubscribe_packet{2, {"a/#", "b"}, {}}, spoken, out); });
  add([&](std::string& out) {
    encode(subscription_ack_packet{packet_type::suback, 1, "\1\2"sv, reason}, spoken, out);
  });
  add([&](std::string& out) {
    encode(subscription_ack_packet{packet_type::unsuback, 2, v5 ? "\0\0"sv : ""sv, {}}, spoken, out);
  });
  add([&](std::string& out) { encode(disconnect_packet{static_cast<uint8_t>(v5 ? 0x8b : 0), reason}, spoken, out); });
  add([&](std::string& out) { encode_ping(packet_type::pingreq, out); });
  add([&](std::string& out) { encode_ping(packet_type::pingresp, out); });
  return all;
}

} // namespace

TEST_CASE("packets have the bytes of the standard") {
  std::string out;
  encode(connect_packet{version::v3_1_1, "c", true, 60, {}, {}, {}}, out);
  CHECK(out == "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01"
               "c"s);
  out.clear();
  encode(publish_packet{"t", "hi", {}, 10, 2, true, false}, version::v3_1_1, out);
  CHECK(out == "\x35\x07\x00\x01t\x00\x0ahi"s);
  out.clear();
  encode(publish_packet{"t", "hi", {}, 10, 2, true, false}, version::v5, out);
  CHECK(out == "\x35\x08\x00\x01t\x00\x0a\x00hi"s);
  out.clear();
  encode(subscribe_packet{1, {{"a", 1, 1}}, {}}, version::v5, out);
  CHECK(out == "\x82\x07\x00\x01\x00\x00\x01"
               "a\x11"s);
  out.clear();
  encode_ping(packet_type::pingreq, out);
  CHECK(out == "\xc0\x00"s);
}

TEST_CASE("what is encoded is decoded again") {
  const version spoken = GENERATE(version::v3_1_1, version::v5);
  const auto packets = one_of_each(spoken);
  for (const auto& bytes : packets) CHECK(decode_any(frame_of(bytes), spoken).to_string() == "ok");

  const auto hello = decode_connect(frame_of(packets[0]));
  CHECK(hello->client_id == "client");
  CHECK(hello->clean_start == false);
  CHECK(hello->keep_alive_s == 60);
  CHECK(*hello->username == "user");
  CHECK(*hello->password == "secret");
  CHECK(decode_connack(frame_of(packets[1]), spoken)->session_present);

  const auto message = decode_publish(frame_of(packets[2]), spoken);
  CHECK(message->topic == "a/b");
  CHECK(message->payload == "payload");
  CHECK(message->packet_id == 7);
  CHECK(message->qos == 1);
  CHECK(message->retain);
  CHECK(message->duplicate);
  CHECK(encoded_bytes(*message, spoken) == packets[2].size());
  if (spoken == version::v5) {
    property_reader from(message->properties);
    property next;
    REQUIRE(from.next(next));
    CHECK(next.number == 60);
    std::string pairs;
    while (from.next(next))
      if (next.id == property_id::user_property) pairs += std::string(next.text) + "=" + std::string(next.value) + ";";
    CHECK(pairs == "k=v;k=w;");
    CHECK(decode_ack(frame_of(packets[5]), spoken)->reason == 0x92);
  }
}

TEST_CASE("a length takes one to four bytes and tells when it is incomplete") {
  for (const size_t size : {size_t{0}, size_t{127}, size_t{128}, size_t{16'383}, size_t{16'384}, size_t{2'097'151},
                            size_t{2'097'152}, body_bytes_max}) {
    std::string bytes = "\x30";
    put_variable(bytes, size);
    CHECK(bytes.size() == 1 + variable_bytes(size));
    for (size_t cut = 0; cut < bytes.size(); ++cut) {
      auto partial = decode_header(std::string_view(bytes).substr(0, cut));
      REQUIRE(partial.ok());
      CHECK(partial->header_bytes == 0);
    }
    auto whole = decode_header(bytes);
    REQUIRE(whole.ok());
    CHECK(whole->header_bytes == bytes.size());
    CHECK(whole->body_bytes == size);
  }
  CHECK(decode_header("\x30\xff\xff\xff\xff\x01").error().code() == errc::protocol_error);
}

TEST_CASE("violations of the protocol are refused") {
  const auto code = [](std::string_view bytes, version spoken) {
    auto header = decode_header(bytes);
    if (!header.ok()) return header.error().code();
    return decode_any({header->type, header->flags, bytes.substr(header->header_bytes)}, spoken).code();
  };
  const auto refused = errc::protocol_error;
  CHECK(code("\x00\x00"sv, version::v3_1_1) == refused);                  // no such type
  CHECK(code("\x41\x02\x00\x01"sv, version::v3_1_1) == refused);          // flags of a PUBACK
  CHECK(code("\x60\x02\x00\x01"sv, version::v3_1_1) == refused);          // flags of a PUBREL
  CHECK(code("\x36\x05\x00\x01t\x00\x01"sv, version::v3_1_1) == refused); // QoS 3
  CHECK(code("\x32\x05\x00\x01t\x00\x00"sv, version::v3_1_1) == refused); // packet id 0
  CHECK(code("\x30\x02\x00\x00"sv, version::v3_1_1) == refused);          // no topic
  CHECK(code("\x30\x03\x00\x01\xff"sv, version::v3_1_1) == refused);      // not UTF-8
  CHECK(code("\x30\x03\x00\x01\x00"sv, version::v3_1_1) == refused);      // NUL in the topic
  CHECK(code("\x30\x02\x00\x09"sv, version::v3_1_1) == refused);          // topic beyond the packet
  CHECK(code("\x40\x03\x00\x01\x00"sv, version::v3_1_1) == refused);      // PUBACK too long
  CHECK(code("\x40\x02\x00\x01"sv, version::v3_1_1) == errc::ok);
  CHECK(code("\x30\x05\x00\x01t\x05\x01"sv, version::v5) == refused);             // properties beyond the packet
  CHECK(code("\x30\x06\x00\x01t\x02\x7e\x00"sv, version::v5) == refused);         // unknown property
  CHECK(code("\x30\x06\x00\x01t\x02\x24\x00"sv, version::v5) == refused);         // maximum QoS in a PUBLISH
  CHECK(code("\x30\x08\x00\x01t\x04\x01\x00\x01\x00"sv, version::v5) == refused); // twice
  CHECK(code("\x30\x06\x00\x01t\x02\x01\x00"sv, version::v5) == errc::ok);
}

TEST_CASE("no input makes a decoder step outside its bytes") {
  std::mt19937 random(20260101);
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  int good = 0;
  for (const version spoken : {version::v3_1_1, version::v5}) {
    const auto packets = one_of_each(spoken);
    std::string all;
    for (const auto& bytes : packets) all += bytes;
    CHECK(walk(all, spoken) == static_cast<int>(packets.size()));

    // Every body cut short at every byte, and every byte of every packet changed.
    for (const auto& bytes : packets) {
      const auto frame = frame_of(bytes);
      for (size_t cut = 0; cut <= frame.body.size(); ++cut) {
        const exact_bytes body(frame.body.substr(0, cut));
        good += decode_any({frame.type, frame.flags, body.view()}, spoken).ok();
      }
      for (size_t at = 0; at < bytes.size(); ++at) {
        for (int value = 0; value < 256; value += 5) {
          std::string changed = bytes;
          changed[at] = static_cast<char>(value);
          good += walk(changed, spoken);
        }
      }
    }
    for (int round = 0; round < 20'000; ++round) {
      std::string bytes;
      if (round % 2 == 0) {
        bytes.resize(below(200));
        for (char& c : bytes) c = static_cast<char>(random());
      } else {
        bytes = packets[below(packets.size())] + packets[below(packets.size())];
        for (size_t edits = 1 + below(4); edits > 0 && !bytes.empty(); --edits) {
          switch (below(3)) {
          case 0: bytes[below(bytes.size())] = static_cast<char>(random()); break;
          case 1: bytes.erase(below(bytes.size()), 1 + below(4)); break;
          default: bytes.insert(below(bytes.size()), 1, static_cast<char>(random())); break;
          }
        }
      }
      good += walk(bytes, spoken);
    }
  }
  CHECK(good > 1000);
}

TEST_CASE("text is UTF-8 without NUL at every length") {
  for (size_t size = 0; size < 40; ++size) {
    std::string text(size, 'a');
    CHECK(is_text(text));
    for (size_t at = 0; at < size; ++at) {
      for (const char wrong : {'\0', '\xff', '\x80'}) {
        std::string broken = text;
        broken[at] = wrong;
        CHECK_FALSE(is_text(broken));
      }
      std::string umlaut = text;
      umlaut.insert(at, "ü");
      CHECK(is_text(umlaut));
      CHECK_FALSE(is_text(umlaut.insert(umlaut.size(), 1, '\0')));
    }
  }
  CHECK_FALSE(is_text("\xed\xa0\x80"));
}

TEST_CASE("topic filters follow the rules for wildcards") {
  for (const auto* good : {"a", "/", "a/b", "#", "+", "+/b/#", "a//b", "$SYS/#", "$share/g/a/+", "a b/ü"}) {
    CAPTURE(good);
    CHECK(check_topic_filter(good).ok());
  }
  for (const auto* bad : {"", "a#", "#/a", "a/+b", "a+/b", "a/#/b", "$share/g", "$share//a", "$share/+/a"}) {
    CAPTURE(bad);
    CHECK(check_topic_filter(bad).code() == errc::invalid_argument);
  }
  CHECK(check_topic_filter(std::string(65'536, 'a')).code() == errc::invalid_argument);
  CHECK(check_topic_name("a/b").ok());
  CHECK(check_topic_name("a/+").code() == errc::invalid_argument);
  CHECK(check_topic_name("").code() == errc::invalid_argument);

  for (const auto& [filter, topic] : {std::pair{"#", "a/b"},
                                      {"a/#", "a"},
                                      {"a/#", "a/b/c"},
                                      {"+/b", "a/b"},
                                      {"a/+", "a/"},
                                      {"+", "a"},
                                      {"/+", "/a"},
                                      {"$SYS/#", "$SYS/x"},
                                      {"$share/g/a/#", "a/b"}}) {
    CAPTURE(filter, topic);
    CHECK(matches(filter, topic));
  }
  for (const auto& [filter, topic] : {std::pair{"a", "b"},
                                      {"a/b", "a"},
                                      {"a", "a/b"},
                                      {"+", "a/b"},
                                      {"+", "/a"},
                                      {"a/+", "a"},
                                      {"#", "$SYS/x"},
                                      {"a", "a/"},
                                      {"a/+/c", "a/b/d"}}) {
    CAPTURE(filter, topic);
    CHECK_FALSE(matches(filter, topic));
  }
}
