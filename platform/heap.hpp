// The C library's heap, as a program of few threads and large short-lived buffers wants it.
#pragma once

namespace levada {

// One heap for all threads, which keeps up to 8 MiB of what is freed: batches and window state come and go by the
// hundred kilobytes, and by default each thread would have a heap of its own and give every such buffer back to the
// kernel only to fault it in again. Measured on a window join: half the page faults, a tenth less memory. For main(),
// before threads start; an embedding program's heap is its own business. Without glibc nothing happens.
void share_one_heap();

} // namespace levada
