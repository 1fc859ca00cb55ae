#include "runtime/operators/kept_rows.hpp"

#include <algorithm>

#include "runtime/operators/value_codec.hpp"

namespace levada {

namespace {

constexpr uint32_t compact_min = 1024; // dropped rows that are not worth a pass over the rest

std::string entry_key(uint64_t number) {
  std::string key;
  msgpack_writer{key}.put_uint(number);
  return key;
}

} // namespace

kept_rows::kept_rows(const schema& shape) {
  for (const auto& f : shape.fields) columns_.emplace_back(f.type);
}

void kept_rows::add_row(list& to, uint64_t number, uint16_t key_group) {
  next_.push_back(0);
  numbers_.push_back(number);
  groups_.push_back(static_cast<uint8_t>(key_group));
  is_dropped_.push_back(0);
  auto added = static_cast<uint32_t>(next_.size());
  if (to.first == 0) to.first = added;
  else next_[to.last - 1] = added;
  to.last = added;
}

void kept_rows::append(list& to, const batch& in, uint32_t row, uint16_t key_group) {
  for (size_t c = 0; c < columns_.size(); ++c) columns_[c].push_from(*in.columns[c], row);
  add_row(to, next_number_++, key_group);
}

status kept_rows::append_saved(list& to, std::string_view from, uint64_t number, uint16_t key_group) {
  msgpack_reader in{from};
  for (column& c : columns_) read_value(in, c);
  if (!in.ok()) return in.failure();
  add_row(to, number, key_group);
  saved_ = static_cast<uint32_t>(next_.size());
  next_number_ = std::max(next_number_, number + 1);
  return {};
}

void kept_rows::splice(list& to, list& from) {
  next_[to.last - 1] = from.first;
  to.last = from.last;
  from = {};
}

void kept_rows::drop(list& rows) {
  for_each(rows, [this](uint32_t row) {
    is_dropped_[row] = 1;
    ++dropped_;
    if (row < saved_) erased_.erase(groups_[row], entry_key(numbers_[row]));
  });
  rows = {};
}

bool kept_rows::worth_compacting() const { return dropped_ > compact_min && dropped_ > size(); }

void kept_rows::compact() {
  std::vector<uint32_t> left;
  moved_.assign(next_.size() + 1, 0);
  uint32_t saved = 0;
  for (uint32_t row = 0; row < next_.size(); ++row) {
    if (is_dropped_[row]) continue;
    left.push_back(row);
    moved_[row + 1] = static_cast<uint32_t>(left.size());
    if (row < saved_) saved = moved_[row + 1];
  }
  for (column& c : columns_) {
    // Value by value: gather() would keep the bytes of strings that are gone.
    column moved{c.type()};
    moved.reserve(static_cast<uint32_t>(left.size()));
    for (uint32_t row : left) moved.push_from(c, row);
    c = std::move(moved);
  }
  for (uint32_t i = 0; i < left.size(); ++i) {
    next_[i] = moved_[next_[left[i]]];
    numbers_[i] = numbers_[left[i]];
    groups_[i] = groups_[left[i]];
  }
  next_.resize(left.size());
  numbers_.resize(left.size());
  groups_.resize(left.size());
  is_dropped_.assign(left.size(), 0);
  dropped_ = 0;
  saved_ = saved;
}

size_t kept_rows::memory_bytes() const {
  size_t bytes = (next_.capacity() + moved_.capacity()) * sizeof(uint32_t) + numbers_.capacity() * sizeof(uint64_t) +
                 groups_.capacity() + is_dropped_.capacity();
  for (const column& c : columns_) bytes += c.memory_bytes();
  return bytes;
}

void kept_rows::save(delta_writer& delta) {
  std::string erased = erased_.take();
  delta_reader reader{erased};
  for (delta_operation operation; reader.next(operation);) delta.erase(operation.key_group, operation.key);
  std::string value;
  for (; saved_ < next_.size(); ++saved_) {
    if (is_dropped_[saved_]) continue;
    value.clear();
    msgpack_writer out{value};
    for (const column& c : columns_) write_value(c, saved_, out);
    delta.put(groups_[saved_], entry_key(numbers_[saved_]), value);
  }
}

} // namespace levada
