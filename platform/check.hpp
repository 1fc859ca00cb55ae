// Broken logic stops the process: always on, in release builds too. For what input or the machine can cause,
// return a status instead.
#pragma once

namespace levada {

[[noreturn]] void check_failed(const char* file, int line, const char* condition);

} // namespace levada

#define check(condition) \
  (__builtin_expect(!(condition), 0) ? ::levada::check_failed(__FILE__, __LINE__, #condition) : (void)0)
