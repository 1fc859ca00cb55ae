#include <catch2/catch.hpp>

#include <random>

#include "storage/msgpack.hpp"
#include "table_rig.hpp"

namespace levada::formats {
void register_messagepack(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

struct messagepack_rig {
  std::vector<field> fields;
  bool ignore = false;
  bool messages = false;

  static constexpr format_rig format{formats::register_messagepack, "messagepack"};

  std::unique_ptr<decoder> make() const {
    option_map options;
    if (ignore) options["messagepack.ignore-parse-errors"] = "true";
    auto made = format.make_decoder(fields, std::move(options), messages);
    REQUIRE(made.ok());
    return std::move(*made);
  }
  decoded read(std::string_view input) const { return decode_all(*make(), fields, input); }
  std::string write(decode_target rows) const { return format.write(fields, std::move(rows)); }
};

template <class F>
std::string packed(F body) {
  std::string out;
  msgpack_writer writer{out};
  body(writer);
  return out;
}

// {"a": number, "s": text}
std::string record(int64_t a, std::string_view s) {
  return packed([&](msgpack_writer& to) {
    to.put_map_header(2);
    to.put_str("a");
    to.put_int(a);
    to.put_str("s");
    to.put_str(s);
  });
}

const std::vector<field> two{{"a", data_type::integer()}, {"s", data_type::string()}};

} // namespace

TEST_CASE("messagepack reads maps by name and arrays by position") {
  messagepack_rig rig{two};
  std::string by_position = packed([](msgpack_writer& to) {
    to.put_array_header(3);
    to.put_int(2);
    to.put_str("two");
    to.put_nil();
  });
  std::string others = packed([](msgpack_writer& to) {
    to.put_map_header(2);
    to.put_str("x");
    to.put_array_header(1);
    to.put_map_header(0);
    to.put_str("s");
    to.put_str("three");
  });
  auto all = rig.read(record(1, "one") + by_position + others);
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == texts{"1, one", "2, two", "null, three"});
}

TEST_CASE("messagepack writes what it reads") {
  messagepack_rig rig{{{"b", data_type::boolean()},
                       {"l", data_type::bigint()},
                       {"f", data_type::float32()},
                       {"d", data_type::float64()},
                       {"n", data_type::decimal(10, 2)},
                       {"x", data_type::varbinary()},
                       {"y", data_type::date()},
                       {"t", data_type::timestamp(6)},
                       {"z", data_type::timestamp_ltz(6)},
                       {"r", data_type::row({{"i", data_type::integer()}, {"s", data_type::string()}})},
                       {"a", data_type::array(data_type::string())},
                       {"m", data_type::map(data_type::integer(), data_type::array(data_type::integer()))}}};
  decode_target rows = make_target(rig.fields);
  for (int i = 0; i < 3; ++i) {
    auto& c = rows.columns;
    if (i == 1) {
      for (column& each : c) each.push_null();
      continue;
    }
    c[0].push<uint8_t>(1);
    c[1].push<int64_t>(-5'000'000'000);
    c[2].push<float>(1.5F);
    c[3].push<double>(0.1);
    c[4].push<int128>(-1250);
    c[5].push_string({"\0\xff", 2});
    c[6].push<int32_t>(20'000);
    c[7].push<int64_t>(-1);
    c[8].push<int64_t>(i == 0 ? -1 : 1'600'000'000'123'456);
    c[9].children()[0].push<int32_t>(7);
    c[9].children()[1].push_null();
    c[9].resize(c[9].size() + 1);
    list_ref strings{c[10].children()[0].size(), 2};
    c[10].children()[0].push_string("a text that is not inline");
    c[10].children()[0].push_null();
    c[10].push(strings);
    list_ref entries{c[11].children()[0].size(), 1};
    c[11].children()[0].push<int32_t>(1);
    list_ref inner{c[11].children()[1].children()[0].size(), 1};
    c[11].children()[1].children()[0].push<int32_t>(9);
    c[11].children()[1].push(inner);
    c[11].push(entries);
  }
  rows.rows = 3;
  texts expected = rows_text(rows.columns, 3);
  std::string bytes = rig.write(std::move(rows));
  auto all = rig.read(bytes);
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == expected);
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    auto parts = decode_cut(*rig.make(), rig.fields, bytes, cut);
    CHECK(parts.error.to_string() == "ok");
    CHECK(parts.rows == expected);
  }
}

TEST_CASE("messagepack takes numbers that fit and text that means the type") {
  auto one = [](const data_type& type, auto put) {
    messagepack_rig rig{{{"v", type}}};
    auto all = rig.read(packed([&](msgpack_writer& to) {
      to.put_array_header(1);
      put(to);
    }));
    return all.error.ok() ? all.rows.at(0) : code_text(all.error.code());
  };
  auto whole = [](int64_t v) { return [v](msgpack_writer& to) { to.put_int(v); }; };
  auto text = [](const char* v) { return [v](msgpack_writer& to) { to.put_str(v); }; };
  auto real = [](double v) { return [v](msgpack_writer& to) { to.put_double(v); }; };
  CHECK(one(data_type::tinyint(), whole(127)) == "127");
  CHECK(one(data_type::tinyint(), whole(128)) == "LV0300");
  CHECK(one(data_type::integer(), text("42")) == "42");
  CHECK(one(data_type::integer(), real(1.5)) == "LV0300");
  CHECK(one(data_type::float64(), whole(3)) == "3");
  CHECK(one(data_type::decimal(6, 2), real(0.125)) == "0.13");
  CHECK(one(data_type::string(), whole(3)) == "3");
  CHECK(one(data_type::timestamp(3), text("1970-01-01 00:00:01")) == "1000000");
  CHECK(one(data_type::timestamp_ltz(3), [](msgpack_writer& to) { to.put_ext(-1, {"\0\0\0\2", 4}); }) == "2000000");
  CHECK(one(data_type::timestamp_ltz(3), [](msgpack_writer& to) { to.put_ext(5, {"\0\0\0\2", 4}); }) == "LV0300");
  CHECK(one(data_type::array(data_type::integer()), whole(1)) == "LV0300");
  CHECK(one(data_type::integer(), [](msgpack_writer& to) { to.put_map_header(0); }) == "LV0300");
}

TEST_CASE("a wrong value costs a messagepack record its field or an error, broken bytes the rest of the message") {
  messagepack_rig rig{two};
  std::string wrong = packed([](msgpack_writer& to) {
    to.put_map_header(2);
    to.put_str("a");
    to.put_array_header(2);
    to.put_int(1);
    to.put_int(2);
    to.put_str("s");
    to.put_str("x");
  });
  auto strict = rig.read(record(1, "one") + wrong);
  CHECK(strict.error.code() == errc::malformed_record);
  CHECK(std::string(strict.error.message()).rfind("byte " + std::to_string(record(1, "one").size()) + ": ", 0) == 0);
  CHECK(strict.rows == texts{"1, one"});
  rig.ignore = true;
  CHECK(rig.read(wrong + record(2, "two")).rows == texts{"null, x", "2, two"});
  auto number = rig.read(packed([](msgpack_writer& to) { to.put_int(5); }) + record(2, "two"));
  CHECK(number.rows == texts{"2, two"});
  CHECK(number.skipped == 1);
  std::string broken = record(1, "one") + "\xc1" + record(2, "two");
  CHECK(rig.read(broken).error.code() == errc::malformed_record);
  rig.messages = true;
  auto message = rig.read(broken);
  CHECK(message.error.ok());
  CHECK(message.rows == texts{"1, one"});
  CHECK(message.skipped == 1);
}

TEST_CASE("messagepack nesting is bounded") {
  messagepack_rig rig{two};
  std::string deep = "\x82\xa1x" + std::string(100'000, '\x91') + "\xc0";
  CHECK(rig.read(deep).error.code() == errc::malformed_record);
}

TEST_CASE("messagepack decoders survive any input") {
  messagepack_rig rig{{{"a", data_type::integer()},
                       {"s", data_type::string()},
                       {"r", data_type::row({{"x", data_type::decimal(6, 2)}})},
                       {"l", data_type::array(data_type::timestamp_ltz(3))},
                       {"m", data_type::map(data_type::string(), data_type::float64())}}};
  std::string seed = packed([](msgpack_writer& to) {
    to.put_map_header(5);
    to.put_str("a");
    to.put_int(70'000);
    to.put_str("s");
    to.put_str("some text");
    to.put_str("r");
    to.put_map_header(1);
    to.put_str("x");
    to.put_double(1.25);
    to.put_str("l");
    to.put_array_header(2);
    to.put_ext(-1, {"\0\0\0\2", 4});
    to.put_nil();
    to.put_str("m");
    to.put_map_header(1);
    to.put_str("k");
    to.put_float(2);
  });
  std::mt19937 random(13);
  size_t good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string input = seed + seed;
    for (uint32_t changes = random() % 5; changes > 0; --changes) {
      size_t at = random() % input.size();
      switch (random() % 3) {
      case 0: input[at] = static_cast<char>(random()); break;
      case 1: input.erase(at, 1 + random() % 5); break;
      default: input.insert(at, 1, static_cast<char>(random()));
      }
    }
    rig.ignore = round % 2;
    rig.messages = round % 3 == 0;
    auto all = rig.read(input);
    if (all.error.ok()) good += all.rows.size();
    else CHECK(all.error.code() == errc::malformed_record);
  }
  CHECK(good > 1000);
}
