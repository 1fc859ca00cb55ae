// A column: typed values of one batch, with validity bits, and the memory they point into.
//
// Layout: fixed-width values lie contiguously. A string is a 16-byte string_ref: up to 12 bytes inline, longer ones
// as a 4-byte prefix and a pointer into an arena that the column keeps alive. ARRAY and MAP hold an (offset, length)
// per row into their children, whose rows lie densely; ROW holds children aligned with its own rows.
// A constant column has one stored value that stands for every row.
//
// Threads: a column is built by one thread, then shared as column_ptr (const), which any thread may read.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"

#include "platform/check.hpp"
#include "runtime/type.hpp"

namespace levada {

using int128 = absl::int128;

// Bytes of a string value; trivially copyable, valid while the arena (or the string_ref itself, when inline) lives.
class string_ref {
 public:
  static constexpr uint32_t inline_max = 12;

  string_ref() : size_(0), bytes_{} {}
  // Points at `text` when longer than inline_max: the caller sees to its lifetime.
  explicit string_ref(std::string_view text) : size_(static_cast<uint32_t>(text.size())), bytes_{} {
    if (size_ == 0) return; // its data() may be null, which memcpy does not take
    if (size_ <= inline_max) {
      std::memcpy(bytes_, text.data(), size_);
    } else {
      std::memcpy(bytes_, text.data(), 4);
      const char* pointer = text.data();
      std::memcpy(bytes_ + 4, &pointer, sizeof pointer);
    }
  }

  uint32_t size() const { return size_; }
  bool is_inline() const { return size_ <= inline_max; }
  const char* data() const {
    if (is_inline()) return bytes_;
    const char* pointer;
    std::memcpy(&pointer, bytes_ + 4, sizeof pointer);
    return pointer;
  }
  // REQUIRES that *this outlives the view when inline.
  std::string_view view() const { return {data(), size_}; }

  friend bool operator==(const string_ref& a, const string_ref& b) {
    // Size and prefix in one comparison; inline strings are padded with zeros, so all 16 bytes decide.
    if (std::memcmp(&a, &b, 8) != 0) return false;
    if (a.is_inline()) return std::memcmp(a.bytes_ + 4, b.bytes_ + 4, 8) == 0;
    return std::memcmp(a.data(), b.data(), a.size_) == 0;
  }

 private:
  uint32_t size_;
  char bytes_[inline_max];
};
static_assert(sizeof(string_ref) == 16);

// Bump allocator for string bytes. One writer.
class arena {
 public:
  static constexpr size_t chunk_bytes = 64 * 1024;

  char* allocate(size_t bytes);
  std::string_view copy(std::string_view text);
  // Inline when short, else copied into this arena.
  string_ref store(std::string_view text) {
    return text.size() <= string_ref::inline_max ? string_ref{text} : string_ref{copy(text)};
  }
  // Keeps foreign memory (an input buffer) alive as long as this arena, and counts `bytes` of it as its own.
  void adopt(std::shared_ptr<const void> owner, size_t bytes) {
    adopted_.push_back(std::move(owner));
    bytes_ += bytes;
  }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::vector<std::shared_ptr<const void>> adopted_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t bytes_ = 0;
};

// One bit a row. Empty means "all valid".
class validity {
 public:
  bool all_valid() const { return words_.empty(); }
  bool is_valid(uint32_t row) const { return words_.empty() || (words_[row >> 6] >> (row & 63) & 1); }
  void set_null(uint32_t row, uint32_t rows) {
    if (words_.empty() || words_.size() < (rows + 63) / 64) grow(rows);
    words_[row >> 6] &= ~(uint64_t{1} << (row & 63));
  }
  void set_valid(uint32_t row) {
    if (!words_.empty()) {
      if (words_.size() <= row >> 6) grow(row + 1);
      words_[row >> 6] |= uint64_t{1} << (row & 63);
    }
  }
  void set_all_valid() { words_.clear(); }
  // Words of 64 rows; rows beyond the column's end are undefined. Empty when all valid.
  std::span<const uint64_t> words() const { return words_; }
  // *this = *this AND other over `rows` rows.
  void intersect(const validity& other, uint32_t rows);

 private:
  void grow(uint32_t rows); // new bits are valid
  std::vector<uint64_t> words_;
};

// (offset, length) of an ARRAY or MAP value in the children.
struct list_ref {
  uint32_t offset = 0;
  uint32_t length = 0;
};

class column;
using column_ptr = std::shared_ptr<const column>;

class column {
 public:
  column() = default;
  explicit column(data_type type, uint32_t rows = 0) : type_(std::move(type)) { resize(rows); }

  // A constant column of one value: fill row 0.
  static column constant(data_type type);

  const data_type& type() const { return type_; }
  void set_type(data_type type) { type_ = std::move(type); } // REQUIRES the same physical type
  uint32_t size() const { return rows_; }
  bool is_constant() const { return constant_; }

  // Rows added are uninitialised values, valid. Keeps what is there.
  void resize(uint32_t rows);
  void reserve(uint32_t rows);

  template <class T>
  T* data() {
    return reinterpret_cast<T*>(values_.get());
  }
  template <class T>
  const T* data() const {
    return reinterpret_cast<const T*>(values_.get());
  }
  // Reads through constness: row 0 of a constant column.
  template <class T>
  const T& at(uint32_t row) const {
    return data<T>()[constant_ ? 0 : row];
  }
  bool is_null(uint32_t row) const { return !valid_.is_valid(constant_ ? 0 : row); }
  void set_null(uint32_t row) { valid_.set_null(row, rows_); }

  validity& valid() { return valid_; }
  const validity& valid() const { return valid_; }

  // Nested types: ARRAY 1 child, MAP 2 (keys, values), ROW one a field.
  std::vector<column>& children() { return children_; }
  const std::vector<column>& children() const { return children_; }

  // The arena new string values of this column are stored into; created on first use.
  arena& strings();
  // Shares the arenas of another column, for values that point into them.
  void share_strings(const column& other);

  // Appends one row.
  template <class T>
  void push(T value) {
    if (rows_ == capacity_) reserve(rows_ + 1);
    reinterpret_cast<T*>(values_.get())[rows_++] = value;
    if (!valid_.all_valid()) valid_.set_valid(rows_ - 1);
  }
  void push_null();
  void push_string(std::string_view text) { push(strings().store(text)); }
  // Appends row `row` of `from` (same type), copying strings and nested values.
  void push_from(const column& from, uint32_t row);
  // Appends each of `rows` of `from` (same type), copying strings and nested values.
  void append(const column& from, std::span<const uint32_t> rows);

  // Bytes held, arenas included.
  size_t memory_bytes() const;

 private:
  data_type type_;
  uint32_t rows_ = 0;
  uint32_t capacity_ = 0;
  bool constant_ = false;
  struct release {
    void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte[], release> values_;
  validity valid_;
  std::vector<column> children_;
  std::vector<std::shared_ptr<arena>> arenas_; // front is strings() once created, the rest are shared
  bool owns_front_arena_ = false;
};

// Dense copy of the given rows.
column gather(const column& from, std::span<const uint32_t> rows);

} // namespace levada
