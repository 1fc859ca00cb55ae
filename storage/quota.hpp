// Is there room for an epoch? The quota ladder (epoch_store_limits) and the disk below it.
#pragma once

#include <string>

#include "storage/epoch_store.hpp"
#include "storage/lmdb_env.hpp"

namespace levada {

// Keys and values the epoch hands to the store.
uint64_t payload_bytes(const epoch_commit& epoch);

// `share`: live bytes against the quota.
quota_step quota_step_of(double share);

// store_full, saying by how much and who holds most. `live_before`, `wanted`: bytes, without and with the epoch.
status quota_exceeded(const epoch_commit& epoch, const epoch_usage& use, uint64_t live_before, uint64_t wanted);

// no_space when the file may have to grow by more than the disk has; what the file system says.
status check_disk(file_system& files, const std::string& directory, const lmdb_env& env, const epoch_commit& epoch,
                  uint64_t live_bytes);

} // namespace levada
