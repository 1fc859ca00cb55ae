#include "storage/state_directory.hpp"

#include <algorithm>

#include "storage/epoch_state.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/record.hpp"

namespace levada {

namespace {

status remove_if_present(file_system& files, const std::string& path) {
  auto removed = files.remove(path);
  return removed.code() == errc::not_found ? status{} : removed;
}

// Made under another name and renamed when whole, so that a crash here leaves nothing that looks like a state.
status create_state(file_system& files, const epoch_store_options& options, const std::string& path) {
  const auto making = path + ".new";
  for (const auto& leftover : {making, making + "-lock"})
    if (auto removed = remove_if_present(files, leftover); !removed.ok()) return removed;
  {
    auto env = lmdb_env::open(making, quota_of(options));
    if (!env.ok()) return env.error();
    auto txn = lmdb_transaction::begin(*env, lmdb_access::write);
    if (!txn.ok()) return txn.error();
    manifest first;
    first.job = options.job;
    if (auto put = put_record(*txn, manifest_key(), encode(first)); !put.ok()) return put.error();
    if (auto committed = txn->commit(); !committed.ok()) return committed;
  }
  if (auto removed = remove_if_present(files, making + "-lock"); !removed.ok()) return removed;
  if (auto renamed = files.rename(making, path); !renamed.ok()) return renamed;
  return files.sync_directory(options.directory);
}

} // namespace

uint64_t quota_of(const epoch_store_options& options) {
  constexpr uint64_t quota_max_32_bit = uint64_t{1} << 30;
  constexpr uint64_t quota_min = uint64_t{1} << 20;
  const uint64_t quota = std::max(options.quota_bytes, quota_min);
  return sizeof(void*) == 4 ? std::min(quota, quota_max_32_bit) : quota;
}

result<std::unique_ptr<file>> lock_directory(file_system& files, const std::string& directory) {
  auto lock = files.open(directory + "/lock", open_mode::write_or_create);
  if (!lock.ok()) return lock.error();
  auto locked = (*lock)->try_lock();
  if (locked.code() == errc::would_block)
    return status{errc::store_locked, directory + ": the state is in use by another run"};
  if (!locked.ok()) return locked;
  return lock;
}

status remove_state(file_system& files, const epoch_store_options& options) {
  const auto path = state_file(options.directory);
  for (const auto& old : {path, path + "-lock"})
    if (auto removed = remove_if_present(files, old); !removed.ok()) return removed;
  return files.sync_directory(options.directory);
}

status create_if_absent(file_system& files, const epoch_store_options& options) {
  const auto path = state_file(options.directory);
  auto present = files.info(path);
  if (present.ok()) return {};
  if (present.error().code() != errc::not_found) return present.error();
  return create_state(files, options, path).at(options.directory);
}

} // namespace levada
