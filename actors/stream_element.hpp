// What travels on a channel, in order: batches and, between them, barriers, idleness and the end.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "platform/memory.hpp"
#include "runtime/batch.hpp"

namespace levada {

struct barrier {
  uint64_t epoch = 0;
};
struct stream_idle {};
struct stream_end {};

using stream_payload = std::variant<batch, barrier, stream_idle, stream_end>;

struct stream_element {
  uint32_t input = 0;   // of the receiver's first operator
  uint32_t channel = 0; // within that input
  stream_payload payload;
  std::shared_ptr<const memory_loan> memory = {}; // of a batch: shared by all that share its columns

  bool is_batch() const { return std::holds_alternative<batch>(payload); }
};

} // namespace levada
