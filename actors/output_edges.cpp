#include "actors/output_edges.hpp"

#include <array>

#include "runtime/operators/key_hash.hpp"

namespace levada {

void output_edges::add_edge(exchange kind, std::vector<uint32_t> keys, const std::vector<receiver>& receivers) {
  check(!receivers.empty());
  fans_.push_back(
      {kind, std::move(keys), static_cast<uint32_t>(channels_.size()), static_cast<uint32_t>(receivers.size())});
  for (const auto& to : receivers) channels_.push_back({to, credits_per_channel, {}, watermark_none});
}

void output_edges::push(batch out) {
  rows_ += out.selected_count();
  ++batches_;
  if (fans_.empty()) return;
  const loan memory = budget_ ? std::make_shared<const memory_loan>(*budget_, out.memory_bytes()) : nullptr;
  for (size_t i = 0; i + 1 < fans_.size(); ++i) send(fans_[i], out, memory);
  // The last edge takes the batch itself, so that columns without other readers die with it.
  send(fans_.back(), std::move(out), memory);
}

void output_edges::send(const fan& to, batch out, const loan& memory) {
  if (to.count > 1 && to.kind == exchange::hash) {
    send_split(to, out, memory);
  } else {
    check(to.count == 1);
    offer(to.first_slot, std::move(out), memory);
  }
}

// Every receiver gets the same columns and watermarks under a selection of its own: nothing is copied, and each sees
// event time advance by the rows that went elsewhere too.
void output_edges::send_split(const fan& to, const batch& out, const loan& memory) {
  row_set rows = out.selected();
  hashes_.resize(rows.count);
  targets_.resize(rows.count);
  hash_keys(out, to.keys, rows, hashes_.data());
  std::array<uint32_t, key_groups> counts{};
  for (uint32_t i = 0; i < rows.count; ++i) {
    targets_[i] = static_cast<uint8_t>(instance_of(key_group_of(hashes_[i]), to.count));
    ++counts[targets_[i]];
  }
  std::vector<std::shared_ptr<std::vector<uint32_t>>> selections(to.count);
  std::array<uint32_t*, key_groups> ends{};
  for (uint32_t i = 0; i < to.count; ++i) {
    selections[i] = std::make_shared<std::vector<uint32_t>>(counts[i]);
    ends[i] = selections[i]->data();
  }
  for (uint32_t i = 0; i < rows.count; ++i) *ends[targets_[i]]++ = rows[i];
  for (uint32_t i = 0; i < to.count; ++i) {
    batch part;
    part.watermark_before = out.watermark_before;
    part.watermark_after = out.watermark_after;
    if (!selections[i]->empty()) {
      part = out;
      part.selection = std::move(selections[i]);
    } else if (part.watermark_after <= channels_[to.first_slot + i].watermark) {
      continue; // no rows and no news
    } else {
      part.watermark_before = part.watermark_after;
    }
    offer(to.first_slot + i, std::move(part), memory);
  }
}

void output_edges::offer(uint32_t slot, batch out, const loan& memory) {
  channel& to = channels_[slot];
  to.watermark = out.watermark_after;
  if (to.held.empty() && to.credits > 0) {
    --to.credits;
    post_(slot, {to.to.input, to.to.channel, std::move(out), memory});
    return;
  }
  to.held.push_back({to.to.input, to.to.channel, std::move(out), memory});
  ++held_batches_;
  if (memory) held_bytes_ += memory->bytes();
}

void output_edges::control(const stream_payload& payload) {
  for (uint32_t slot = 0; slot < channels_.size(); ++slot) {
    channel& to = channels_[slot];
    stream_element element{to.to.input, to.to.channel, payload, nullptr};
    if (to.held.empty()) {
      post_(slot, std::move(element));
    } else {
      to.held.push_back(std::move(element));
    }
  }
}

void output_edges::grant(uint32_t slot, uint32_t credits) {
  channel& to = channels_[slot];
  to.credits += credits;
  check(to.credits <= credits_per_channel);
  while (!to.held.empty()) {
    bool is_batch = to.held.front().is_batch();
    if (is_batch && to.credits == 0) return;
    if (is_batch) {
      --to.credits;
      --held_batches_;
      if (const auto& memory = to.held.front().memory) held_bytes_ -= memory->bytes();
    }
    stream_element element = std::move(to.held.front());
    to.held.pop_front();
    post_(slot, std::move(element));
  }
}

} // namespace levada
