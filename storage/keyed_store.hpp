// A keyed store inside a transaction: append a delta, fold deltas into the base, read, remove.
//
// Invariant, before and after each function: the store's chunks are those its record tallies, and replaying all
// base chunks, then all delta chunks by epoch, gives the store's entries. A fold keeps it at every step because
// replaying a delta over a base that already contains it changes nothing.
//
// Every function changes the record only in memory; the caller writes it, or drops both with the transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "platform/status.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/manifest.hpp"

namespace levada {

constexpr uint64_t fold_start_bytes = 64 * 1024; // deltas below this are not worth a fold

// Adds the deltas of an epoch that has none yet, one behind the other, in chunks of about `chunk_bytes_max`. Malformed
// bytes are corrupt_value.
status append_delta(lmdb_transaction& into, std::string_view store, store_record& record, uint64_t epoch,
                    std::span<const std::string_view> deltas, size_t chunk_bytes_max);

// Has the next fold() begin, whatever the deltas' size, with those up to `last_epoch`; no effect on a fold that was
// started.
void begin_fold(store_record& record, uint64_t last_epoch);

// The last epoch up to which the store's deltas cost `bytes_max` at most; 0: not even the first does.
result<uint64_t> deltas_within(const lmdb_transaction& from, std::string_view store, uint64_t bytes_max);

// Starts a fold when the deltas have outgrown the base and goes on with one that was started, until about
// `bytes_max` bytes of new base are written or the fold is complete, but by one key group at least. Returns the
// bytes of new base.
result<uint64_t> fold(lmdb_transaction& into, std::string_view store, store_record& record, uint64_t last_epoch,
                      uint64_t bytes_max);

status remove_chunks(lmdb_transaction& from, std::string_view store, store_record& record);

// Every operation in order, each chunk checked before its first operation is shown, the tally at the end.
status read_entries(const lmdb_transaction& from, std::string_view store, const store_record& record,
                    const std::function<void(uint16_t, std::string_view, std::optional<std::string_view>)>& entry);

} // namespace levada
