#include "storage/delta.hpp"

#include <catch2/catch.hpp>

namespace levada {
namespace {

TEST_CASE("a delta gives its operations back in order") {
  delta_writer out;
  out.put(0, "a", "1");
  out.erase(127, "b");
  out.put(5, "", "");
  out.put(0, "a", std::string(70'000, 'x'));
  CHECK(out.size() == 4);
  const auto bytes = out.take();
  CHECK(out.empty());
  CHECK(out.bytes().empty());

  delta_reader in(bytes);
  delta_operation op;
  REQUIRE(in.next(op));
  CHECK(op.key_group == 0);
  CHECK(op.key == "a");
  CHECK(op.value == "1");
  REQUIRE(in.next(op));
  CHECK(op.key_group == 127);
  CHECK(op.key == "b");
  CHECK_FALSE(op.value.has_value());
  REQUIRE(in.next(op));
  CHECK(op.key.empty());
  CHECK(op.value == "");
  REQUIRE(in.next(op));
  CHECK(op.value->size() == 70'000);
  CHECK_FALSE(in.next(op));
  CHECK(in.failure().ok());
}

TEST_CASE("a delta cut anywhere but between operations is malformed") {
  delta_writer out;
  out.put(1, "key", "value");
  for (size_t length = 1; length < out.bytes().size(); ++length) {
    delta_reader in(std::string_view(out.bytes()).substr(0, length));
    delta_operation op;
    CHECK_FALSE(in.next(op));
    CHECK(in.failure().code() == errc::corrupt_value);
  }
}

TEST_CASE("a key group out of range is malformed") {
  std::string bytes;
  msgpack_writer out(bytes);
  out.put_uint(key_group_count);
  out.put_bin("k");
  out.put_nil();
  delta_reader in(bytes);
  delta_operation op;
  CHECK_FALSE(in.next(op));
  CHECK(in.failure().code() == errc::corrupt_value);
}

} // namespace
} // namespace levada
