// Records that could not be processed: kept in the epoch that passed over them, bounded in number and bytes, the
// oldest dropped first and counted.
#pragma once

#include <vector>

#include "platform/status.hpp"
#include "storage/epoch_store.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/manifest.hpp"

namespace levada {

// Changes the manifest only in memory; the caller writes it, or drops both with the transaction.
status append_dead_letters(lmdb_transaction& into, manifest& state, int64_t wall_time_us,
                           const std::vector<dead_letter>& letters);

// Oldest first, each checked, the tally at the end.
status read_dead_letters(const lmdb_transaction& from, const manifest& state, const dead_letter_callback& letter);

} // namespace levada
