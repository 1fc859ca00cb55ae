// What the store knows about itself: one manifest per directory and one record per keyed store, rewritten in the
// transaction that changes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/status.hpp"
#include "storage/record.hpp"

namespace levada {

constexpr uint32_t store_format = 1; // changes when an older levada could not read the directory

struct store_record {
  uint32_t schema = 0;
  uint64_t base_bytes = 0;
  uint64_t delta_bytes = 0;
  tally chunks; // base and delta chunks
  // A fold in progress: deltas up to fold_epoch are in the base of all key groups below fold_group.
  bool folding = false;
  uint16_t fold_group = 0;
  uint64_t fold_epoch = 0;
};

struct manifest {
  std::string job;
  uint64_t epoch = 0;
  int64_t wall_time_us = 0;
  bool finished = false;
  tally records; // named values and store records
  tally letters;
  uint64_t letter_bytes = 0;
  uint64_t first_letter = 0; // sequence of the oldest dead letter; the next one is first_letter + letters.count
  uint64_t letters_dropped = 0;
};

std::string encode(const store_record& record);
result<store_record> decode_store_record(std::string_view bytes);

std::string encode(const manifest& state);

// state_mismatch for another format.
result<manifest> decode_manifest(std::string_view bytes);

} // namespace levada
