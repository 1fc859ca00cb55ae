// Turns results of groups before and after into rows of a changelog.
//
// results() holds one column per aggregate; changes refer to its rows by number. Threads: one.
#pragma once

#include <vector>

#include "runtime/batch.hpp"
#include "runtime/operators/group_table.hpp"
#include "runtime/operators/operator.hpp"

namespace levada {

class result_changes {
 public:
  static constexpr uint32_t none = UINT32_MAX;

  // `keys` and `spec` outlive this.
  void open(const operator_spec& spec, const group_table& keys, uint32_t key_columns, uint32_t batch_rows);

  std::vector<column>& results() { return results_; }
  // For each i: sets changed[i] to whether result `before[i]` (none: nothing to compare, not set) differs from `after + i`.
  void compare(std::span<const uint32_t> before, uint32_t after, std::vector<uint8_t>& changed) const;

  // The group's result went from row `before` (none: there was none) to row `after` of results() (none: it is gone) by
  // input row `row`; `changed` says whether they differ.
  void add(uint32_t id, uint32_t before, uint32_t after, bool changed, uint32_t row);

  // Emits what was added; the steps of event time lie between the rows as in `in`, with which the rows came. Forgets
  // changes and results. Returns the number of rows.
  uint32_t emit(const batch& in, output& out);
  // The same without an input: at the watermark `before`, and `after` it.
  uint32_t emit(int64_t before, int64_t after, output& out);

 private:
  struct change {
    uint32_t id;
    uint32_t result;
    uint32_t row;
    row_kind kind;
  };

  batch build(std::span<const change> part) const;
  void clear();

  const operator_spec* spec_ = nullptr;
  const group_table* keys_ = nullptr;
  uint32_t key_columns_ = 0;
  uint32_t batch_rows_ = batch_rows_default;
  std::vector<column> results_;
  std::vector<change> changes_;
  mutable std::vector<uint32_t> scratch_;
};

} // namespace levada
