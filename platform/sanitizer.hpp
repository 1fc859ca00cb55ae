// Tells ThreadSanitizer what it cannot see, because it happens in a library that is not instrumented. In other builds
// all of this is nothing.
#pragma once

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>

extern "C" void __tsan_ignore_thread_begin();
extern "C" void __tsan_ignore_thread_end();
#endif

namespace levada {

// What this thread has done so far happens before what another does after take_over() of the same address. The address
// is only a name; memory that is freed forgets it.
inline void hand_over([[maybe_unused]] const void* address) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(const_cast<void*>(address));
#endif
}

inline void take_over([[maybe_unused]] const void* address) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(const_cast<void*>(address));
#endif
}

// While one lives, what its thread reads and writes is not looked at.
class unchecked_scope {
 public:
#ifdef __SANITIZE_THREAD__
  unchecked_scope() { __tsan_ignore_thread_begin(); }
  ~unchecked_scope() { __tsan_ignore_thread_end(); }
#else
  unchecked_scope() {}
#endif
  unchecked_scope(const unchecked_scope&) = delete;
  unchecked_scope& operator=(const unchecked_scope&) = delete;
};

} // namespace levada
