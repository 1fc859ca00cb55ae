// How the C library's heap goes about freed memory.
#pragma once

#include <cstddef>

namespace levada {

// Keeps up to `bytes` of freed memory at the end of each heap (there is one for every few threads) instead of giving it
// back at once: windows that fire free megabytes which the next ones want again, page by page. For main(); a program that
// embeds levada has a heap of its own mind.
void keep_freed_memory(size_t bytes);

} // namespace levada
