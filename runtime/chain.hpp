// A fused chain of operators: what one actor runs, and what a test runs without any. Each batch goes through the whole
// chain on the caller's thread before process() returns. Threads: one at a time.
//
// Two-input chains: only the first operator has several inputs. The chain tracks the watermark of every input and gives
// the first operator batches whose watermarks are the minimum over the inputs that are active.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/operators/operator.hpp"

namespace levada {

class chain {
 public:
  // `specs` and `to` outlive the chain. `channels`: how many upstream channels feed each input of the first operator.
  static result<std::unique_ptr<chain>> make(std::span<const operator_spec> specs, const registry& plugins,
                                             const operator_context& common, const std::vector<uint32_t>& channels,
                                             output& to);

  // One batch from channel `channel` of input `input`. Its watermark counts for that channel only.
  status process(batch in, uint32_t input, uint32_t channel);
  // The channel has nothing to say for a while: it no longer holds the watermark back.
  status idle(uint32_t input, uint32_t channel);
  // Nothing may come out for a while: every channel is idle, or a watermark assigner of the chain says so.
  bool is_idle() const;

  status flush();
  // Hands the dirty entries of operator `index` over.
  status snapshot(size_t index, delta_writer& into);
  stream_operator& at(size_t index) { return *stages_[index]->op; }
  const operator_spec& spec(size_t index) const { return *stages_[index]->spec; }
  size_t size() const { return stages_.size(); }
  int64_t watermark() const { return merged_; }
  void restore_watermark(int64_t watermark);

  int64_t next_wake_us() const;
  status wake(int64_t now_us);

 private:
  struct stage final : output {
    void push(batch out) override;
    std::unique_ptr<stream_operator> op;
    const operator_spec* spec = nullptr;
    chain* owner = nullptr;
    size_t next = 0;
  };
  struct channel_state {
    int64_t watermark = watermark_none;
    bool idle = false;
    bool behind = false; // back from idle, not counted until it has caught up with the merged watermark
  };

  status run(size_t index, batch in, uint32_t input);
  int64_t others_minimum(uint32_t input, uint32_t channel) const;
  bool channels_idle() const;
  status advance_merged();

  std::vector<std::unique_ptr<stage>> stages_;
  std::vector<std::vector<channel_state>> channels_;
  output* to_ = nullptr;
  int64_t merged_ = watermark_none;
  status failure_; // of a later stage, raised while an earlier one was pushing
};

} // namespace levada
