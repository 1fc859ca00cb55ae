// Bounds of the execution layer, and what holds between them.
#pragma once

#include <cstdint>

#include "runtime/batch.hpp"

namespace levada {

// Batches a sender may have under way on one channel. Depth of a mailbox <= the sum of its channels' credits plus one
// control element per channel and kind (barrier, idle, end).
constexpr uint32_t credits_per_channel = 8;
constexpr uint32_t control_elements_per_channel = 3;

// Polls a source makes before it looks at its mailbox again.
constexpr uint32_t polls_per_turn = 4;
// Batches an operator takes before it lets others have the worker.
constexpr uint32_t batches_per_turn = 16;

static_assert(credits_per_channel * batch_rows_max <= 1u << 20, "a channel holds at most a million rows");

} // namespace levada
