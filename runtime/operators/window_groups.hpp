// What the window engines share: the keys as dense ids, accumulator blocks per window, and result rows.
//
// A key stays known while any window holds state for it; keys no window holds are swept when they outnumber the rest.
// The key of an entry of state is that of the window (written by the engine), then the group key. Threads: one.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/operators/aggregate_set.hpp"
#include "runtime/operators/group_table.hpp"
#include "runtime/operators/operator.hpp"
#include "runtime/operators/slot_array.hpp"
#include "runtime/operators/window_alignment.hpp"
#include "storage/delta.hpp"

namespace levada {

class window_groups {
 public:
  status open(const operator_context& context, operator_counters& counters);

  const window_alignment& alignment() const { return alignment_; }
  const operator_context& context() const { return context_; }
  aggregate_set& aggregates() { return aggregates_; }
  slot_pool& pool() { return *pool_; }
  group_table& keys() { return keys_; }
  operator_counters& counters() { return *counters_; }

  // Ids of the keys of these rows; valid until the next call.
  std::span<const uint32_t> ids_of(const batch& in, row_set rows);
  // The block of `id` in `window`, created when absent.
  std::byte* touch(slot_array& window, uint32_t id) {
    bool fresh = false;
    window.reserve(keys_.id_end());
    std::byte* block = window.touch(id, fresh);
    if (fresh) hold(id);
    return block;
  }
  // The same for many.
  void touch_all(slot_array& window, std::span<const uint32_t> ids, std::byte** blocks) {
    window.reserve(keys_.id_end());
    window.touch_all(ids, blocks, [this](uint32_t id) { hold(id); });
  }
  // For every present id of `from`: its block in `into` += that of `from`.
  void merge(slot_array& into, const slot_array& from);
  // Frees the whole window. `window_key`: entries saved under it become tombstones.
  void drop(slot_array& window, std::string_view window_key);
  // Frees what the accumulators own; the blocks are not used any more.
  void destroy(const slot_array& window) const {
    if (aggregates_.owns_memory()) window.for_each([this](uint32_t, std::byte* block) { aggregates_.destroy(block); });
  }
  // For windows that are not slot_arrays by id: the key is in use by one window more, or less; an entry saved under
  // `window_key` becomes a tombstone.
  void hold(uint32_t id);
  void release(uint32_t id);
  void erase_saved(uint32_t id, std::string_view window_key);
  // From ids_of, of a row that may not reach a window: makes sure that sweep() sees the key.
  void know(uint32_t id);
  // Forgets keys no window holds when they are many. Ids of such keys are invalid afterwards.
  void sweep();

  // Result rows of [start, end) for all present ids, in the order of ids; full batches are pushed.
  void emit(const slot_array& window, int64_t start, int64_t end, output& out);
  void emit_one(uint32_t id, const std::byte* block, int64_t start, int64_t end, output& out);
  void advance(int64_t watermark) { rows_->advance(watermark); }
  // Sends what is left, if anything.
  void flush(output& out);

  // Dirty entries of a window.
  void save(slot_array& window, std::string_view window_key, delta_writer& delta);
  void save_erased(delta_writer& delta);
  // One entry of committed state, `key` being behind the window key: replaces the block, or removes it when null.
  status load(slot_array& window, msgpack_reader& key, const std::string_view* value);
  bool owns(uint16_t key_group) const { return instance_of(key_group, context_.parallelism) == context_.instance; }
  uint16_t first_own_group() const;

 private:
  static constexpr uint32_t unknown = UINT32_MAX; // holders_ of an id that is no key

  void append(std::span<const uint32_t> ids, std::span<const std::byte* const> blocks, int64_t start, int64_t end,
              output& out);

  operator_context context_;
  operator_counters* counters_ = nullptr;
  window_alignment alignment_;
  bool time_is_instant_ = false;
  std::vector<uint32_t> key_columns_;
  group_table keys_;
  aggregate_set aggregates_;
  std::unique_ptr<slot_pool> pool_;
  std::vector<uint32_t> holders_; // by id: how many windows hold state for it
  uint32_t held_ = 0;             // ids with holders
  std::unique_ptr<batch_builder> rows_;
  delta_writer erased_;
  std::vector<const column*> key_values_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> ids_;
};

} // namespace levada
