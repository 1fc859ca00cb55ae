#include "runtime/operators/group_table.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <random>

#include "runtime/operators/key_hash.hpp"
#include "runtime/operators/slot_array.hpp"

using namespace levada;

namespace {

std::vector<uint32_t> ids_of(group_table& table, std::vector<const column*> keys, row_set rows, bool insert = true) {
  std::vector<uint64_t> hashes(rows.count);
  std::vector<uint32_t> ids(rows.count);
  hash_keys(keys, rows, hashes.data());
  if (insert) table.find_or_insert(keys, rows, hashes.data(), ids.data());
  else table.find(keys, rows, hashes.data(), ids.data());
  return ids;
}

column numbers(const std::vector<int64_t>& values) {
  column c{data_type::bigint()};
  for (int64_t v : values) c.push(v);
  return c;
}

column texts(const std::vector<const char*>& values) {
  column c{data_type::string()};
  for (const char* v : values) {
    if (v) c.push_string(v);
    else c.push_null();
  }
  return c;
}

} // namespace

TEST_CASE("keys get ids in order of first sight") {
  group_table table{{data_type::bigint()}};
  auto c = numbers({7, 8, 7, 9, 8});
  CHECK(ids_of(table, {&c}, {nullptr, 5}) == std::vector<uint32_t>{0, 1, 0, 2, 1});
  CHECK(table.size() == 3);
  auto other = numbers({9, 10});
  CHECK(ids_of(table, {&other}, {nullptr, 2}, false) == std::vector<uint32_t>{2, group_table::absent});
}

TEST_CASE("NULL is a key of its own, beside 0 and the empty string") {
  group_table integers{{data_type::integer()}};
  column c{data_type::integer()};
  c.push(int32_t{0});
  c.push_null();
  c.push(int32_t{0});
  c.push_null();
  CHECK(ids_of(integers, {&c}, {nullptr, 4}) == std::vector<uint32_t>{0, 1, 0, 1});
  column back{data_type::integer()};
  integers.append_keys(std::vector<uint32_t>{1, 0}, 0, back);
  CHECK(back.is_null(0));
  CHECK(back.at<int32_t>(1) == 0);

  group_table strings{{data_type::string()}};
  auto t = texts({"", nullptr, "", nullptr});
  CHECK(ids_of(strings, {&t}, {nullptr, 4}) == std::vector<uint32_t>{0, 1, 0, 1});
  column text_back{data_type::string()};
  strings.append_keys(std::vector<uint32_t>{0, 1}, 0, text_back);
  CHECK_FALSE(text_back.is_null(0));
  CHECK(text_back.is_null(1));
}

TEST_CASE("keys of several columns and of any type are told apart by value") {
  group_table table{{data_type::string(), data_type::float64()}};
  auto names =
      texts({"a", "a", "a", nullptr, "a string longer than twelve bytes", "a string longer than twelve bytes"});
  column values{data_type::float64()};
  for (double v : {0.0, -0.0, std::nan("1"), 1.0, 2.0, 2.0}) values.push(v);
  CHECK(ids_of(table, {&names, &values}, {nullptr, 6}) == std::vector<uint32_t>{0, 0, 1, 2, 3, 3});
  column name_back{data_type::string()};
  column value_back{data_type::float64()};
  std::vector<uint32_t> ids{3, 2};
  table.append_keys(ids, 0, name_back);
  table.append_keys(ids, 1, value_back);
  CHECK(name_back.at<string_ref>(0).view() == "a string longer than twelve bytes");
  CHECK(name_back.is_null(1));
  CHECK(value_back.at<double>(0) == 2.0);
}

TEST_CASE("a table without key columns has one key") {
  group_table table;
  CHECK(ids_of(table, {}, {nullptr, 3}) == std::vector<uint32_t>{0, 0, 0});
  CHECK(table.key_group(0) == 0);
}

TEST_CASE("random insertions and removals agree with a map") {
  std::mt19937 random{7};
  group_table table{{data_type::bigint()}};
  std::map<int64_t, uint32_t> expected;
  for (int round = 0; round < 300; ++round) {
    std::vector<int64_t> keys;
    for (int i = 0; i < 100; ++i) keys.push_back(static_cast<int64_t>(random() % 2000) * 1000003);
    auto c = numbers(keys);
    auto ids = ids_of(table, {&c}, {nullptr, 100});
    for (size_t i = 0; i < keys.size(); ++i) {
      auto [it, added] = expected.emplace(keys[i], ids[i]);
      REQUIRE(it->second == ids[i]);
    }
    REQUIRE(table.size() == expected.size());
    if (round % 10 == 9) {
      std::vector<uint8_t> dead(table.id_end());
      for (auto it = expected.begin(); it != expected.end();) {
        if (random() % 2) {
          dead[it->second] = 1;
          it = expected.erase(it);
        } else ++it;
      }
      table.erase_all(dead.data());
    } else {
      for (int i = 0; i < 30 && !expected.empty(); ++i) {
        auto it = expected.lower_bound(static_cast<int64_t>(random() % 2000) * 1000003);
        if (it == expected.end()) continue;
        table.erase(it->second);
        expected.erase(it);
      }
    }
  }
  CHECK(table.id_end() <= 2000);
}

TEST_CASE("a key written to state is found again") {
  group_table table{{data_type::string(), data_type::bigint()}};
  auto names = texts({"x", nullptr});
  auto values = numbers({5, 6});
  auto ids = ids_of(table, {&names, &values}, {nullptr, 2});
  group_table other{{data_type::string(), data_type::bigint()}};
  for (uint32_t id : {1u, 0u}) {
    std::string bytes;
    table.write_key(ids[id], bytes);
    msgpack_reader in{bytes};
    uint32_t found = other.read_key(in);
    CHECK(found == 1 - id);
    CHECK(other.key_group(found) == table.key_group(ids[id]));
  }
  msgpack_reader broken{"\xc1"};
  CHECK(other.read_key(broken) == group_table::absent);
}

TEST_CASE("blocks stay where they are, are visited in order of id and know what is dirty") {
  slot_pool pool{16};
  slot_array array{pool};
  bool fresh = false;
  array.reserve(1000);
  std::byte* block = array.touch(700, fresh);
  CHECK(fresh);
  block[0] = std::byte{1};
  array.touch(3, fresh);
  array.reserve(100000);
  CHECK(array.touch(700, fresh) == block);
  CHECK_FALSE(fresh);

  auto saved = [&] {
    std::vector<uint32_t> ids;
    array.save_dirty([&](uint32_t id, std::byte*) { ids.push_back(id); });
    return ids;
  };
  CHECK(saved() == std::vector<uint32_t>{3, 700});
  CHECK(saved().empty());
  array.touch(3, fresh);
  CHECK(saved() == std::vector<uint32_t>{3});
  CHECK(array.is_saved(700));
  array.erase(700);
  CHECK_FALSE(array.is_saved(700));
  CHECK(array.touch(700, fresh)[0] == std::byte{0});
  CHECK(fresh);
}
