#include "runtime/functions/kernel.hpp"

namespace levada {

void set_all_null(row_set rows, column& out) {
  rows.for_each([&](uint32_t row) { out.set_null(row); });
}

void propagate_nulls(const kernel_args& in, column& out) {
  for (const column* arg : in.args) {
    if (arg->valid().all_valid()) continue;
    if (arg->is_constant()) {
      if (arg->is_null(0)) return set_all_null(in.rows, out);
    } else {
      out.valid().intersect(arg->valid(), in.physical_rows);
    }
  }
}

} // namespace levada
