// The sending end of a task: splits batches over its channels, spends a credit for each, and holds back what has none.
//
// A task looks at blocked() before it takes more input: that is back-pressure. Control elements need no credit but keep
// their place behind batches held back. Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "actors/limits.hpp"
#include "actors/stream_element.hpp"
#include "runtime/job_graph.hpp"

namespace levada {

class output_edges final : public output {
 public:
  // Delivers an element to the receiver of channel `slot`.
  using post_function = std::function<void(uint32_t slot, stream_element element)>;

  explicit output_edges(post_function post = {}) : post_(std::move(post)) {}
  void set_post(post_function post) { post_ = std::move(post); }

  // One edge of the graph: its receivers, as (input, channel) of each instance.
  struct receiver {
    uint32_t input;
    uint32_t channel;
  };
  // Slots are numbered in order of addition. With several receivers and exchange::hash, rows go by key group.
  void add_edge(exchange kind, std::vector<uint32_t> keys, const std::vector<receiver>& receivers);

  void push(batch out) override;
  void control(const stream_payload& payload);
  void grant(uint32_t slot, uint32_t credits);

  bool blocked() const { return held_batches_ > 0; }
  size_t slots() const { return channels_.size(); }
  uint64_t rows() const { return rows_; }
  uint64_t batches() const { return batches_; }
  size_t held_batches() const { return held_batches_; }

 private:
  struct channel {
    receiver to;
    uint32_t credits = credits_per_channel;
    std::deque<stream_payload> held;
    int64_t watermark = watermark_none; // last one sent or held
  };
  struct fan {
    exchange kind;
    std::vector<uint32_t> keys;
    uint32_t first_slot;
    uint32_t count;
  };

  void offer(uint32_t slot, batch out);
  void send(const fan& to, batch out);
  void send_split(const fan& to, const batch& out);

  post_function post_;
  std::vector<fan> fans_;
  std::vector<channel> channels_;
  std::vector<uint64_t> hashes_;
  size_t held_batches_ = 0;
  uint64_t rows_ = 0;
  uint64_t batches_ = 0;
};

} // namespace levada
