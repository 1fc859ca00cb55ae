// The aggregate calls of one operator, laid out in one block per group.
//
// With updating input a block starts with the number of its rows (additions minus retractions), so that a group whose
// rows were all retracted can be told from one that never changed. Threads: one (scratch memory).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "platform/status.hpp"
#include "runtime/functions/aggregate.hpp"
#include "runtime/operators/operator.hpp"

namespace levada {

class aggregate_set {
 public:
  // Looks the calls up in `functions`. errc::unknown_name, or what an aggregate's bind says.
  status open(std::span<const aggregate_call> calls, const schema& input, bool updating, const registry& functions);

  uint32_t block_bytes() const { return block_bytes_; } // at least 16
  uint32_t size() const { return static_cast<uint32_t>(parts_.size()); }
  bool counts_rows() const { return counts_rows_; }
  bool owns_memory() const { return owns_memory_; }

  // Adds row rows[i] of `in` to blocks[i].
  void update(std::byte* const* blocks, const batch& in, row_set rows);
  // Row by row, in order: the same, then the results of every call appended to results[call].
  void update_running(std::byte* const* blocks, const batch& in, row_set rows, std::vector<column>& results);
  // into[i] += from[i].
  void merge(std::byte* const* into, const std::byte* const* from, uint32_t count) const;
  // Appends the results of call `index`.
  void finish(const std::byte* const* blocks, uint32_t count, uint32_t index, column& out) const;
  // False when every row was retracted.
  bool has_rows(const std::byte* block) const { return !counts_rows_ || *reinterpret_cast<const int64_t*>(block) != 0; }
  int64_t row_count(const std::byte* block) const { return *reinterpret_cast<const int64_t*>(block); }

  // Appends one MessagePack array.
  void save(const std::byte* block, std::string& bytes) const;
  // Into an empty block.
  status load(std::byte* block, std::string_view bytes) const;
  // Frees what the block owns; the bytes are then undefined.
  void destroy(std::byte* block) const {
    if (owns_memory_) destroy_parts(block);
  }
  size_t extra_bytes(const std::byte* block) const;

 private:
  struct part {
    std::shared_ptr<const aggregate> function;
    std::vector<uint32_t> args;
    int filter = -1;
    uint32_t offset = 0;
  };
  void count_rows(std::byte* const* blocks, const batch& in, row_set rows) const;
  void update_part(const part& p, std::byte* const* blocks, const batch& in, row_set rows);
  static void collect_args(const part& p, const batch& in, const column** args);
  void destroy_parts(std::byte* block) const;

  std::vector<part> parts_;
  uint32_t block_bytes_ = 16;
  bool counts_rows_ = false;
  bool owns_memory_ = false;
  std::vector<uint32_t> filtered_rows_;
  std::vector<std::byte*> filtered_blocks_;
};

} // namespace levada
