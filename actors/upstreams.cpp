#include "actors/upstreams.hpp"

#include <utility>

#include "actors/limits.hpp"

namespace levada {

void upstreams::remember(uint32_t input, uint32_t channel, uint32_t slot) {
  if (inputs_.size() <= input) inputs_.resize(input + 1);
  auto& channels = inputs_[input];
  if (channels.size() <= channel) channels.resize(channel + 1);
  upstream& from = channels[channel];
  if (!from.handle) from.handle = caf::actor_cast<caf::actor>(self_->current_sender());
  from.slot = slot;
}

void upstreams::repay(uint32_t input, uint32_t channel) {
  upstream& from = inputs_[input][channel];
  if (++from.owed < credits_repaid_at_once) return;
  self_->send(from.handle, credit_message{from.slot, std::exchange(from.owed, 0)});
}

} // namespace levada
