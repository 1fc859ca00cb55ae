#include "storage/keyed_store.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "storage/chunk.hpp"
#include "storage/fold.hpp"

namespace levada {

namespace {

// What a chunk costs besides its payload: key, checksum, LMDB's node.
constexpr uint64_t chunk_overhead_bytes = 64;

uint64_t cost(std::string_view value) { return value.size() + chunk_overhead_bytes; }

result<chunk_view> checked_chunk(std::string_view store, std::string_view key, std::string_view value) {
  const auto name = chunk_name(store, key);
  auto payload = checked_payload(key, value, name);
  if (!payload.ok()) return payload.error();
  auto chunk = read_chunk(*payload);
  if (!chunk.ok()) return chunk.error().at(name);
  return chunk;
}

status put_chunk(lmdb_transaction& into, store_record& record, uint64_t& bytes, const std::string& key,
                 std::string_view payload) {
  auto crc = put_record(into, key, payload);
  if (!crc.ok()) return crc.error();
  record.chunks.add(*crc);
  bytes += cost(payload);
  return {};
}

struct doomed_chunk {
  std::string key;
  uint32_t crc;
  uint64_t cost;
};

status erase_chunks(lmdb_transaction& from, store_record& record, uint64_t& bytes,
                    const std::vector<doomed_chunk>& doomed) {
  for (const auto& chunk : doomed) {
    if (auto erased = from.erase(chunk.key); !erased.ok()) return erased;
    record.chunks.remove(chunk.crc);
    bytes -= std::min(bytes, chunk.cost);
  }
  return {};
}

// The chunks with `prefix` and keys in [first, end).
result<std::vector<doomed_chunk>> chunks_of(const lmdb_transaction& from, const std::string& prefix,
                                            const std::string& first, const std::string& end) {
  std::vector<doomed_chunk> found;
  lmdb_cursor cursor(from, prefix, first);
  while (cursor.next() && cursor.key() < end)
    found.push_back({std::string(cursor.key()), stored_crc(cursor.value()), cost(payload_of(cursor.value()))});
  if (!cursor.failure().ok()) return cursor.failure();
  return found;
}

} // namespace

status append_delta(lmdb_transaction& into, std::string_view store, store_record& record, uint64_t epoch,
                    std::span<const std::string_view> deltas, size_t chunk_bytes_max) {
  auto groups = split_by_group(deltas);
  if (!groups.ok()) return groups.error().at("a delta for store '" + std::string(store) + "'");
  chunk_builder builder(record.schema, epoch, chunk_bytes_max);
  for (uint16_t group = 0; group < key_group_count; ++group) builder.add_group(group, (*groups)[group]);
  const auto chunks = builder.finish();
  check(chunks.size() <= std::numeric_limits<uint16_t>::max());
  for (size_t i = 0; i < chunks.size(); ++i) {
    const auto key = delta_key(store, epoch, static_cast<uint16_t>(i));
    if (auto put = put_chunk(into, record, record.delta_bytes, key, chunks[i].payload); !put.ok()) return put;
  }
  return {};
}

void begin_fold(store_record& record, uint64_t last_epoch) {
  if (record.folding) return;
  record.folding = true;
  record.fold_group = 0;
  record.fold_epoch = last_epoch;
}

result<uint64_t> deltas_within(const lmdb_transaction& from, std::string_view store, uint64_t bytes_max) {
  uint64_t within = 0;
  uint64_t before = 0; // the epoch in front of the one being added up
  uint64_t bytes = 0;
  lmdb_cursor cursor(from, delta_prefix(store));
  while (cursor.next()) {
    const uint64_t epoch = epoch_of_delta_key(cursor.key());
    if (epoch != before) within = std::exchange(before, epoch);
    bytes += cost(payload_of(cursor.value()));
    if (bytes > bytes_max) return within;
  }
  if (!cursor.failure().ok()) return cursor.failure();
  return before;
}

result<uint64_t> fold(lmdb_transaction& into, std::string_view store, store_record& record, uint64_t last_epoch,
                      uint64_t bytes_max) {
  if (!record.folding) {
    if (record.delta_bytes < std::max(record.base_bytes, fold_start_bytes)) return uint64_t{0};
    begin_fold(record, last_epoch);
  }
  auto range = fold_range(into, store, record, bytes_max);
  if (!range.ok()) return range.error();

  auto replaced =
      chunks_of(into, base_prefix(store), base_key(store, record.fold_group, 0), base_key(store, range->end, 0));
  if (!replaced.ok()) return replaced.error();
  if (auto erased = erase_chunks(into, record, record.base_bytes, *replaced); !erased.ok()) return erased;
  uint64_t written = 0;
  for (const auto& chunk : range->chunks) {
    const auto key = base_key(store, chunk.first_group, chunk.part);
    if (auto put = put_chunk(into, record, record.base_bytes, key, chunk.payload); !put.ok()) return put;
    written += chunk.payload.size();
  }
  record.fold_group = range->end;
  if (range->end < key_group_count) return written;

  auto folded =
      chunks_of(into, delta_prefix(store), delta_key(store, 0, 0), delta_key(store, record.fold_epoch + 1, 0));
  if (!folded.ok()) return folded.error();
  if (auto erased = erase_chunks(into, record, record.delta_bytes, *folded); !erased.ok()) return erased;
  record.folding = false;
  return written;
}

status remove_chunks(lmdb_transaction& from, std::string_view store, store_record& record) {
  auto base = chunks_of(from, base_prefix(store), base_key(store, 0, 0), base_key(store, key_group_count, 0));
  if (!base.ok()) return base.error();
  if (auto erased = erase_chunks(from, record, record.base_bytes, *base); !erased.ok()) return erased;
  auto deltas = chunks_of(from, delta_prefix(store), delta_key(store, 0, 0),
                          delta_key(store, std::numeric_limits<uint64_t>::max(), 0));
  if (!deltas.ok()) return deltas.error();
  return erase_chunks(from, record, record.delta_bytes, *deltas);
}

status read_entries(const lmdb_transaction& from, std::string_view store, const store_record& record,
                    const std::function<void(uint16_t, std::string_view, std::optional<std::string_view>)>& entry) {
  tally seen;
  for (const auto& prefix : {base_prefix(store), delta_prefix(store)}) {
    lmdb_cursor cursor(from, prefix);
    while (cursor.next()) {
      auto chunk = checked_chunk(store, cursor.key(), cursor.value());
      if (!chunk.ok()) return chunk.error();
      seen.add(stored_crc(cursor.value()));
      for (const auto& section : chunk->sections) {
        delta_reader in(section.operations);
        delta_operation operation;
        while (in.next(operation)) entry(operation.key_group, operation.key, operation.value);
        if (!in.failure().ok()) return in.failure().at(chunk_name(store, cursor.key()));
      }
    }
    if (!cursor.failure().ok()) return cursor.failure().at("store '" + std::string(store) + "'");
  }
  if (seen == record.chunks) return {};
  return {errc::corrupt_value, "store '" + std::string(store) + "': " + std::to_string(seen.count) +
                                   " chunks found where its record counts " + std::to_string(record.chunks.count)};
}

} // namespace levada
