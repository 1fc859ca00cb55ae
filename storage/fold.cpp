#include "storage/fold.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "storage/record.hpp"

namespace levada {

namespace {

// The chunks of a store that a fold reads, each checked when its first group is.
class fold_input {
 public:
  fold_input(std::string_view store, const store_record& record) : store_(store), record_(record) {}

  status gather(const lmdb_transaction& from) {
    lmdb_cursor base(from, base_prefix(store_), base_key(store_, record_.fold_group, 0));
    while (base.next())
      if (auto added = add(base.key(), base.value(), true); !added.ok()) return added;
    if (!base.failure().ok()) return base.failure();
    lmdb_cursor deltas(from, delta_prefix(store_));
    while (deltas.next() && epoch_of_delta_key(deltas.key()) <= record_.fold_epoch)
      if (auto added = add(deltas.key(), deltas.value(), false); !added.ok()) return added;
    return deltas.failure();
  }

  // A fold may stop before `group` only if no base chunk holds groups on both sides.
  bool may_stop_before(uint16_t group) const { return !straddled_[group]; }

  // Base and delta operations of a group, in order.
  struct pieces {
    std::vector<std::string_view> base;
    std::vector<std::string_view> deltas;
  };
  result<pieces> of_group(uint16_t group) {
    pieces found;
    for (const auto index : by_group_[group]) {
      auto& from = chunks_[index];
      if (!from.checked) {
        auto payload = checked_payload(from.key, from.value, chunk_name(store_, from.key));
        if (!payload.ok()) return payload.error();
        from.checked = true;
      }
      for (const auto& section : from.sections)
        if (section.group == group) (from.base ? found.base : found.deltas).push_back(section.operations);
    }
    return found;
  }

 private:
  struct input_chunk {
    std::string_view key;
    std::string_view value;
    std::vector<chunk_section> sections;
    bool base = false;
    bool checked = false;
  };

  status add(std::string_view key, std::string_view value, bool base) {
    auto chunk = read_chunk(payload_of(value));
    if (!chunk.ok()) return chunk.error().at(chunk_name(store_, key));
    const auto first = chunk->sections.front().group;
    const auto last = chunk->sections.back().group;
    if (base && first < record_.fold_group)
      return {errc::corrupt_value, chunk_name(store_, key) + ": holds groups that are folded already"};
    if (base) std::fill(straddled_.begin() + first + 1, straddled_.begin() + last + 1, true);
    for (const auto& section : chunk->sections)
      by_group_[section.group].push_back(static_cast<uint32_t>(chunks_.size()));
    chunks_.push_back({key, value, std::move(chunk->sections), base, false});
    return {};
  }

  std::string_view store_;
  const store_record& record_;
  std::vector<input_chunk> chunks_;
  std::array<std::vector<uint32_t>, key_group_count> by_group_;
  std::array<bool, key_group_count + 1> straddled_{};
};

// One group's base with its deltas applied: entries keep their place, new ones follow in the order they came.
result<std::string> fold_group(const fold_input::pieces& pieces) {
  struct last_operation {
    std::string_view bytes;
    bool put = false;
    bool placed = false;
  };
  absl::flat_hash_map<std::string_view, last_operation> newest;
  std::vector<std::string_view> keys;
  size_t bytes = 0;
  delta_operation operation;
  for (const auto piece : pieces.deltas) {
    delta_reader in(piece);
    size_t begin = 0;
    while (in.next(operation)) {
      auto [at, fresh] = newest.try_emplace(operation.key);
      if (fresh) keys.push_back(operation.key);
      at->second = {piece.substr(begin, in.position() - begin), operation.value.has_value(), false};
      begin = in.position();
    }
    if (!in.failure().ok()) return in.failure();
    bytes += piece.size();
  }
  for (const auto piece : pieces.base) bytes += piece.size();
  std::string folded;
  folded.reserve(bytes);
  const auto place = [&](last_operation& last) {
    if (last.put && !last.placed) folded += last.bytes;
    last.placed = true;
  };
  for (const auto piece : pieces.base) {
    delta_reader in(piece);
    size_t begin = 0;
    while (in.next(operation)) {
      const auto at = newest.find(operation.key);
      if (at == newest.end()) folded += piece.substr(begin, in.position() - begin);
      else place(at->second);
      begin = in.position();
    }
    if (!in.failure().ok()) return in.failure();
  }
  for (const auto key : keys) place(newest.find(key)->second);
  return folded;
}

} // namespace

result<folded_range> fold_range(const lmdb_transaction& from, std::string_view store, const store_record& record,
                                uint64_t bytes_max) {
  fold_input input(store, record);
  if (auto gathered = input.gather(from); !gathered.ok()) return gathered;
  chunk_builder builder(record.schema, record.fold_epoch);
  folded_range range;
  uint64_t bytes = 0;
  for (range.end = record.fold_group; range.end < key_group_count; ++range.end) {
    if (bytes >= bytes_max && input.may_stop_before(range.end)) break;
    auto pieces = input.of_group(range.end);
    if (!pieces.ok()) return pieces.error();
    auto folded = fold_group(*pieces);
    if (!folded.ok()) return folded.error().at("store '" + std::string(store) + "'");
    builder.add_group(range.end, *folded);
    bytes += folded->size();
  }
  range.chunks = builder.finish();
  return range;
}

} // namespace levada
