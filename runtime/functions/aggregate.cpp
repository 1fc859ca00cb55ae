#include "runtime/functions/aggregate.hpp"

namespace levada {

void aggregate::update_running(std::byte* const* blocks, uint32_t offset, row_set rows, const column* const* args,
                               const row_kind* kinds, column& out) const {
  for (uint32_t i = 0; i < rows.count; ++i) {
    uint32_t row = rows[i];
    update(blocks + i, offset, {&row, 1}, args, kinds);
    finish(blocks + i, offset, 1, out);
  }
}

} // namespace levada
