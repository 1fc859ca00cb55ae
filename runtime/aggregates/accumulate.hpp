// The loop every aggregate runs, and the dispatch from SQL types to C++ types.
#pragma once

#include "platform/status.hpp"
#include "runtime/functions/aggregate.hpp"

namespace levada::aggregates {

// Calls f(slot, value, addition) for each row whose argument is not NULL; `addition` is false for retractions. Slot and
// value are plain types; the common cases are loops the compiler sees through.
template <class Slot, class T, class F>
void for_each_value(std::byte* const* blocks, uint32_t offset, row_set rows, const column& argument,
                    const row_kind* kinds, F&& f) {
  auto slot = [&](uint32_t i) -> Slot& { return *reinterpret_cast<Slot*>(blocks[i] + offset); };
  if (!kinds && argument.valid().all_valid() && !argument.is_constant()) {
    const T* values = argument.data<T>();
    if (rows.indices) {
      for (uint32_t i = 0; i < rows.count; ++i) f(slot(i), values[rows.indices[i]], true);
    } else {
      for (uint32_t i = 0; i < rows.count; ++i) f(slot(i), values[i], true);
    }
    return;
  }
  for (uint32_t i = 0; i < rows.count; ++i) {
    uint32_t row = rows[i];
    if (argument.is_null(row)) continue;
    f(slot(i), argument.at<T>(row), !kinds || is_addition(kinds[row]));
  }
}

// As for_each_value, and appends after each row, NULL ones included, what value(slot, out) sets; false means NULL.
template <class Slot, class T, class R, class F, class V>
void for_each_running(std::byte* const* blocks, uint32_t offset, row_set rows, const column& argument,
                      const row_kind* kinds, column& out, F&& f, V&& value) {
  uint32_t at = out.size();
  out.resize(at + rows.count);
  R* to = out.data<R>() + at;
  bool dense = !kinds && argument.valid().all_valid() && !argument.is_constant();
  for (uint32_t i = 0; i < rows.count; ++i) {
    uint32_t row = rows[i];
    auto& slot = *reinterpret_cast<Slot*>(blocks[i] + offset);
    if (dense) f(slot, argument.data<T>()[row], true);
    else if (!argument.is_null(row)) f(slot, argument.at<T>(row), !kinds || is_addition(kinds[row]));
    to[i] = R{};
    if (!value(slot, to[i])) out.set_null(at + i);
  }
}

// Calls f(into, from) for each pair of slots.
template <class Slot, class F>
void for_each_pair(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t count, F&& f) {
  for (uint32_t i = 0; i < count; ++i) {
    f(*reinterpret_cast<Slot*>(into[i] + offset), *reinterpret_cast<const Slot*>(from[i] + offset));
  }
}

template <class Slot>
const Slot& slot_at(const std::byte* block, uint32_t offset) {
  return *reinterpret_cast<const Slot*>(block + offset);
}

// Appends one value a slot: value(slot, out) sets `out` and returns false for NULL.
template <class Slot, class T, class F>
void append_results(const std::byte* const* blocks, uint32_t offset, uint32_t count, column& out, F&& value) {
  uint32_t at = out.size();
  out.resize(at + count);
  T* to = out.data<T>() + at;
  for (uint32_t i = 0; i < count; ++i) {
    to[i] = T{};
    if (!value(slot_at<Slot>(blocks[i], offset), to[i])) out.set_null(at + i);
  }
}

template <class T>
struct type_tag {
  using type = T;
};

// f(type_tag<T>{}) for the C++ type of a fixed-width type or string.
template <class F>
auto with_physical(physical_type type, F&& f) {
  switch (type) {
  case physical_type::u8: return f(type_tag<uint8_t>{});
  case physical_type::i8: return f(type_tag<int8_t>{});
  case physical_type::i16: return f(type_tag<int16_t>{});
  case physical_type::i32: return f(type_tag<int32_t>{});
  case physical_type::f32: return f(type_tag<float>{});
  case physical_type::f64: return f(type_tag<double>{});
  case physical_type::i128: return f(type_tag<int128>{});
  case physical_type::string: return f(type_tag<string_ref>{});
  default: return f(type_tag<int64_t>{});
  }
}

constexpr uint32_t aligned(size_t slot_size) { return static_cast<uint32_t>((slot_size + 15) / 16 * 16); }

} // namespace levada::aggregates
