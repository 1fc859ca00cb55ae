#include "storage/epoch_store.hpp"

#include <algorithm>
#include <optional>

#include "platform/io_counter.hpp"
#include "storage/dead_letters.hpp"
#include "storage/epoch_state.hpp"
#include "storage/keyed_store.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/quota.hpp"
#include "storage/record.hpp"
#include "storage/state_directory.hpp"

namespace levada {

namespace {

using limits = epoch_store_limits;

// Of the quota: what compact() writes in one transaction.
constexpr uint64_t compact_share = 64;

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
    use.step = quota_step_of(use.share);
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
    if (auto room = check_disk(files_, options_.directory, *env_, epoch, live_before); !room.ok()) return room;
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
    if (committed.code() != errc::no_space && !(committed.code() == errc::io_error && disk_is_full()))
      return fail(committed);
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

  bool disk_is_full() {
    auto space = files_.space(options_.directory);
    return space.ok() && space->free_bytes < limits::disk_margin_bytes;
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
    return quota_exceeded(epoch, usage(), live_before, wanted).at(options_.directory);
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

} // namespace

result<std::unique_ptr<epoch_store>> epoch_store::open(file_system& files, const clock_source& clock,
                                                       const epoch_store_options& options) {
  const auto& directory = options.directory;
  if (auto made = files.make_directories(directory); !made.ok()) return made;
  auto space = files.space(directory);
  if (!space.ok()) return space.error();
  if (space->network) return status{errc::store_failed, directory + ": a network file system cannot keep state safely"};
  auto lock = lock_directory(files, directory);
  if (!lock.ok()) return lock.error();

  if (options.fresh) {
    if (auto removed = remove_state(files, options); !removed.ok()) return removed;
  }
  if (auto created = create_if_absent(files, options); !created.ok()) return created;
  auto env = lmdb_env::open(state_file(directory), quota_of(options));
  if (!env.ok()) return env.error();
  auto store = std::make_unique<lmdb_epoch_store>(files, clock, options, std::move(*lock), std::move(*env));
  if (auto loaded = store->load(); !loaded.ok()) return loaded.at(directory);
  return std::unique_ptr<epoch_store>(std::move(store));
}

} // namespace levada
