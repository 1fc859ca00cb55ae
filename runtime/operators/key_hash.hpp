// The hash of a key: which key group it belongs to, hence which instance, and where it lies in a group table.
//
// The same on every machine, whatever its byte order or word size: key groups are part of the state on disk. Equal
// values hash equal across integer widths and between constant and plain columns; NULL is one value of its own, -0.0
// hashes as 0.0, and all NaNs as one. Fixed-width values go through a multiply-xorshift finaliser (after MurmurHash3's
// fmix64), strings through XXH3.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/batch.hpp"
#include "runtime/operators/operator.hpp"

namespace levada {

constexpr uint64_t null_key_hash = 0x5bd1e9955bd1e995;

// hashes[i] = hash of row rows[i] over the key columns in the given order; `hashes` holds rows.count values.
// Without key columns every row has the same hash, of key group 0.
void hash_keys(const batch& in, std::span<const uint32_t> key_columns, row_set rows, uint64_t* hashes);
void hash_keys(std::span<const column* const> key_columns, row_set rows, uint64_t* hashes);

// The top seven bits; tables index by the bits below.
constexpr uint32_t key_group_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 57); }
static_assert(key_groups == 1u << 7);

} // namespace levada
