#include "storage/lmdb_env.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <lmdb.h>

namespace levada {

namespace {

constexpr unsigned readers_max = 16;

status failed(int code, const char* doing) {
  if (code == MDB_SUCCESS) return {};
  errc number = errc::store_failed;
  switch (code) {
  case MDB_MAP_FULL:
  case MDB_TXN_FULL: number = errc::store_full; break;
  case ENOSPC: number = errc::no_space; break;
  case MDB_CORRUPTED:
  case MDB_PAGE_NOTFOUND:
  case MDB_INVALID:
  case MDB_VERSION_MISMATCH: number = errc::corrupt_value; break;
  default: break;
  }
  return {number, std::string("LMDB cannot ") + doing + ": " + mdb_strerror(code)};
}

MDB_val as_value(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())}; // LMDB's struct serves both directions
}

std::string_view as_view(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

} // namespace

result<lmdb_env> lmdb_env::open(const std::string& path, uint64_t map_bytes) {
  lmdb_env opened;
  int code = mdb_env_create(&opened.env_);
  if (code == 0) code = mdb_env_set_mapsize(opened.env_, static_cast<size_t>(map_bytes));
  if (code == 0) code = mdb_env_set_maxreaders(opened.env_, readers_max);
  if (code == 0) code = mdb_env_open(opened.env_, path.c_str(), MDB_NOTLS | MDB_NOSUBDIR, 0600);
  if (code != 0) return failed(code, "open").at(path);
  int dead_readers = 0;
  code = mdb_reader_check(opened.env_, &dead_readers);
  MDB_txn* txn = nullptr;
  if (code == 0) code = mdb_txn_begin(opened.env_, nullptr, MDB_RDONLY, &txn);
  if (code == 0) code = mdb_dbi_open(txn, nullptr, 0, &opened.database_);
  if (txn) mdb_txn_abort(txn);
  if (code != 0) return failed(code, "read").at(path);
  return opened;
}

lmdb_env::lmdb_env(lmdb_env&& other) noexcept : env_(std::exchange(other.env_, nullptr)), database_(other.database_) {}

lmdb_env::~lmdb_env() {
  if (env_) mdb_env_close(env_);
}

uint64_t lmdb_env::map_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return info.me_mapsize;
}

uint64_t lmdb_env::file_bytes() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  return (uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
}

result<lmdb_transaction> lmdb_transaction::begin(lmdb_env& env, lmdb_access access) {
  lmdb_transaction begun;
  begun.database_ = env.database_;
  const int code = mdb_txn_begin(env.env_, nullptr, access == lmdb_access::read ? MDB_RDONLY : 0, &begun.txn_);
  if (code != 0) return failed(code, "begin a transaction");
  return begun;
}

lmdb_transaction::lmdb_transaction(lmdb_transaction&& other) noexcept
    : txn_(std::exchange(other.txn_, nullptr)), database_(other.database_) {}

lmdb_transaction::~lmdb_transaction() {
  if (txn_) mdb_txn_abort(txn_);
}

result<std::optional<std::string_view>> lmdb_transaction::get(std::string_view key) const {
  auto wanted = as_value(key);
  MDB_val found{};
  const int code = mdb_get(txn_, database_, &wanted, &found);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>{};
  if (code != 0) return failed(code, "read");
  return std::optional{as_view(found)};
}

status lmdb_transaction::put(std::string_view key, std::string_view value, std::string_view trailer) {
  auto at = as_value(key);
  MDB_val room{value.size() + trailer.size(), nullptr};
  if (const int code = mdb_put(txn_, database_, &at, &room, MDB_RESERVE); code != 0) return failed(code, "write");
  auto* to = static_cast<char*>(room.mv_data);
  // An empty view's data() may be null, which memcpy does not take.
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
  if (!trailer.empty()) std::memcpy(to + value.size(), trailer.data(), trailer.size());
  return {};
}

status lmdb_transaction::erase(std::string_view key) {
  auto at = as_value(key);
  const int code = mdb_del(txn_, database_, &at, nullptr);
  return code == MDB_NOTFOUND ? status{} : failed(code, "erase");
}

uint64_t lmdb_transaction::live_bytes() const {
  MDB_stat stat{};
  mdb_stat(txn_, database_, &stat);
  return (uint64_t{stat.ms_branch_pages} + stat.ms_leaf_pages + stat.ms_overflow_pages) * stat.ms_psize;
}

status lmdb_transaction::commit() {
  const int code = mdb_txn_commit(std::exchange(txn_, nullptr));
  auto outcome = failed(code, "commit");
  // What LMDB makes of a write that comes out short, too.
  return code == EIO ? status{errc::io_error, std::string(outcome.message())} : outcome;
}

lmdb_cursor::lmdb_cursor(const lmdb_transaction& transaction, std::string prefix, std::string first)
    : prefix_(std::move(prefix)), first_(first.empty() ? prefix_ : std::move(first)) {
  failure_ = failed(mdb_cursor_open(transaction.txn_, transaction.database_, &cursor_), "scan");
}

lmdb_cursor::~lmdb_cursor() {
  if (cursor_) mdb_cursor_close(cursor_);
}

bool lmdb_cursor::next() {
  if (!failure_.ok()) return false;
  auto key = as_value(first_);
  MDB_val value{};
  const auto start = first_.empty() ? MDB_FIRST : MDB_SET_RANGE;
  const int code = mdb_cursor_get(cursor_, &key, &value, started_ ? MDB_NEXT : start);
  started_ = true;
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) {
    failure_ = failed(code, "scan");
    return false;
  }
  key_ = as_view(key);
  value_ = as_view(value);
  return key_.starts_with(prefix_);
}

} // namespace levada
