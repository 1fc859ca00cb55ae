// Bounds of the execution layer, and what holds between them.
#pragma once

#include <cstdint>

#include "runtime/batch.hpp"

namespace levada {

// Batches a sender may have under way on one channel. Depth of a mailbox <= the sum of its channels' credits plus one
// control element per channel and kind (barrier, idle, end).
constexpr uint32_t credits_per_channel = 8;
constexpr uint32_t credits_repaid_at_once = credits_per_channel / 2;
constexpr uint32_t control_elements_per_channel = 3;

// Polls a source makes before it looks at its mailbox again.
constexpr uint32_t polls_per_turn = 4;
// How often a source without memory looks whether there is some again.
constexpr int64_t memory_poll_us = 2000;
// Batches an operator takes before it lets others have the worker.
constexpr uint32_t batches_per_turn = 16;

// What a source aims at for a batch; of `memory.limit`, a sixteenth at most. Rows of a kilobyte are what it takes to
// reach it with the default cap in rows.
constexpr uint64_t batch_bytes_max = uint64_t{4} << 20;
constexpr uint64_t batch_memory_share = 16;
// Rows of a source's first batch when memory is limited: how wide they are shows only then.
constexpr uint32_t first_batch_rows = 64;

static_assert(credits_per_channel * batch_rows_max <= 1u << 20, "a channel holds at most a million rows");

} // namespace levada
