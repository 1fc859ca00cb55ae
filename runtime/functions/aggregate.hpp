// What a SQL aggregate is: fixed-size accumulators in flat memory, updated a batch at a time.
//
// Slots are 16-byte aligned; a slot of zero bytes is an empty accumulator. An accumulator may own memory outside its slot
// (a string maximum, a set of distinct values): then owns_memory is set, the slot must not be moved by bytes, and destroy
// frees what it owns. Several aggregates share one block per group, each at its own offset: every bulk call takes block
// pointers and that offset. All functions are free of side effects beyond the slots they get.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/status.hpp"
#include "runtime/batch.hpp"

namespace levada {

class msgpack_writer; // storage/msgpack.hpp
class msgpack_reader;

// Instance of an aggregate bound to argument types. Immutable and shared between threads.
class aggregate {
 public:
  virtual ~aggregate() = default;

  data_type result_type;
  std::vector<data_type> arguments; // what the binder casts arguments to
  uint32_t slot_bytes = 0;          // multiple of 16
  bool can_retract = false;         // update with retractions is supported
  bool owns_memory = false;

  // For i in [0, rows.count): adds row rows[i] of `args` to the slot at blocks[i] + offset; when `kinds` (by physical
  // row) is not null, retractions (-U, -D) are subtracted. NULL arguments are skipped where SQL says so.
  virtual void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
                      const row_kind* kinds) const = 0;
  // Row by row, in order: update() of row rows[i] alone, then its block's result appended to `out`. What emits a result
  // per row asks for all of them in one call; the default does it one at a time.
  virtual void update_running(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
                              const row_kind* kinds, column& out) const;
  // For i in [0, count): into[i] += from[i], for slices and sessions; what is in `into` came first. `from` stays valid.
  virtual void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t count) const = 0;
  // Appends `count` results to `out`.
  virtual void finish(const std::byte* const* blocks, uint32_t offset, uint32_t count, column& out) const = 0;

  // One value, whatever its size.
  virtual void save(const std::byte* slot, msgpack_writer& out) const = 0;
  // Into an empty slot. Errors are the reader's.
  virtual void load(std::byte* slot, msgpack_reader& in) const = 0;
  // Frees what the slot owns; its bytes are then undefined.
  virtual void destroy(std::byte*) const {}
  // Bytes outside the slot.
  virtual size_t extra_bytes(const std::byte*) const { return 0; }
};

struct aggregate_request {
  std::vector<data_type> types; // of the arguments; empty: COUNT(*)
  bool distinct = false;
  bool retracting = false; // input carries -U/-D: MIN and MAX must keep all values
};

struct aggregate_definition {
  std::string name; // "SUM"
  std::string signature;
  std::string summary;
  std::function<result<std::shared_ptr<const aggregate>>(const aggregate_request&)> bind;
};

} // namespace levada
