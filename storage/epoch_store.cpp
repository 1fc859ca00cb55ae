#include "storage/epoch_store.hpp"

#include <algorithm>

#include "platform/io_counter.hpp"
#include "storage/dead_letters.hpp"
#include "storage/epoch_state.hpp"
#include "storage/keyed_store.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/record.hpp"

namespace levada {

namespace {

using limits = epoch_store_limits;

class lmdb_epoch_store final : public epoch_store {
 public:
  lmdb_epoch_store(file_system& files, const clock_source& clock, epoch_store_options options,
                   std::unique_ptr<file> lock, lmdb_env env)
      : files_(files), clock_(clock), options_(std::move(options)), lock_(std::move(lock)), env_(std::move(env)) {}

  // Reads and checks manifest, records and values.
  status load() {
    auto txn = lmdb_transaction::begin(env_, lmdb_access::read);
    if (!txn.ok()) return txn.error();
    auto loaded = load_state(*txn);
    if (!loaded.ok()) return loaded.error();
    state_ = std::move(*loaded);
    if (state_.summary.job == options_.job) return {};
    return {errc::state_mismatch, "the state belongs to the job '" + state_.summary.job + "', not to '" + options_.job +
                                      "'; start over with --fresh or choose another directory"};
  }

  uint64_t last_epoch() const override { return state_.summary.epoch; }
  int64_t last_wall_time_us() const override { return state_.summary.wall_time_us; }
  bool finished() const override { return state_.summary.finished; }
  uint64_t dead_letters_dropped() const override { return state_.summary.letters_dropped; }

  result<commit_report> commit(const epoch_commit& epoch) override {
    check(epoch.epoch > state_.summary.epoch);
    if (failed_) return refused();
    const auto started_us = clock_.monotonic_us();
    const auto written_before = thread_written_bytes();
    auto txn = lmdb_transaction::begin(env_, lmdb_access::write);
    if (!txn.ok()) return fail(txn.error());

    auto changed = state_;
    commit_report report;
    const uint64_t live_before = txn->live_bytes();
    if (auto room = check_disk(epoch, live_before); !room.ok()) return room;
    auto applied = apply_epoch(*txn, changed, epoch, report);
    if (applied.code() == errc::store_failed) return fail(applied);
    if (!applied.ok()) return applied.at(options_.directory);
    if (auto room = check_reserve(epoch, live_before, txn->live_bytes()); !room.ok()) return room;

    if (auto committed = txn->commit(); committed.code() == errc::store_full) return committed;
    else if (!committed.ok()) return fail(committed);
    state_ = std::move(changed);
    const auto written_after = thread_written_bytes();
    if (written_before && written_after) report.written_bytes = *written_after - *written_before;
    report.duration_us = clock_.monotonic_us() - started_us;
    return report;
  }

  result<std::string> read_value(std::string_view id) override {
    auto txn = begin_read();
    if (!txn.ok()) return txn.error();
    const auto key = value_key(id);
    auto value = txn->get(key);
    if (!value.ok()) return value.error();
    const auto name = "value '" + std::string(id) + "'";
    if (!value->has_value()) return status{errc::not_found, name + " was never written"};
    auto payload = checked_payload(key, **value, name);
    if (!payload.ok()) return payload.error();
    return std::string(*payload);
  }

  result<std::vector<std::string>> value_ids() override {
    if (failed_) return refused();
    std::vector<std::string> ids;
    for (const auto& [id, crc] : state_.value_crcs) ids.push_back(id);
    return ids;
  }

  result<std::vector<store_info>> stores() override {
    if (failed_) return refused();
    std::vector<store_info> infos;
    for (const auto& [id, keyed] : state_.stores) {
      const auto& record = keyed.record;
      infos.push_back({id, record.schema, record.base_bytes, record.delta_bytes, record.chunks.count});
    }
    return infos;
  }

  status for_each_entry(std::string_view store, const entry_callback& entry) override {
    auto txn = begin_read();
    if (!txn.ok()) return txn.error();
    const auto at = state_.stores.find(store);
    return read_entries(*txn, store, at == state_.stores.end() ? store_record{} : at->second.record, entry);
  }

  status for_each_dead_letter(const dead_letter_callback& letter) override {
    auto txn = begin_read();
    if (!txn.ok()) return txn.error();
    return read_dead_letters(*txn, state_.summary, letter);
  }

  status scrub() override {
    auto txn = begin_read();
    if (!txn.ok()) return txn.error();
    auto loaded = load_state(*txn);
    if (!loaded.ok()) return loaded.error();
    for (const auto& [id, keyed] : loaded->stores) {
      auto read = read_entries(*txn, id, keyed.record, [](auto, auto, auto) {});
      if (!read.ok()) return read;
    }
    return read_dead_letters(*txn, loaded->summary, [](auto, auto, const auto&) {});
  }

  epoch_usage usage() override {
    epoch_usage use;
    use.quota_bytes = env_.map_bytes();
    use.file_bytes = env_.file_bytes();
    if (auto txn = begin_read(); txn.ok()) use.live_bytes = txn->live_bytes();
    use.share = static_cast<double>(use.live_bytes) / static_cast<double>(use.quota_bytes);
    if (use.share >= limits::reserve_share) use.step = quota_step::reserve;
    else if (use.share >= limits::withhold_share) use.step = quota_step::withhold_acks;
    else if (use.share >= limits::warn_share) use.step = quota_step::warn;
    return use;
  }

 private:
  status refused() const {
    return {errc::store_failed, options_.directory + ": an earlier commit failed; open the store anew"};
  }

  status fail(const status& cause) {
    failed_ = true;
    return {errc::store_failed, options_.directory + ": " + std::string(cause.message())};
  }

  result<lmdb_transaction> begin_read() {
    if (failed_) return refused();
    return lmdb_transaction::begin(env_, lmdb_access::read);
  }

  // LMDB finds out that the disk is full when it is too late to go on, so look before. An epoch needs no room on
  // the disk if there is enough inside the file; the pages of the last two epochs are not free yet, hence twice.
  status check_disk(const epoch_commit& epoch, uint64_t live_bytes) {
    uint64_t bytes = limits::disk_margin_bytes;
    for (const auto& delta : epoch.deltas) bytes += delta.bytes.size() * (1 + limits::fold_factor);
    for (const auto& value : epoch.values) bytes += value.bytes.size();
    for (const auto& letter : epoch.dead_letters) bytes += letter.payload.size();
    const uint64_t file_bytes = env_.file_bytes();
    if (file_bytes >= live_bytes + 2 * bytes || file_bytes >= env_.map_bytes()) return {};
    auto space = files_.space(options_.directory);
    if (!space.ok()) return space.error();
    if (space->free_bytes >= std::min(bytes, env_.map_bytes() - file_bytes)) return {};
    return {errc::store_full, options_.directory + ": the disk has " + std::to_string(space->free_bytes) +
                                  " bytes left, the epoch may need " + std::to_string(bytes)};
  }

  status check_reserve(const epoch_commit& epoch, uint64_t live_before, uint64_t live_after) const {
    const auto quota = static_cast<double>(env_.map_bytes());
    const bool in_reserve = static_cast<double>(live_after) > quota * limits::reserve_share;
    if (!in_reserve || epoch.may_use_reserve || live_after <= live_before) return {};
    return {errc::store_full, options_.directory + ": " + std::to_string(live_after) + " of " +
                                  std::to_string(env_.map_bytes()) + " bytes would be used; the rest is kept to drain"};
  }

  file_system& files_;
  const clock_source& clock_;
  epoch_store_options options_;
  std::unique_ptr<file> lock_;
  lmdb_env env_;
  epoch_state state_;
  bool failed_ = false;
};

uint64_t quota_of(const epoch_store_options& options) {
  constexpr uint64_t quota_max_32_bit = uint64_t{1} << 30;
  constexpr uint64_t quota_min = uint64_t{1} << 20;
  const uint64_t quota = std::max(options.quota_bytes, quota_min);
  return sizeof(void*) == 4 ? std::min(quota, quota_max_32_bit) : quota;
}

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

result<std::unique_ptr<file>> lock_directory(file_system& files, const std::string& directory) {
  auto lock = files.open(directory + "/lock", open_mode::write_or_create);
  if (!lock.ok()) return lock.error();
  auto locked = (*lock)->try_lock();
  if (locked.code() == errc::would_block)
    return status{errc::store_locked, directory + ": the state is in use by another run"};
  if (!locked.ok()) return locked;
  return lock;
}

} // namespace

result<std::unique_ptr<epoch_store>> epoch_store::open(file_system& files, const clock_source& clock,
                                                       epoch_store_options options) {
  const auto& directory = options.directory;
  if (auto made = files.make_directories(directory); !made.ok()) return made;
  auto space = files.space(directory);
  if (!space.ok()) return space.error();
  if (space->network) return status{errc::store_failed, directory + ": a network file system cannot keep state safely"};
  auto lock = lock_directory(files, directory);
  if (!lock.ok()) return lock.error();

  const auto path = state_file(directory);
  if (options.fresh) {
    for (const auto& old : {path, path + "-lock"})
      if (auto removed = remove_if_present(files, old); !removed.ok()) return removed;
    if (auto synced = files.sync_directory(directory); !synced.ok()) return synced;
  }
  if (auto present = files.info(path); present.error().code() == errc::not_found) {
    if (auto created = create_state(files, options, path); !created.ok()) return created.at(directory);
  } else if (!present.ok()) {
    return present.error();
  }
  auto env = lmdb_env::open(path, quota_of(options));
  if (!env.ok()) return env.error();
  auto store = std::make_unique<lmdb_epoch_store>(files, clock, options, std::move(*lock), std::move(*env));
  if (auto loaded = store->load(); !loaded.ok()) return loaded.at(directory);
  return std::unique_ptr<epoch_store>(std::move(store));
}

} // namespace levada
