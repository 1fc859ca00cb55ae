#include "runtime/operators/key_hash.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <set>

using namespace levada;

namespace {

template <class T>
column column_of(data_type type, std::vector<T> values) {
  column c{std::move(type)};
  for (const T& value : values) c.push(value);
  return c;
}

std::vector<uint64_t> hashes_of(std::vector<const column*> columns, row_set rows) {
  std::vector<uint64_t> hashes(rows.count);
  hash_keys(columns, rows, hashes.data());
  return hashes;
}

} // namespace

TEST_CASE("hashes are the same on every machine, as they are part of the state on disk") {
  auto numbers = column_of<int64_t>(data_type::bigint(), {0, 1, -1, 1234567890123});
  CHECK(hashes_of({&numbers}, {nullptr, 4}) ==
        std::vector<uint64_t>{0, 0x94e995cad329a7a3, 0x3feb930555cb09fd, 0x5a94533f875d540});
  column texts{data_type::string()};
  for (const char* text : {"", "apple", "longer than twelve bytes"}) texts.push_string(text);
  CHECK(hashes_of({&texts}, {nullptr, 3}) ==
        std::vector<uint64_t>{0x2d06800538d394c2, 0x517a430dcf1f8a00, 0x322adc80abacab24});
}

TEST_CASE("equal numbers hash equal whatever their width") {
  auto narrow = column_of<int32_t>(data_type::integer(), {7, -7});
  auto wide = column_of<int64_t>(data_type::bigint(), {7, -7});
  CHECK(hashes_of({&narrow}, {nullptr, 2}) == hashes_of({&wide}, {nullptr, 2}));
}

TEST_CASE("negative zero hashes as zero, and every NaN as one") {
  auto other_nan = std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0);
  auto c = column_of<double>(data_type::float64(), {0.0, -0.0, std::nan("1"), other_nan});
  auto h = hashes_of({&c}, {nullptr, 4});
  CHECK(h[0] == h[1]);
  CHECK(h[2] == h[3]);
  CHECK(h[0] != h[2]);
}

TEST_CASE("NULL hashes as one value, whatever lies below it") {
  auto c = column_of<int64_t>(data_type::bigint(), {1, 2, 3});
  c.set_null(0);
  c.set_null(2);
  auto h = hashes_of({&c}, {nullptr, 3});
  CHECK(h[0] == h[2]);
  CHECK(h[0] != h[1]);
}

TEST_CASE("hashes are aligned on the order of the row set") {
  auto c = column_of<int64_t>(data_type::bigint(), {10, 11, 12, 13});
  auto all = hashes_of({&c}, {nullptr, 4});
  std::vector<uint32_t> some{1, 3};
  CHECK(hashes_of({&c}, {some.data(), 2}) == std::vector<uint64_t>{all[1], all[3]});
}

TEST_CASE("a constant key column hashes as a plain one") {
  auto plain = column_of<int64_t>(data_type::bigint(), {5, 5});
  auto constant = column::constant(data_type::bigint());
  constant.data<int64_t>()[0] = 5;
  auto other = column_of<int32_t>(data_type::integer(), {1, 2});
  CHECK(hashes_of({&other, &plain}, {nullptr, 2}) == hashes_of({&other, &constant}, {nullptr, 2}));
}

TEST_CASE("keys of several columns depend on the order of the columns") {
  auto a = column_of<int64_t>(data_type::bigint(), {1});
  auto b = column_of<int64_t>(data_type::bigint(), {2});
  CHECK(hashes_of({&a, &b}, {nullptr, 1}) != hashes_of({&b, &a}, {nullptr, 1}));
}

TEST_CASE("consecutive numbers reach all key groups evenly") {
  column c{data_type::bigint()};
  for (int64_t i = 0; i < 12800; ++i) c.push(i * 100);
  std::vector<int> count(key_groups);
  for (uint64_t h : hashes_of({&c}, {nullptr, 12800})) ++count[key_group_of(h)];
  for (int n : count) {
    CHECK(n > 50);
    CHECK(n < 160);
  }
}

TEST_CASE("without key columns everything is in key group 0") {
  auto h = hashes_of({}, {nullptr, 2});
  CHECK(key_group_of(h[0]) == 0);
  CHECK(h[0] == h[1]);
}

TEST_CASE("nested keys hash by value") {
  auto type = data_type::array(data_type::integer());
  column a{type, 0};
  a.resize(0);
  column one{data_type::integer()};
  auto& items = a.children()[0];
  for (int32_t v : {1, 2, 1, 2, 2, 1}) items.push(v);
  a.push(list_ref{0, 2});
  a.push(list_ref{2, 2});
  a.push(list_ref{4, 2});
  auto h = hashes_of({&a}, {nullptr, 3});
  CHECK(h[0] == h[1]);
  CHECK(h[0] != h[2]);
}
