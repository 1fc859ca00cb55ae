#include "platform/heap.hpp"

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace levada {

void share_one_heap() {
#ifdef __GLIBC__
  constexpr int kept_bytes = 8 * 1024 * 1024;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  mallopt(M_MMAP_THRESHOLD, kept_bytes);
#endif
}

} // namespace levada
