// Who sends to a task, and the credits it owes them.
//
// Credits go back by the half channel, as a receiver of TCP opens its window: a message for every batch would wake a
// sender that has plenty of them. One that has none left has all its batches here, so it gets some back. Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "actors/caf_seam.hpp"

namespace levada {

class upstreams {
 public:
  // On behalf of `self`, which outlives this.
  explicit upstreams(caf::event_based_actor* self) : self_(self) {}

  // Where the element in hand came from: `slot` is the sender's name for the channel.
  void remember(uint32_t input, uint32_t channel, uint32_t slot);
  // A batch of this channel has been processed.
  void repay(uint32_t input, uint32_t channel);
  // Lets go of the senders: actors that hold each other never die.
  void forget() { inputs_.clear(); }

 private:
  struct upstream {
    caf::actor handle;
    uint32_t slot = 0;
    uint32_t owed = 0;
  };

  caf::event_based_actor* self_;
  std::vector<std::vector<upstream>> inputs_; // by input and channel
};

} // namespace levada
