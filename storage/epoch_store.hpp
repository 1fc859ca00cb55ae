// The durable state of one job: a sequence of epochs, each committed whole or not at all.
//
// An epoch is one LMDB transaction. It carries small named values (source and sink positions, watermarks, dedupe
// state), the deltas of keyed stores (one per operator), dead letters, and the manifest that counts them. What is
// on disk after a crash at any instant is exactly the last committed epoch.
//
// A keyed store is base chunks plus deltas. Reading replays the base, then the deltas in commit order. When the
// deltas of a store outgrow its base, following epochs fold them into new base chunks, key group by key group and
// at most `fold_factor` times the epoch's own delta bytes at a time, in their own transaction; folded deltas go
// when every key group has them. (Replaying a delta over a base that contains it changes nothing, so a fold may
// stop anywhere.)
//
// Every value ends in the CRC-32C of key and value; count and digest (the sum of the CRCs) of each store stand in
// its record, those of all records and values in the manifest: neither a flipped bit nor a lost key goes unseen.
//
// Threads: one thread owns a store and makes every call; LMDB wants its write transactions from one thread.
// Any number of stores may be open on different directories.
//
// Directory: lock (held while open), epochs.mdb and epochs.mdb-lock (LMDB's).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/clock.hpp"
#include "platform/file.hpp"
#include "platform/status.hpp"

namespace levada {

struct epoch_store_limits {
  static constexpr size_t id_bytes_max = 200; // a value's or a store's id
  // Bytes of new base an epoch writes at most per byte of its deltas, and at least; one key group in any case.
  static constexpr uint64_t fold_factor = 2;
  static constexpr uint64_t fold_bytes_min = 256 * 1024;
  // Dead letters: the oldest go first, and are counted; a longer payload is cut.
  static constexpr uint64_t dead_letters_max = 10'000;
  static constexpr uint64_t dead_letters_bytes_max = 16 * 1024 * 1024;
  static constexpr size_t dead_letter_bytes_max = 64 * 1024;
  // The quota ladder, of live data against the quota. From the last step on the store takes only epochs that drain
  // or shrink the state.
  static constexpr double warn_share = 0.70;
  static constexpr double withhold_share = 0.80;
  static constexpr double reserve_share = 0.90;
  static constexpr uint64_t disk_margin_bytes = 1024 * 1024; // left free on the disk by every epoch
};

struct epoch_store_options {
  std::string directory;
  uint64_t quota_bytes = uint64_t{1} << 30; // the most epochs.mdb may hold; capped at 1 GiB on 32-bit machines
  std::string job;                          // one line that names the job and a digest of what its state means
  bool fresh = false;                       // forget what the directory holds
};

struct epoch_value {
  std::string id; // e.g. "source.bids.position"
  std::string bytes;
};

struct epoch_delta {
  std::string store;   // e.g. "3.tumble": stable across restarts of the same job
  uint32_t schema = 1; // version of what keys and values mean to the operator
  std::string bytes;   // a delta_writer's
};

struct dead_letter {
  std::string source;   // table or connector
  std::string position; // where in it, as a person would look it up
  std::string reason;
  std::string payload; // raw bytes
};

struct epoch_commit {
  uint64_t epoch = 0;       // REQUIRES greater than last_epoch()
  int64_t wall_time_us = 0; // untrusted; kept for people
  std::vector<epoch_value> values;
  std::vector<epoch_delta> deltas;         // several of one store apply in order; an empty one is skipped
  std::vector<std::string> removed_values; // ids; absent ones are no error
  std::vector<std::string> removed_stores; // before the deltas of the same epoch apply
  std::vector<dead_letter> dead_letters;
  bool finished = false;        // all bounded inputs are read and everything is delivered
  bool may_use_reserve = false; // the epoch only drains: its sources are paused. Nothing is folded on the way
};

struct commit_report {
  uint64_t payload_bytes = 0; // keys and values handed to the store, folds not counted
  uint64_t folded_bytes = 0;  // new base chunks
  uint64_t written_bytes = 0; // handed to the kernel by this thread during the commit; 0 if unknown
  int64_t duration_us = 0;
};

enum class quota_step : uint8_t { ample, warn, withhold_acks, reserve };

struct epoch_usage {
  uint64_t live_bytes = 0;
  uint64_t file_bytes = 0; // never shrinks
  uint64_t quota_bytes = 0;
  double share = 0;
  quota_step step = quota_step::ample;
  uint64_t delta_bytes = 0;  // of live_bytes: what compact() could merge
  std::string largest_store; // empty: there is none
  uint64_t largest_bytes = 0;
};

struct store_info {
  std::string store;
  uint32_t schema = 0;
  uint64_t base_bytes = 0;
  uint64_t delta_bytes = 0;
  uint64_t chunks = 0;
};

// (key group, key, value or nothing if erased); views are valid during the call.
using entry_callback = std::function<void(uint16_t, std::string_view, std::optional<std::string_view>)>;
using dead_letter_callback = std::function<void(uint64_t sequence, int64_t wall_time_us, const dead_letter&)>;

class epoch_store {
 public:
  // Creates the directory when absent. Errors: store_locked (another process, or this one, has it open),
  // state_mismatch (another job's or another format's: nothing is changed; `fresh` overrides), corrupt_value,
  // store_failed and what the file system says.
  static result<std::unique_ptr<epoch_store>> open(file_system& files, const clock_source& clock,
                                                   const epoch_store_options& options);
  virtual ~epoch_store() = default;

  // 0: nothing was ever committed.
  virtual uint64_t last_epoch() const = 0;
  virtual int64_t last_wall_time_us() const = 0;
  virtual bool finished() const = 0;

  // Durable after ok. store_full (the quota) and no_space (the disk): nothing changed, the store stays usable, the
  // same epoch may be tried again once there is room; the text says what is full, by how much, and who holds most.
  // state_mismatch: a delta's schema differs from its store's; corrupt_value: a delta is malformed or a fold met
  // damage; both change nothing. Any other error is store_failed: whether the epoch is on disk is unknown; every
  // later call is refused, acknowledge nothing, open anew and ask last_epoch().
  virtual result<commit_report> commit(const epoch_commit& epoch) = 0;

  // Makes room: folds deltas into their bases, the oldest first, a piece at a time, each in a transaction of its own,
  // and makes every page freed so far usable. Entries and last_epoch() stay what they are. Stops, with ok, where quota or
  // disk have no room to go on. Returns the live bytes it freed. Errors: corrupt_value and store_failed, as commit().
  virtual result<uint64_t> compact() = 0;

  // Errors: not_found, corrupt_value naming the value.
  virtual result<std::string> read_value(std::string_view id) = 0;
  virtual result<std::vector<std::string>> value_ids() = 0;

  virtual result<std::vector<store_info>> stores() = 0;

  // Every operation that makes up the store, in commit order; a later one for the same key wins. A store that was
  // never written has none. Errors: corrupt_value naming store and epoch; what the callback has seen is then
  // worthless.
  virtual status for_each_entry(std::string_view store, const entry_callback& entry) = 0;

  // Oldest first.
  virtual status for_each_dead_letter(const dead_letter_callback& letter) = 0;
  virtual uint64_t dead_letters_dropped() const = 0;

  // Reads everything and checks it against CRCs, counts and digests.
  virtual status scrub() = 0;

  virtual epoch_usage usage() = 0;
};

} // namespace levada
