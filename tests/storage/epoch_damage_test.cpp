#include <vector>

#include "storage/lmdb_env.hpp"
#include "tests/storage/store_fixture.hpp"

namespace levada {
namespace {

using raw_pair = std::pair<std::string, std::string>;

class damaged_store : public store_fixture {
 public:
  damaged_store() {
    auto store = open();
    for (int i = 1; i <= 2; ++i) {
      auto epoch = next_epoch(*store);
      delta_writer delta;
      delta.put(1, "a" + std::to_string(i), "b");
      delta.put(9, "c", "d");
      epoch.values = {{"position", std::to_string(i)}, {"watermark", "w"}};
      epoch.deltas = {{"s", 1, delta.take()}};
      epoch.dead_letters = {{"t", "p", "r", "x"}};
      commit_ok(*store, epoch);
    }
    store.reset();
    auto env = lmdb_env::open(data_file(), quota_bytes);
    REQUIRE(env.ok());
    auto txn = lmdb_transaction::begin(*env, lmdb_access::read);
    REQUIRE(txn.ok());
    lmdb_cursor cursor(*txn, "");
    while (cursor.next()) pairs.emplace_back(cursor.key(), cursor.value());
    REQUIRE(pairs.size() == 8);
  }

  // Replaces the raw bytes of a key, checksum included; no value erases it.
  void overwrite(const std::string& key, const std::string* value) {
    auto env = lmdb_env::open(data_file(), quota_bytes);
    REQUIRE(env.ok());
    auto txn = lmdb_transaction::begin(*env, lmdb_access::write);
    REQUIRE(txn.ok());
    REQUIRE((value ? txn->put(key, *value, {}) : txn->erase(key)).ok());
    REQUIRE(txn->commit().ok());
  }

  // What a run or a scrub would say.
  status verdict() {
    auto store = try_open();
    return store.ok() ? (*store)->scrub() : store.error();
  }

  std::vector<raw_pair> pairs;
};

TEST_CASE_METHOD(damaged_store, "a flip in any byte of any value is noticed") {
  for (const auto& [key, value] : pairs) {
    for (size_t i = 0; i < value.size(); ++i) {
      auto flipped = value;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
      overwrite(key, &flipped);
      const auto noticed = verdict();
      INFO("key " << key << ", byte " << i << ": " << noticed.to_string());
      REQUIRE(noticed.code() == errc::corrupt_value);
    }
    overwrite(key, &value);
  }
  CHECK(verdict().ok());
}

TEST_CASE_METHOD(damaged_store, "a lost key, an emptied one and a value under another's key are noticed") {
  const std::string empty;
  for (const auto& [key, value] : pairs) {
    INFO("key " << key);
    overwrite(key, nullptr);
    CHECK(verdict().code() == errc::corrupt_value);
    overwrite(key, &empty);
    CHECK(verdict().code() == errc::corrupt_value);
    for (const auto& [other_key, other_value] : pairs) {
      if (other_key == key) continue;
      overwrite(key, &other_value);
      CHECK(verdict().code() == errc::corrupt_value);
    }
    overwrite(key, &value);
  }
  CHECK(verdict().ok());
}

TEST_CASE_METHOD(damaged_store, "an extra key of a kind the store reads is noticed") {
  overwrite("v"
            "stray",
            &pairs.back().second);
  CHECK(verdict().code() == errc::corrupt_value);
}

TEST_CASE_METHOD(damaged_store, "damage is named by store and epoch when the entries are read") {
  for (const auto& [key, value] : pairs) {
    if (key[0] != 'd') continue;
    auto flipped = value;
    flipped[flipped.size() / 2] ^= 0x20;
    overwrite(key, &flipped);
    auto store = open();
    const auto damage = store->for_each_entry("s", [](auto, auto, auto) {});
    CHECK(damage.code() == errc::corrupt_value);
    const auto epoch = std::to_string(static_cast<int>(key[key.size() - 3]));
    CHECK(damage.message() == "store 's', epoch " + epoch + ": the checksum does not match");
    store.reset();
    overwrite(key, &value);
  }
}

TEST_CASE_METHOD(damaged_store, "a file that is no state is refused, and kept") {
  auto file = files.open(data_file(), open_mode::write_existing);
  REQUIRE((*file)->write_at(0, std::string(8192, 'x')).ok());
  CHECK(try_open().error().code() == errc::corrupt_value);
  CHECK(files.info(data_file())->bytes > 8192);
}

} // namespace
} // namespace levada
