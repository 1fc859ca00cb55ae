#include "storage/epoch_state.hpp"

#include <algorithm>
#include <vector>

#include "storage/chunk.hpp"
#include "storage/dead_letters.hpp"
#include "storage/keyed_store.hpp"
#include "storage/record.hpp"

namespace levada {

namespace {

using limits = epoch_store_limits;

status check_id(std::string_view id) {
  if (!id.empty() && id.size() <= limits::id_bytes_max) return {};
  return {errc::invalid_argument, "the id '" + std::string(id.substr(0, limits::id_bytes_max)) + "' must have 1 to " +
                                      std::to_string(limits::id_bytes_max) + " bytes"};
}

// What a transaction does to the state, applied to a copy of it.
class epoch_change {
 public:
  epoch_change(lmdb_transaction& into, epoch_state& state, const epoch_commit& epoch)
      : into_(into), state_(state), epoch_(epoch) {}

  status apply(commit_report& report) {
    for (const auto& id : epoch_.removed_stores)
      if (auto removed = remove_store(id); !removed.ok()) return removed;
    std::map<std::string_view, std::vector<const epoch_delta*>> deltas;
    for (const auto& delta : epoch_.deltas)
      if (!delta.bytes.empty()) deltas[delta.store].push_back(&delta);
    for (const auto& [store, of_store] : deltas)
      if (auto added = add_deltas(std::string(store), of_store, report); !added.ok()) return added;
    for (const auto& id : epoch_.removed_values)
      if (auto removed = remove_value(id); !removed.ok()) return removed;
    for (const auto& value : epoch_.values)
      if (auto put = put_value(value, report); !put.ok()) return put;
    auto appended = append_dead_letters(into_, state_.summary, epoch_.wall_time_us, epoch_.dead_letters);
    if (!appended.ok()) return appended;
    state_.summary.epoch = epoch_.epoch;
    state_.summary.wall_time_us = epoch_.wall_time_us;
    state_.summary.finished = epoch_.finished;
    return put_record(into_, manifest_key(), encode(state_.summary)).error();
  }

 private:
  status remove_store(std::string_view id) {
    const auto at = state_.stores.find(id);
    if (at == state_.stores.end()) return {};
    if (auto removed = remove_chunks(into_, id, at->second.record); !removed.ok()) return removed;
    state_.summary.records.remove(at->second.crc);
    state_.stores.erase(at);
    return into_.erase(store_key(id));
  }

  status add_deltas(const std::string& store, const std::vector<const epoch_delta*>& deltas, commit_report& report) {
    if (auto id = check_id(store); !id.ok()) return id;
    const auto [at, fresh] = state_.stores.try_emplace(store);
    auto& record = at->second.record;
    if (fresh) record.schema = deltas.front()->schema;
    std::vector<std::string_view> runs;
    uint64_t bytes = 0;
    for (const auto* delta : deltas) {
      if (record.schema != delta->schema)
        return {errc::state_mismatch, "store '" + store + "' holds schema " + std::to_string(record.schema) + ", not " +
                                          std::to_string(delta->schema)};
      runs.emplace_back(delta->bytes);
      bytes += delta->bytes.size();
    }
    result<uint64_t> folded = uint64_t{0};
    // A fold may need room before it makes some: not out of the reserve.
    if (!epoch_.may_use_reserve)
      folded =
          fold(into_, store, record, epoch_.epoch - 1, std::max(limits::fold_bytes_min, limits::fold_factor * bytes));
    if (!folded.ok()) return folded.error();
    if (auto added = append_delta(into_, store, record, epoch_.epoch, runs,
                                  epoch_.may_use_reserve ? draining_chunk_bytes : chunk_bytes);
        !added.ok())
      return added;
    auto crc = put_record(into_, store_key(store), encode(record));
    if (!crc.ok()) return crc.error();
    if (!fresh) state_.summary.records.remove(at->second.crc);
    state_.summary.records.add(*crc);
    at->second.crc = *crc;
    report.payload_bytes += bytes;
    report.folded_bytes += *folded;
    return {};
  }

  status remove_value(std::string_view id) {
    const auto at = state_.value_crcs.find(id);
    if (at == state_.value_crcs.end()) return {};
    state_.summary.records.remove(at->second);
    state_.value_crcs.erase(at);
    return into_.erase(value_key(id));
  }

  status put_value(const epoch_value& value, commit_report& report) {
    if (auto id = check_id(value.id); !id.ok()) return id;
    auto crc = put_record(into_, value_key(value.id), value.bytes);
    if (!crc.ok()) return crc.error();
    const auto [at, fresh] = state_.value_crcs.try_emplace(value.id);
    if (!fresh) state_.summary.records.remove(at->second);
    state_.summary.records.add(*crc);
    at->second = *crc;
    report.payload_bytes += value.id.size() + value.bytes.size();
    return {};
  }

  lmdb_transaction& into_;
  epoch_state& state_;
  const epoch_commit& epoch_;
};

} // namespace

status apply_epoch(lmdb_transaction& into, epoch_state& state, const epoch_commit& epoch, commit_report& report) {
  return epoch_change(into, state, epoch).apply(report);
}

result<bool> begin_fold_within(const lmdb_transaction& from, epoch_state& state, std::string_view store,
                               uint64_t room) {
  const auto at = state.stores.find(store);
  check(at != state.stores.end());
  auto& record = at->second.record;
  auto last = deltas_within(from, store, room);
  if (!last.ok()) return last.error();
  if (record.folding && record.fold_epoch <= *last) return true;
  // Groups that are folded already contain more than the new fold gives them; the deltas left say the rest again.
  record.folding = false;
  if (*last > 0) begin_fold(record, *last);
  return *last > 0;
}

status fold_store(lmdb_transaction& into, epoch_state& state, std::string_view store, uint64_t bytes_max) {
  const auto at = state.stores.find(store);
  check(at != state.stores.end());
  auto& [record, record_crc] = at->second;
  auto folded = fold(into, store, record, state.summary.epoch, bytes_max);
  if (!folded.ok()) return folded.error();
  auto crc = put_record(into, store_key(store), encode(record));
  if (!crc.ok()) return crc.error();
  state.summary.records.remove(record_crc);
  state.summary.records.add(*crc);
  record_crc = *crc;
  return put_record(into, manifest_key(), encode(state.summary)).error();
}

result<epoch_state> load_state(const lmdb_transaction& from) {
  epoch_state state;
  auto value = from.get(manifest_key());
  if (!value.ok()) return value.error();
  if (!value->has_value()) return status{errc::corrupt_value, "the manifest is missing"};
  auto payload = checked_payload(manifest_key(), **value, "the manifest");
  if (!payload.ok()) return payload.error();
  auto summary = decode_manifest(*payload);
  if (!summary.ok()) return summary.error();
  state.summary = std::move(*summary);

  tally seen;
  lmdb_cursor values(from, value_key({}));
  while (values.next()) {
    std::string id(values.key().substr(1));
    auto checked = checked_payload(values.key(), values.value(), "value '" + id + "'");
    if (!checked.ok()) return checked.error();
    const auto crc = stored_crc(values.value());
    seen.add(crc);
    state.value_crcs.emplace(std::move(id), crc);
  }
  if (!values.failure().ok()) return values.failure();
  lmdb_cursor stores(from, store_key({}));
  while (stores.next()) {
    std::string id(stores.key().substr(1));
    auto checked = checked_payload(stores.key(), stores.value(), "the record of store '" + id + "'");
    if (!checked.ok()) return checked.error();
    auto record = decode_store_record(*checked);
    if (!record.ok()) return record.error().at("store '" + id + "'");
    const auto crc = stored_crc(stores.value());
    seen.add(crc);
    state.stores.emplace(std::move(id), epoch_state::keyed{*record, crc});
  }
  if (!stores.failure().ok()) return stores.failure();
  if (seen == state.summary.records) return state;
  return status{errc::corrupt_value, "epoch " + std::to_string(state.summary.epoch) + ": " +
                                         std::to_string(seen.count) + " records found where the manifest counts " +
                                         std::to_string(state.summary.records.count)};
}

} // namespace levada
