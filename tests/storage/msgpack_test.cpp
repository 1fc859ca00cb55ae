#include "storage/msgpack.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

namespace levada {
namespace {

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes.push_back(static_cast<char>(value));
  return bytes;
}

TEST_CASE("integers of every width come back, in their shortest form") {
  for (const uint64_t value : {0ULL, 127ULL, 128ULL, 255ULL, 256ULL, 65535ULL, 65536ULL, 4294967295ULL, 4294967296ULL,
                               18446744073709551615ULL}) {
    std::string bytes;
    msgpack_writer(bytes).put_uint(value);
    msgpack_reader in(bytes);
    CHECK(in.get_uint() == value);
    CHECK(in.ok());
    CHECK(in.at_end());
  }
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{-32}, int64_t{-33}, int64_t{-128}, int64_t{-129},
                              int64_t{-32769}, int64_t{-2147483649}, INT64_MIN, INT64_MAX}) {
    std::string bytes;
    msgpack_writer(bytes).put_int(value);
    msgpack_reader in(bytes);
    CHECK(in.get_int() == value);
    CHECK(in.ok());
  }
  std::string bytes;
  msgpack_writer(bytes).put_int(-32);
  CHECK(bytes.size() == 1);
}

TEST_CASE("doubles come back bit for bit, NaN and infinity included") {
  for (const double value : {0.0, -0.0, 1.5, std::numeric_limits<double>::infinity(), -HUGE_VAL,
                             std::bit_cast<double>(uint64_t{0x7ff8000000000123}), 5e-324}) {
    std::string bytes;
    msgpack_writer(bytes).put_double(value);
    msgpack_reader in(bytes);
    CHECK(std::bit_cast<uint64_t>(in.get_double()) == std::bit_cast<uint64_t>(value));
  }
}

TEST_CASE("strings, bins, booleans, nil, 128-bit integers and containers come back") {
  std::string bytes;
  msgpack_writer out(bytes);
  out.put_map_header(2);
  out.put_str("list");
  out.put_array_header(3);
  out.put_bool(true);
  out.put_nil();
  out.put_float(0.5F);
  out.put_str("more");
  out.put_bin(std::string(70'000, '\0'));
  out.put_int128(absl::MakeInt128(-2, 7));

  msgpack_reader in(bytes);
  CHECK(in.get_map_header() == 2);
  CHECK(in.get_str() == "list");
  CHECK(in.get_array_header() == 3);
  CHECK(in.get_bool());
  CHECK(in.next_is_nil());
  in.get_nil();
  CHECK(in.get_double() == 0.5);
  CHECK(in.get_str() == "more");
  CHECK(in.get_bin().size() == 70'000);
  CHECK(in.get_int128() == absl::MakeInt128(-2, 7));
  CHECK(in.ok());
  CHECK(in.at_end());
  CHECK(in.next().kind == msgpack_kind::end);
}

TEST_CASE("a value of another kind is an error that sticks") {
  std::string bytes;
  msgpack_writer out(bytes);
  out.put_str("x");
  out.put_uint(1);
  msgpack_reader in(bytes);
  CHECK(in.get_uint() == 0);
  CHECK(in.failure().code() == errc::corrupt_value);
  CHECK(in.get_uint() == 0);
  CHECK(in.failure().to_string() == "LV0200: MessagePack: expected an unsigned integer at byte 2");
}

TEST_CASE("a declared length beyond the input is refused, summed over nested containers") {
  const std::string inputs[] = {
      bytes_of({0xdd, 0xff, 0xff, 0xff, 0xff}),          // an array of 2^32-1
      bytes_of({0xdf, 0xff, 0xff, 0xff, 0xff, 1, 2, 3}), // a map of as many
      bytes_of({0xdb, 0xff, 0xff, 0xff, 0xff, 'x'}),     // a string
      bytes_of({0xc9, 0xff, 0xff, 0xff, 0xff, 1, 'x'}),  // an extension
      bytes_of({0x93, 0x93, 1, 2, 3}),                   // two arrays that fit alone but not together
      bytes_of({0x92, 0xa2, 'a', 'b'}),                  // a string that eats its sibling's byte
      bytes_of({0xc1}),
      bytes_of({0xcf, 0, 0}),
      bytes_of({0x81, 0x01}),
  };
  for (const auto& input : inputs) {
    msgpack_reader in(input);
    in.skip();
    CHECK(in.failure().code() == errc::corrupt_value);
  }
}

TEST_CASE("nesting ends at the depth limit") {
  std::string deepest(msgpack_depth_max, '\x91');
  deepest.push_back('\x01');
  msgpack_reader in(deepest);
  in.skip();
  CHECK(in.ok());
  CHECK(in.at_end());
  const std::string deeper = '\x91' + deepest;
  msgpack_reader refused(deeper);
  refused.skip();
  CHECK(refused.failure().code() == errc::corrupt_value);
  const std::string siblings = bytes_of({0x92, 0x91, 0x01, 0x91, 0x01, 0xc0});
  msgpack_reader wide(siblings);
  wide.skip();
  CHECK(wide.next_is_nil());
}

TEST_CASE("noise ends the reader within its bytes") {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random() % 4 ? random() : 0x80 + random() % 0x60);
    msgpack_reader in(bytes);
    size_t tokens = 0;
    while (in.next().kind != msgpack_kind::end) ++tokens;
    REQUIRE(tokens <= bytes.size());
    REQUIRE(in.position() <= bytes.size());
    REQUIRE((in.ok() ? in.position() == bytes.size() : in.failure().code() == errc::corrupt_value));
  }
}

} // namespace
} // namespace levada
