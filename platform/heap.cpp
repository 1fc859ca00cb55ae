#include "platform/heap.hpp"

#include <malloc.h>

namespace levada {

void keep_freed_memory(size_t bytes) {
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(bytes));
  // Blocks of their own mapping are given back whatever the other threshold says.
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(bytes));
}

} // namespace levada
