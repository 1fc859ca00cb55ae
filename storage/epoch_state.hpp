// What an epoch store knows of its contents, and the two ways it changes: read from disk, or by an epoch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "platform/status.hpp"
#include "storage/epoch_store.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/manifest.hpp"

namespace levada {

struct epoch_state {
  manifest summary;
  std::map<std::string, uint32_t, std::less<>> value_crcs; // by id
  struct keyed {
    store_record record;
    uint32_t crc = 0;
  };
  std::map<std::string, keyed, std::less<>> stores; // by id
};

// Manifest, values and store records, each checked, and their tally; not what the stores contain.
result<epoch_state> load_state(const lmdb_transaction& from);

// Writes the epoch into the transaction and changes the state to match. After an error both are worthless.
status apply_epoch(lmdb_transaction& into, epoch_state& state, const epoch_commit& epoch, commit_report& report);

// Begins a fold of the store's oldest deltas, no more than `room` bytes of them: until it is done, old and new may both
// be there. A fold that is under way and would take more is given up for it. False: not one delta has room.
result<bool> begin_fold_within(const lmdb_transaction& from, epoch_state& state, std::string_view store, uint64_t room);

// Takes the fold of a store on by about `bytes_max` bytes of new base. After an error transaction and state are
// worthless.
status fold_store(lmdb_transaction& into, epoch_state& state, std::string_view store, uint64_t bytes_max);

} // namespace levada
