// How things lie in LMDB. Integers in keys are big-endian, so that keys sort as numbers do:
//
//   m                           the manifest
//   v ID                        a named value
//   s ID                        a keyed store's record
//   b LENGTH8 ID GROUP16 PART16 a base chunk, by its first key group
//   d LENGTH8 ID EPOCH64 PART16 a delta chunk
//   q SEQUENCE64                a dead letter
//
// Every value ends in four bytes, little-endian: the CRC-32C of key and payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/status.hpp"
#include "storage/lmdb_env.hpp"

namespace levada {

// How many values there are and the sum of their CRCs: tells that one is missing.
struct tally {
  uint64_t count = 0;
  uint64_t digest = 0;

  void add(uint32_t crc) { ++count, digest += crc; }
  void remove(uint32_t crc) { --count, digest -= crc; }
  bool operator==(const tally&) const = default;
};

std::string state_file(std::string_view directory); // LMDB's data file

std::string manifest_key();
std::string value_key(std::string_view id);
std::string store_key(std::string_view id);
std::string base_prefix(std::string_view store);
std::string base_key(std::string_view store, uint16_t group, uint16_t part);
std::string delta_prefix(std::string_view store);
std::string delta_key(std::string_view store, uint64_t epoch, uint16_t part);
std::string dead_letter_key(uint64_t sequence);

// REQUIRES a key made by the function above.
uint16_t group_of_base_key(std::string_view key);
uint64_t epoch_of_delta_key(std::string_view key);
uint64_t sequence_of_dead_letter_key(std::string_view key);

// "store 'ID', epoch N" or "store 'ID', base of key group N", for errors. REQUIRES a chunk's key.
std::string chunk_name(std::string_view store, std::string_view key);

// Writes the payload with its CRC and returns the CRC.
result<uint32_t> put_record(lmdb_transaction& into, std::string_view key, std::string_view payload);

// What a value carries, unchecked: its CRC (0 if too short to carry one) and what precedes it.
uint32_t stored_crc(std::string_view value);
std::string_view payload_of(std::string_view value);

// The payload of a value whose CRC holds, else corrupt_value naming `what`.
result<std::string_view> checked_payload(std::string_view key, std::string_view value, std::string_view what);

} // namespace levada
