// A batch: rows as columns, which of them count, what each does to the result, and how far event time came.
//
// Columns, row kinds and watermarks are aligned on physical rows and shared; a filter or a key exchange only changes
// the selection. Batching is invisible: `watermarks[i]` is the watermark after physical row i (non-decreasing), so an
// operator with a timer between `watermark_before` and `watermark_after` finds the exact row at which it fires, while
// the common batch costs one comparison.
//
// Watermarks are milliseconds, watermark_none before the first, watermark_end after the last row of a bounded input.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/column.hpp"

namespace levada {

constexpr int64_t watermark_none = std::numeric_limits<int64_t>::min();
constexpr int64_t watermark_end = std::numeric_limits<int64_t>::max();

constexpr uint32_t batch_rows_default = 4096;
constexpr uint32_t batch_rows_max = 65536;

enum class row_kind : uint8_t { insert = 0, update_before = 1, update_after = 2, erase = 3 };
// "+I", "-U", "+U", "-D".
std::string_view to_string(row_kind kind);
constexpr bool is_addition(row_kind kind) { return kind == row_kind::insert || kind == row_kind::update_after; }

// Which physical rows: `indices` ascending, or all of [0, count) when null.
struct row_set {
  const uint32_t* indices = nullptr;
  uint32_t count = 0;

  uint32_t operator[](uint32_t i) const { return indices ? indices[i] : i; }
  template <class F>
  void for_each(F&& f) const {
    if (indices) {
      for (uint32_t i = 0; i < count; ++i) f(indices[i]);
    } else {
      for (uint32_t i = 0; i < count; ++i) f(i);
    }
  }
};

struct batch {
  static constexpr uint32_t no_row = 0;

  std::vector<column_ptr> columns;
  uint32_t rows = 0;                                      // physical
  std::shared_ptr<const std::vector<uint32_t>> selection; // null: all rows
  std::shared_ptr<const std::vector<row_kind>> kinds;     // null: all inserts
  std::shared_ptr<const std::vector<int64_t>> watermarks; // null: stays at watermark_before until the end
  int64_t watermark_before = watermark_none;
  int64_t watermark_after = watermark_none; // >= watermarks.back()

  row_set selected() const {
    if (!selection) return {nullptr, rows};
    // An empty vector's data() may be null, which would mean all rows.
    return {selection->empty() ? &no_row : selection->data(), static_cast<uint32_t>(selection->size())};
  }
  uint32_t selected_count() const { return selection ? static_cast<uint32_t>(selection->size()) : rows; }
  row_kind kind(uint32_t row) const { return kinds ? (*kinds)[row] : row_kind::insert; }
  // Watermark in force after physical row `row` was processed.
  int64_t watermark_at(uint32_t row) const { return watermarks ? (*watermarks)[row] : watermark_before; }
  // First physical row after which the watermark is >= time; `rows` if only the end of the batch reaches it or none.
  uint32_t first_row_reaching(int64_t time, uint32_t from) const;

  // Dense copy of the selected rows, selection gone; watermarks compacted so that each kept row keeps the watermark in
  // force just before the next kept row.
  batch compacted() const;
  size_t memory_bytes() const;
  // Invariants; stops the process when broken.
  void verify() const;
  // One line a row, for tests and logs.
  std::string to_string() const;
};

// Collects output rows and the watermark steps between them, then yields a batch. Used by operators that build rows.
class batch_builder {
 public:
  batch_builder(const schema& shape, int64_t watermark);

  uint32_t rows() const { return rows_; }
  column& at(uint32_t index) { return columns_[index]; }
  // Call after one value was pushed to every column.
  void end_row(row_kind kind = row_kind::insert) {
    if (kind != row_kind::insert && kinds_.empty()) kinds_.assign(rows_, row_kind::insert);
    if (!kinds_.empty() || kind != row_kind::insert) kinds_.push_back(kind);
    if (!steps_.empty()) steps_.push_back(watermark_);
    ++rows_;
  }
  // Appends many rows at once: the caller has pushed `count` values to every column; all inserts.
  void end_rows(uint32_t count);
  // Event time advanced after the rows so far. Never goes back: smaller values are ignored.
  void advance(int64_t watermark);
  int64_t watermark() const { return watermark_; }
  // True when there is something to send: rows, or a watermark step.
  bool has_news() const { return rows_ > 0 || watermark_ != sent_; }
  // The batch so far; the builder starts anew at the current watermark.
  batch take();

 private:
  const schema* shape_;
  std::vector<column> columns_;
  std::vector<row_kind> kinds_; // empty: all inserts
  std::vector<int64_t> steps_;  // empty: no step so far
  uint32_t rows_ = 0;
  int64_t before_;    // in force before the first row
  int64_t watermark_; // now
  int64_t sent_;      // as of the last take()
};

} // namespace levada
