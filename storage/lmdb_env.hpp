// The only code that calls LMDB: an environment with one unnamed database, transactions, ordered scans.
// Opened with the default sync flags and NOTLS, never WRITEMAP, NOSYNC or DUPSORT. After an ok commit the
// transaction is on the disk.
// Errors: store_full (the map is full; abort, the environment stays usable), no_space (the disk is; likewise),
// corrupt_value (LMDB found a page it cannot trust), store_failed (anything else).
// Threads: one thread per environment. Keys are 1 to 511 bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/status.hpp"

struct MDB_cursor;
struct MDB_env;
struct MDB_txn;

namespace levada {

class lmdb_env {
 public:
  static constexpr uint64_t map_of_the_file = 0; // as large as who made it wanted

  // `path` is the data file, created when absent; LMDB keeps PATH-lock beside it. A map smaller than what the file
  // holds is raised to that.
  static result<lmdb_env> open(const std::string& path, uint64_t map_bytes);
  lmdb_env(lmdb_env&& other) noexcept;
  lmdb_env& operator=(lmdb_env&&) = delete;
  ~lmdb_env();

  uint64_t map_bytes() const;
  uint64_t file_bytes() const; // up to the last page ever used

 private:
  friend class lmdb_transaction;
  lmdb_env() = default;

  MDB_env* env_ = nullptr;
  unsigned database_ = 0;
};

enum class lmdb_access : uint8_t { read, write };

// Aborted when destroyed uncommitted. Views it returns are valid until its next write or its end.
class lmdb_transaction {
 public:
  static result<lmdb_transaction> begin(lmdb_env& env, lmdb_access access);
  lmdb_transaction(lmdb_transaction&& other) noexcept;
  lmdb_transaction& operator=(lmdb_transaction&&) = delete;
  ~lmdb_transaction();

  result<std::optional<std::string_view>> get(std::string_view key) const;

  // Stores value followed by trailer, replacing what was there.
  status put(std::string_view key, std::string_view value, std::string_view trailer);
  status erase(std::string_view key); // an absent key is no error

  // Pages that hold data, freed ones not counted; this transaction's changes included.
  uint64_t live_bytes() const;

  // Ends the transaction whatever it returns. store_full: nothing was written. no_space: LMDB ran into the end of the
  // disk; open the environment anew and read what was committed. io_error: the same, if the disk is full; else, and
  // for any other error, unknown.
  status commit();

 private:
  friend class lmdb_cursor;
  lmdb_transaction() = default;

  MDB_txn* txn_ = nullptr;
  unsigned database_ = 0;
};

// Walks the keys that begin with `prefix`, from `first` (or the prefix itself) on, in order.
// REQUIRES that the transaction outlives it and writes nothing meanwhile.
class lmdb_cursor {
 public:
  lmdb_cursor(const lmdb_transaction& transaction, std::string prefix, std::string first = {});
  lmdb_cursor(const lmdb_cursor&) = delete;
  lmdb_cursor& operator=(const lmdb_cursor&) = delete;
  ~lmdb_cursor();

  // False behind the last key and after an error; then failure() tells which.
  bool next();
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  const status& failure() const { return failure_; }

 private:
  MDB_cursor* cursor_ = nullptr;
  std::string prefix_;
  std::string first_;
  bool started_ = false;
  std::string_view key_;
  std::string_view value_;
  status failure_;
};

} // namespace levada
