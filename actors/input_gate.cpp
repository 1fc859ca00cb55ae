#include "actors/input_gate.hpp"

#include <algorithm>

#include "actors/limits.hpp"

namespace levada {

input_gate::input_gate(const std::vector<uint32_t>& channels) {
  uint32_t total = 0;
  for (uint32_t count : channels) {
    first_.push_back(total);
    total += count;
  }
  channels_.resize(total);
}

size_t input_gate::depth_bound() const {
  return channels_.size() * (credits_per_channel + control_elements_per_channel);
}

void input_gate::push(stream_element element) {
  queue_.push_back(std::move(element));
  depth_max_ = std::max(depth_max_, depth());
  check(depth() <= depth_bound());
}

bool input_gate::aligned() const {
  return aligning_ > 0 &&
         std::all_of(channels_.begin(), channels_.end(), [](const auto& c) { return c.aligned || c.ended; });
}

stream_element input_gate::release_barrier() {
  for (auto& c : channels_) c.aligned = false;
  aligning_ = 0;
  queue_.insert(queue_.begin(), std::make_move_iterator(stash_.begin()), std::make_move_iterator(stash_.end()));
  stash_.clear();
  return {0, 0, barrier{epoch_}, nullptr};
}

std::optional<stream_element> input_gate::next() {
  for (;;) {
    if (aligned()) return release_barrier();
    if (queue_.empty()) return {};
    stream_element element = std::move(queue_.front());
    queue_.pop_front();
    auto& channel = channel_of(element);
    if (channel.aligned) {
      stash_.push_back(std::move(element));
      continue;
    }
    if (auto* b = std::get_if<barrier>(&element.payload)) {
      check(aligning_ == 0 || epoch_ == b->epoch);
      epoch_ = b->epoch;
      channel.aligned = true;
      ++aligning_;
      continue;
    }
    if (std::holds_alternative<stream_end>(element.payload)) {
      check(!channel.ended);
      channel.ended = true;
      ++ended_;
    }
    return element;
  }
}

} // namespace levada
