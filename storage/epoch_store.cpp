#include "storage/epoch_store.hpp"

#include <algorithm>
#include <optional>

#include "platform/byte_count.hpp"
#include "platform/io_counter.hpp"
#include "storage/dead_letters.hpp"
#include "storage/epoch_state.hpp"
#include "storage/keyed_store.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/record.hpp"

namespace levada {

namespace {

using limits = epoch_store_limits;

constexpr uint64_t page_bytes = 4096;
// Of the quota: what compact() writes in one transaction.
constexpr uint64_t compact_share = 64;

uint64_t payload_bytes(const epoch_commit& epoch) {
  uint64_t bytes = 0;
  for (const auto& delta : epoch.deltas) bytes += delta.bytes.size();
  for (const auto& value : epoch.values) bytes += value.bytes.size();
  for (const auto& letter : epoch.dead_letters) bytes += letter.payload.size();
  return bytes;
}

class lmdb_epoch_store final : public epoch_store {
 public:
  lmdb_epoch_store(file_system& files, const clock_source& clock, epoch_store_options options,
                   std::unique_ptr<file> lock, lmdb_env env)
      : files_(files), clock_(clock), options_(std::move(options)), lock_(std::move(lock)), env_(std::move(env)) {}

  // Reads and checks manifest, records and values.
  status load() {
    auto txn = lmdb_transaction::begin(*env_, lmdb_access::read);
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
    auto report = attempt(epoch);
    if (report.error().code() != errc::store_full) return report;
    // What the last epochs freed may be all it takes.
    if (auto settled = settle(); !settled.ok()) return settled;
    return attempt(epoch);
  }

  result<uint64_t> compact() override {
    if (failed_) return refused();
    const uint64_t live_before = usage().live_bytes;
    std::vector<std::string> ids;
    for (const auto& [id, keyed] : state_.stores)
      if (keyed.record.delta_bytes > 0) ids.push_back(id);
    for (const auto& id : ids) {
      auto folded = fold_deltas(id);
      if (folded.code() == errc::store_full || folded.code() == errc::no_space) break;
      if (!folded.ok()) return folded;
    }
    if (auto settled = settle(); !settled.ok() && settled.code() != errc::no_space) return settled;
    const uint64_t live = usage().live_bytes;
    return live_before > live ? live_before - live : 0;
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
    use.quota_bytes = env_->map_bytes();
    use.file_bytes = env_->file_bytes();
    if (auto txn = begin_read(); txn.ok()) use.live_bytes = txn->live_bytes();
    use.share = static_cast<double>(use.live_bytes) / static_cast<double>(use.quota_bytes);
    if (use.share >= limits::reserve_share) use.step = quota_step::reserve;
    else if (use.share >= limits::withhold_share) use.step = quota_step::withhold_acks;
    else if (use.share >= limits::warn_share) use.step = quota_step::warn;
    for (const auto& [id, keyed] : state_.stores) {
      use.delta_bytes += keyed.record.delta_bytes;
      const uint64_t bytes = keyed.record.base_bytes + keyed.record.delta_bytes;
      if (bytes <= use.largest_bytes) continue;
      use.largest_store = id;
      use.largest_bytes = bytes;
    }
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

  result<commit_report> attempt(const epoch_commit& epoch) {
    if (failed_) return refused();
    const auto started_us = clock_.monotonic_us();
    const auto written_before = thread_written_bytes();
    auto txn = lmdb_transaction::begin(*env_, lmdb_access::write);
    if (!txn.ok()) return fail(txn.error());

    auto changed = state_;
    commit_report report;
    const uint64_t live_before = txn->live_bytes();
    if (auto room = check_disk(epoch, live_before); !room.ok()) return room;
    auto applied = apply_epoch(*txn, changed, epoch, report);
    if (applied.code() == errc::store_failed) return fail(applied);
    if (applied.code() == errc::store_full) return over_quota(epoch, live_before, live_before + payload_bytes(epoch));
    if (!applied.ok()) return applied.at(options_.directory);
    if (auto room = check_reserve(epoch, live_before, txn->live_bytes()); !room.ok()) return room;

    if (auto committed = end(*txn); committed.code() == errc::store_full) {
      return over_quota(epoch, live_before, live_before + payload_bytes(epoch));
    } else if (!committed.ok()) {
      return committed;
    }
    state_ = std::move(changed);
    const auto written_after = thread_written_bytes();
    if (written_before && written_after) report.written_bytes = *written_after - *written_before;
    report.duration_us = clock_.monotonic_us() - started_us;
    return report;
  }

  result<lmdb_transaction> begin_read() {
    if (failed_) return refused();
    return lmdb_transaction::begin(*env_, lmdb_access::read);
  }

  // Commits. Behind no_space LMDB's own picture of the file is not to be trusted: it is read anew, and if that shows the
  // state as it was, nothing was committed.
  status end(lmdb_transaction& txn) {
    auto committed = txn.commit();
    if (committed.ok() || committed.code() == errc::store_full) return committed;
    if (committed.code() != errc::no_space) return fail(committed);
    const uint64_t epoch = state_.summary.epoch;
    const uint64_t map_bytes = env_->map_bytes();
    env_.reset();
    auto again = lmdb_env::open(state_file(options_.directory), map_bytes);
    if (!again.ok()) return fail(again.error());
    env_.emplace(std::move(*again));
    if (auto loaded = load(); !loaded.ok()) return fail(loaded);
    if (state_.summary.epoch != epoch) return fail(committed);
    return {errc::no_space,
            options_.directory + ": the disk is full; the state is that of epoch " + std::to_string(epoch) + " still"};
  }

  // Fold after fold, each of as many deltas as have room.
  status fold_deltas(const std::string& id) {
    const uint64_t bytes_max = std::max(limits::fold_bytes_min, env_->map_bytes() / compact_share);
    while (state_.stores.at(id).record.delta_bytes > 0) {
      bool begin = true;
      do {
        auto folded = fold_step(id, bytes_max, begin);
        if (folded.error().code() == errc::store_full) {
          if (auto settled = settle(); !settled.ok()) return settled;
          folded = fold_step(id, 1, begin);
        }
        if (!folded.ok()) return folded.error();
        if (!*folded) return {};
        begin = false;
      } while (state_.stores.at(id).record.folding);
    }
    return {};
  }

  // False: there is no room to begin.
  result<bool> fold_step(const std::string& id, uint64_t bytes_max, bool begin) {
    auto txn = lmdb_transaction::begin(*env_, lmdb_access::write);
    if (!txn.ok()) return fail(txn.error());
    auto changed = state_;
    if (begin) {
      const uint64_t live = txn->live_bytes();
      // Not out of the reserve: a fold may have to stop half-way.
      const auto most = static_cast<uint64_t>(static_cast<double>(env_->map_bytes()) * limits::reserve_share);
      const uint64_t room = most > live ? most - live : 0;
      auto begun = begin_fold_within(*txn, changed, id, room);
      if (!begun.ok() || !*begun) return begun;
    }
    auto folded = fold_store(*txn, changed, id, bytes_max);
    if (folded.code() == errc::store_failed) return fail(folded);
    if (!folded.ok()) return folded.at(options_.directory);
    if (auto committed = end(*txn); !committed.ok()) return committed;
    state_ = std::move(changed);
    return true;
  }

  // What a transaction frees serves the one after the next: two that change nothing, and all of it does.
  status settle() {
    for (int i = 0; i < 2; ++i) {
      auto txn = lmdb_transaction::begin(*env_, lmdb_access::write);
      if (!txn.ok()) return fail(txn.error());
      auto put = put_record(*txn, manifest_key(), encode(state_.summary));
      if (!put.ok()) return put.error();
      if (auto committed = end(*txn); !committed.ok()) return committed;
    }
    return {};
  }

  status over_quota(const epoch_commit& epoch, uint64_t live_before, uint64_t wanted) {
    const auto use = usage();
    const auto share = epoch.may_use_reserve ? 1 : limits::reserve_share;
    const auto room = static_cast<uint64_t>(static_cast<double>(use.quota_bytes) * share);
    std::string text = options_.directory + ": epoch " + std::to_string(epoch.epoch) + " (" +
                       byte_count_text(payload_bytes(epoch)) + ") needs " +
                       byte_count_text(wanted > room ? wanted - room : page_bytes) +
                       " more than there is: " + byte_count_text(live_before) + " of state.quota, " +
                       byte_count_text(use.quota_bytes) + ", are used";
    if (!epoch.may_use_reserve) text += " and the last tenth is kept to drain";
    if (use.largest_bytes > 0)
      text += "; the largest part by '" + use.largest_store + "' (" + byte_count_text(use.largest_bytes) + ")";
    return {errc::store_full, std::move(text)};
  }

  // LMDB finds out that the disk is full when it is too late to go on, so look before. An epoch needs no room on
  // the disk if there is enough inside the file; the pages of the last two epochs are not free yet, hence twice.
  status check_disk(const epoch_commit& epoch, uint64_t live_bytes) {
    uint64_t bytes = limits::disk_margin_bytes + payload_bytes(epoch);
    for (const auto& delta : epoch.deltas)
      bytes += std::max<uint64_t>(limits::fold_bytes_min, delta.bytes.size() * limits::fold_factor);
    const uint64_t file_bytes = env_->file_bytes();
    if (file_bytes >= live_bytes + 2 * bytes || file_bytes >= env_->map_bytes()) return {};
    auto space = files_.space(options_.directory);
    if (!space.ok()) return space.error();
    const uint64_t wanted = std::min(bytes, env_->map_bytes() - file_bytes);
    if (space->free_bytes >= wanted) return {};
    return {errc::no_space, options_.directory + ": the disk has " + byte_count_text(space->free_bytes) +
                                " left, epoch " + std::to_string(epoch.epoch) + " may need " + byte_count_text(wanted)};
  }

  status check_reserve(const epoch_commit& epoch, uint64_t live_before, uint64_t live_after) {
    const auto quota = static_cast<double>(env_->map_bytes());
    const bool in_reserve = static_cast<double>(live_after) > quota * limits::reserve_share;
    if (!in_reserve || epoch.may_use_reserve || live_after <= live_before) return {};
    return over_quota(epoch, live_before, live_after);
  }

  file_system& files_;
  const clock_source& clock_;
  epoch_store_options options_;
  std::unique_ptr<file> lock_;
  std::optional<lmdb_env> env_; // gone only while it is opened anew
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
