#include "runtime/expression/scatter.hpp"

namespace levada {

namespace {

// `step` is 0 when one stored value stands for every row: also below a constant ROW, whose children hold one row.
template <class T>
void copy_fixed(const column& from, uint32_t step, row_set rows, column& to) {
  const T* in = from.data<T>();
  T* out = to.data<T>();
  rows.for_each([&](uint32_t row) { out[row] = in[row * step]; });
}

void copy_lists(const column& from, uint32_t step, row_set rows, column& to) {
  const auto* in = from.data<list_ref>();
  rows.for_each([&](uint32_t row) {
    uint32_t source = row * step;
    if (!from.valid().is_valid(source)) return;
    list_ref list = in[source];
    to.data<list_ref>()[row] = {to.children()[0].size(), list.length};
    for (size_t i = 0; i < to.children().size(); ++i) {
      for (uint32_t k = 0; k < list.length; ++k) to.children()[i].push_from(from.children()[i], list.offset + k);
    }
  });
}

void copy_step(const column& from, uint32_t step, row_set rows, column& to) {
  switch (from.type().physical()) {
  case physical_type::none: break;
  case physical_type::array:
  case physical_type::map: copy_lists(from, step, rows, to); break;
  case physical_type::row:
    for (size_t i = 0; i < to.children().size(); ++i) copy_step(from.children()[i], step, rows, to.children()[i]);
    break;
  default:
    switch (width_of(from.type().physical())) {
    case 1: copy_fixed<uint8_t>(from, step, rows, to); break;
    case 2: copy_fixed<int16_t>(from, step, rows, to); break;
    case 4: copy_fixed<int32_t>(from, step, rows, to); break;
    case 8: copy_fixed<int64_t>(from, step, rows, to); break;
    default: copy_fixed<int128>(from, step, rows, to); break;
    }
  }
  if (from.valid().all_valid() && to.valid().all_valid()) return;
  rows.for_each([&](uint32_t row) {
    if (from.valid().is_valid(row * step)) {
      to.valid().set_valid(row);
    } else {
      to.set_null(row);
    }
  });
}

} // namespace

void copy_rows(const column& from, row_set rows, column& to) {
  copy_step(from, from.is_constant() ? 0 : 1, rows, to);
  to.share_strings(from);
}

} // namespace levada
