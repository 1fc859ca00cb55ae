// What the calling thread has written so far, as the kernel counts it.
#pragma once

#include <cstdint>
#include <optional>

namespace levada {

// Bytes handed to write calls by this thread since it started; absent where the kernel does not tell.
std::optional<uint64_t> thread_written_bytes();

} // namespace levada
