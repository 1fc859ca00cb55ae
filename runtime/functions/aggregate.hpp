// What a SQL aggregate is: fixed-size accumulators in flat memory, updated a batch at a time.
//
// An accumulator may own memory outside its slot (a string maximum, a set of distinct values): then `destroy` frees it.
// All functions are free of side effects beyond the slots they get. Slots are 16-byte aligned.
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
  bool can_retract = false;         // update with sign -1 is supported

  virtual void init(std::byte* slot) const = 0;
  virtual void destroy(std::byte*) const {}
  // For i in [0, rows.count): adds row rows[i] of `args` to slots[i]; when `kinds` is not null, retractions (-U, -D) are
  // subtracted. NULL arguments are skipped where SQL says so.
  virtual void update(std::byte* const* slots, row_set rows, const column* const* args,
                      const row_kind* kinds) const = 0;
  // into += from, for slices and sessions; `from` stays valid.
  virtual void merge(std::byte* into, const std::byte* from) const = 0;
  // Appends `count` results to `out`.
  virtual void finish(const std::byte* const* slots, uint32_t count, column& out) const = 0;
  virtual void save(const std::byte* slot, msgpack_writer& out) const = 0;
  // Into an initialised slot.
  virtual status load(std::byte* slot, msgpack_reader& in) const = 0;
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
