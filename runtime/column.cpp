#include "runtime/column.hpp"

#include <algorithm>
#include <new>

namespace levada {

char* arena::allocate(size_t bytes) {
  if (bytes > left_) {
    // A large value gets a chunk of its own, so that the rest of the current chunk stays usable.
    size_t size = std::max(bytes, chunk_bytes);
    chunks_.push_back(std::unique_ptr<char[]>(new char[size]));
    bytes_ += size;
    if (bytes >= chunk_bytes) return chunks_.back().get();
    next_ = chunks_.back().get();
    left_ = size;
  }
  char* memory = next_;
  next_ += bytes;
  left_ -= bytes;
  return memory;
}

std::string_view arena::copy(std::string_view text) {
  char* memory = allocate(text.size());
  std::memcpy(memory, text.data(), text.size());
  return {memory, text.size()};
}

void validity::grow(uint32_t rows) { words_.resize((static_cast<size_t>(rows) + 63) / 64, ~uint64_t{0}); }

void validity::intersect(const validity& other, uint32_t rows) {
  if (other.all_valid()) return;
  if (words_.size() < (static_cast<size_t>(rows) + 63) / 64) grow(rows);
  size_t words = std::min(words_.size(), other.words_.size());
  for (size_t i = 0; i < words; ++i) words_[i] &= other.words_[i];
}

column column::constant(data_type type) {
  column c{std::move(type), 1};
  c.constant_ = true;
  return c;
}

void column::reserve(uint32_t rows) {
  if (rows <= capacity_) return;
  uint32_t width = width_of(type_.physical());
  uint32_t capacity = std::max({rows, capacity_ * 2, uint32_t{16}});
  if (width == 0) {
    width = type_.physical() == physical_type::row ? 0 : sizeof(list_ref);
  }
  if (width > 0) {
    auto* memory =
        static_cast<std::byte*>(::operator new[](static_cast<size_t>(capacity) * width, std::align_val_t{64}));
    if (rows_ > 0) std::memcpy(memory, values_.get(), static_cast<size_t>(rows_) * width);
    values_.reset(memory);
  }
  capacity_ = capacity;
}

void column::resize(uint32_t rows) {
  reserve(rows);
  if (type_.is_nested() && children_.size() != type_.fields().size()) {
    for (const auto& f : type_.fields()) children_.emplace_back(f.type);
  }
  if (!valid_.all_valid()) {
    for (uint32_t row = rows_; row < rows; ++row) valid_.set_valid(row);
  }
  if (type_.kind() == type_kind::row) {
    for (auto& child : children_) child.resize(rows);
  } else if (type_.is_nested()) {
    for (uint32_t row = rows_; row < rows; ++row) data<list_ref>()[row] = {};
  } else if (type_.physical() == physical_type::string) {
    for (uint32_t row = rows_; row < rows; ++row) data<string_ref>()[row] = string_ref{};
  }
  rows_ = rows;
}

arena& column::strings() {
  if (!owns_front_arena_) {
    arenas_.insert(arenas_.begin(), std::make_shared<arena>());
    owns_front_arena_ = true;
  }
  return *arenas_.front();
}

void column::share_strings(const column& other) {
  for (const auto& shared : other.arenas_) {
    if (std::find(arenas_.begin(), arenas_.end(), shared) == arenas_.end()) arenas_.push_back(shared);
  }
  for (size_t i = 0; i < children_.size() && i < other.children_.size(); ++i) {
    children_[i].share_strings(other.children_[i]);
  }
}

void column::push_null() {
  resize(rows_ + 1);
  valid_.set_null(rows_ - 1, rows_);
  switch (type_.physical()) {
  case physical_type::string:
  case physical_type::array:
  case physical_type::map:
  case physical_type::none: break;
  case physical_type::row:
    for (auto& child : children_) child.set_null(rows_ - 1);
    break;
  default: {
    uint32_t width = width_of(type_.physical());
    std::memset(values_.get() + static_cast<size_t>(rows_ - 1) * width, 0, width);
  }
  }
}

void column::push_from(const column& from, uint32_t row) {
  if (from.is_null(row)) return push_null();
  uint32_t source_row = from.constant_ ? 0 : row;
  switch (type_.physical()) {
  case physical_type::string: return push_string(from.at<string_ref>(row).view());
  case physical_type::array:
  case physical_type::map: {
    list_ref list = from.at<list_ref>(row);
    resize(rows_ + 1);
    data<list_ref>()[rows_ - 1] = {children_[0].size(), list.length};
    for (size_t i = 0; i < children_.size(); ++i) {
      for (uint32_t k = 0; k < list.length; ++k) children_[i].push_from(from.children_[i], list.offset + k);
    }
    return;
  }
  case physical_type::row: {
    if (children_.empty()) resize(rows_);
    uint32_t at = rows_;
    for (size_t i = 0; i < children_.size(); ++i) children_[i].push_from(from.children_[i], source_row);
    reserve(at + 1);
    rows_ = at + 1;
    if (!valid_.all_valid()) valid_.set_valid(at);
    return;
  }
  default: {
    uint32_t width = width_of(type_.physical());
    resize(rows_ + 1);
    std::memcpy(values_.get() + static_cast<size_t>(rows_ - 1) * width,
                from.values_.get() + static_cast<size_t>(source_row) * width, width);
  }
  }
}

size_t column::memory_bytes() const {
  uint32_t width = width_of(type_.physical());
  size_t bytes = static_cast<size_t>(capacity_) * (width ? width : sizeof(list_ref));
  bytes += valid_.words().size_bytes();
  for (const auto& shared : arenas_) bytes += shared->bytes();
  for (const auto& child : children_) bytes += child.memory_bytes();
  return bytes;
}

namespace {

template <class T>
void copy_values(const column& from, std::span<const uint32_t> rows, column& to, uint32_t at) {
  const T* in = from.data<T>();
  T* out = to.data<T>() + at;
  for (size_t i = 0; i < rows.size(); ++i) out[i] = in[rows[i]];
}

// Strings as references; NULLs too.
void copy_flat(const column& from, std::span<const uint32_t> rows, column& to, uint32_t at) {
  switch (width_of(from.type().physical())) {
  case 1: copy_values<uint8_t>(from, rows, to, at); break;
  case 2: copy_values<int16_t>(from, rows, to, at); break;
  case 4: copy_values<int32_t>(from, rows, to, at); break;
  case 8: copy_values<int64_t>(from, rows, to, at); break;
  default: copy_values<int128>(from, rows, to, at); break;
  }
  if (from.valid().all_valid()) return;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    if (from.is_null(rows[i])) to.set_null(at + i);
  }
}

} // namespace

void column::append(const column& from, std::span<const uint32_t> rows) {
  bool flat = !from.is_constant() && !type_.is_nested() && type_.physical() != physical_type::none;
  if (!flat || type_.physical() == physical_type::string) {
    for (uint32_t row : rows) push_from(from, row);
    return;
  }
  uint32_t at = rows_;
  resize(at + static_cast<uint32_t>(rows.size()));
  copy_flat(from, rows, *this, at);
}

column gather(const column& from, std::span<const uint32_t> rows) {
  column to{from.type()};
  if (from.is_constant() || from.type().is_nested()) {
    to.resize(0);
    to.reserve(static_cast<uint32_t>(rows.size()));
    for (uint32_t row : rows) to.push_from(from, row);
    return to;
  }
  to.resize(static_cast<uint32_t>(rows.size()));
  copy_flat(from, rows, to, 0);
  to.share_strings(from);
  return to;
}

} // namespace levada
