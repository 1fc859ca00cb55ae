// The sending end of a task: splits batches over its channels, spends a credit for each, and holds back what has none.
//
// A task looks at blocked() before it takes more input: that is back-pressure. A batch that goes to several receivers
// shares its columns and counts once. Control elements need no credit but keep their place behind batches held back.
// Threads: one.
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
  // Batches are on loan from `budget` until their last receiver has processed them. Null: nobody counts.
  void set_budget(memory_budget* budget) { budget_ = budget; }

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
  uint64_t held_bytes() const { return held_bytes_; } // 0 without a budget

 private:
  struct channel {
    receiver to;
    uint32_t credits = credits_per_channel;
    std::deque<stream_element> held;
    int64_t watermark = watermark_none; // last one sent or held
  };
  struct fan {
    exchange kind;
    std::vector<uint32_t> keys;
    uint32_t first_slot;
    uint32_t count;
  };

  using loan = std::shared_ptr<const memory_loan>;
  void offer(uint32_t slot, batch out, const loan& memory);
  void send(const fan& to, batch out, const loan& memory);
  void send_split(const fan& to, const batch& out, const loan& memory);

  post_function post_;
  memory_budget* budget_ = nullptr;
  std::vector<fan> fans_;
  std::vector<channel> channels_;
  std::vector<uint64_t> hashes_;
  std::vector<uint8_t> targets_; // the receiver of each row
  size_t held_batches_ = 0;
  uint64_t held_bytes_ = 0;
  uint64_t rows_ = 0;
  uint64_t batches_ = 0;
};

} // namespace levada
