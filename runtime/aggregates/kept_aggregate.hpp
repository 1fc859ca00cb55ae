// An aggregate that keeps one of the values it is given, NULLs passed over, for input that only adds.
// Rule::take(kept_value<T>& slot, const T& value) decides whether a value replaces the one that is kept, if any.
#pragma once

#include "runtime/aggregates/accumulate.hpp"
#include "runtime/aggregates/kept_value.hpp"

namespace levada::aggregates {

template <class T, class Rule>
class kept_aggregate : public aggregate {
  using slot_type = kept_value<T>;

 public:
  explicit kept_aggregate(const data_type& argument) {
    result_type = argument.as_nullable();
    arguments = {argument};
    slot_bytes = aligned(sizeof(slot_type));
    owns_memory = std::is_same_v<T, string_ref>;
  }

  void update(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
              const row_kind* kinds) const override {
    for_each_value<slot_type, T>(blocks, offset, rows, *args[0], kinds,
                                 [](slot_type& slot, const T& value, bool) { Rule::take(slot, value); });
  }

  void merge(std::byte* const* into, const std::byte* const* from, uint32_t offset, uint32_t n) const override {
    for_each_pair<slot_type>(into, from, offset, n, [](slot_type& a, const slot_type& b) {
      if (b.present()) Rule::take(a, b.get());
    });
  }

  void finish(const std::byte* const* blocks, uint32_t offset, uint32_t n, column& out) const override {
    for (uint32_t i = 0; i < n; ++i) {
      const auto& slot = slot_at<slot_type>(blocks[i], offset);
      if (slot.present()) push_value(out, slot.get());
      else out.push_null();
    }
  }

  void save(const std::byte* slot, msgpack_writer& out) const override {
    const auto& s = slot_at<slot_type>(slot, 0);
    if (s.present()) save_value(s.get(), out);
    else out.put_nil();
  }

  void load(std::byte* slot, msgpack_reader& in) const override {
    if (in.next_is_nil()) return in.get_nil();
    auto value = load_value<T>(in);
    reinterpret_cast<slot_type*>(slot)->set(T{value});
  }

  void destroy(std::byte* slot) const override { reinterpret_cast<slot_type*>(slot)->clear(); }
  size_t extra_bytes(const std::byte* slot) const override { return slot_at<slot_type>(slot, 0).extra_bytes(); }
};

} // namespace levada::aggregates
