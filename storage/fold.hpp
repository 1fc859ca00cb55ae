// Folding: the deltas of a keyed store applied to its base, for a range of key groups.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "platform/status.hpp"
#include "storage/chunk.hpp"
#include "storage/lmdb_env.hpp"
#include "storage/manifest.hpp"

namespace levada {

struct folded_range {
  std::vector<built_chunk> chunks; // the new base of groups [record.fold_group, end), erased keys gone
  uint16_t end = 0;
};

// Reads the base and the deltas up to record.fold_epoch from record.fold_group on, until about `bytes_max` bytes of
// new base have come together, but one key group at least; checks every chunk it uses. Holds no more than that in
// memory. Writes nothing.
result<folded_range> fold_range(const lmdb_transaction& from, std::string_view store, const store_record& record,
                                uint64_t bytes_max);

} // namespace levada
