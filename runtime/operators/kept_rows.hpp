// Rows an operator keeps in lists: columns that only grow, and are compacted when most of their rows have gone. Every row
// has a number that names its entry of state: [number] -> the row, one value a column. Threads: one.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/batch.hpp"
#include "storage/delta.hpp"

namespace levada {

class kept_rows {
 public:
  // Row + 1 of its ends; 0: empty.
  struct list {
    uint32_t first = 0;
    uint32_t last = 0;
  };

  explicit kept_rows(const schema& shape);

  // Behind `to`; the entry will go to `key_group`.
  void append(list& to, const batch& in, uint32_t row, uint16_t key_group);
  // A row restored from an entry of state, of which `from` is the value; in ascending order of numbers.
  status append_saved(list& to, std::string_view from, uint64_t number, uint16_t key_group);
  // Moves all rows of `from` behind those of `to`.
  void splice(list& to, list& from);
  // Forgets its rows; those in a snapshot become tombstones. They can be read until settle().
  void drop(list& rows);

  static constexpr uint32_t first_row(const list& rows) { return rows.first - 1; }
  uint64_t number_of(uint32_t row) const { return numbers_[row]; }
  const column& at(uint32_t index) const { return columns_[index]; }
  // f(row) for the rows of a list.
  template <class F>
  void for_each(const list& rows, F&& f) const {
    for (uint32_t at = rows.first; at != 0; at = next_[at - 1]) f(at - 1);
  }

  // Reclaims dropped rows when they are many; for_each_list(f) calls f(list&) for every list that is in use.
  template <class Lists>
  void settle(Lists&& for_each_list) {
    if (!worth_compacting()) return;
    compact();
    for_each_list([this](list& rows) {
      rows.first = moved_[rows.first];
      rows.last = moved_[rows.last];
    });
  }

  uint32_t size() const { return static_cast<uint32_t>(next_.size()) - dropped_; }
  size_t memory_bytes() const;

  // What changed since the last call.
  void save(delta_writer& delta);
  static uint64_t read_number(msgpack_reader& key) { return key.get_uint(); }

 private:
  bool worth_compacting() const;
  void compact();
  void add_row(list& to, uint64_t number, uint16_t key_group);

  std::vector<column> columns_;
  std::vector<uint32_t> next_; // row + 1 behind it in its list; 0: the last
  std::vector<uint64_t> numbers_;
  std::vector<uint8_t> groups_;
  std::vector<uint8_t> is_dropped_;
  std::vector<uint32_t> moved_; // compact: old row + 1 -> new row + 1
  uint32_t dropped_ = 0;
  uint32_t saved_ = 0; // rows before are in a snapshot
  uint64_t next_number_ = 0;
  delta_writer erased_;
};

} // namespace levada
