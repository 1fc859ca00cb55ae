// The receiving end of a task: elements in order of arrival, and barrier alignment.
//
// Between the first and the last barrier of an epoch, channels that have delivered theirs are stashed, so that a
// snapshot contains the effects of exactly the elements before the barriers. An ended channel counts as aligned.
// Bounded by the senders' credits. Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "actors/stream_element.hpp"

namespace levada {

class input_gate {
 public:
  // channels[i]: number of channels of input i.
  explicit input_gate(const std::vector<uint32_t>& channels);

  void push(stream_element element);

  // The next element to act on, or nothing. A barrier comes once, when every channel has delivered it.
  std::optional<stream_element> next();

  bool all_ended() const { return ended_ == channels_.size(); }
  bool has_waiting() const { return !queue_.empty(); }
  size_t depth() const { return queue_.size() + stash_.size(); }
  size_t depth_max() const { return depth_max_; } // most ever held
  // What depth() may never exceed.
  size_t depth_bound() const;

 private:
  struct channel_state {
    bool aligned = false;
    bool ended = false;
  };

  channel_state& channel_of(const stream_element& element) {
    return channels_[first_[element.input] + element.channel];
  }
  bool aligned() const;
  stream_element release_barrier();

  std::vector<uint32_t> first_; // of each input in channels_
  std::vector<channel_state> channels_;
  std::deque<stream_element> queue_;
  std::deque<stream_element> stash_;
  uint64_t epoch_ = 0; // of the barrier being aligned
  size_t aligning_ = 0;
  size_t ended_ = 0;
  size_t depth_max_ = 0;
};

} // namespace levada
