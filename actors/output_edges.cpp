#include "actors/output_edges.hpp"

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
  for (size_t i = 0; i + 1 < fans_.size(); ++i) send(fans_[i], out);
  // The last edge takes the batch itself, so that columns without other readers die with it.
  send(fans_.back(), std::move(out));
}

void output_edges::send(const fan& to, batch out) {
  if (to.count > 1 && to.kind == exchange::hash) {
    send_split(to, out);
  } else {
    check(to.count == 1);
    offer(to.first_slot, std::move(out));
  }
}

// Every receiver gets the same columns and watermarks under a selection of its own: nothing is copied, and each sees
// event time advance by the rows that went elsewhere too.
void output_edges::send_split(const fan& to, const batch& out) {
  row_set rows = out.selected();
  std::vector<std::shared_ptr<std::vector<uint32_t>>> selections(to.count);
  for (auto& s : selections) s = std::make_shared<std::vector<uint32_t>>();
  if (rows.count > 0) {
    hashes_.resize(rows.count);
    hash_keys(out, to.keys, rows, hashes_.data());
    for (uint32_t i = 0; i < rows.count; ++i) {
      selections[instance_of(key_group_of(hashes_[i]), to.count)]->push_back(rows[i]);
    }
  }
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
    offer(to.first_slot + i, std::move(part));
  }
}

void output_edges::offer(uint32_t slot, batch out) {
  channel& to = channels_[slot];
  to.watermark = out.watermark_after;
  if (to.held.empty() && to.credits > 0) {
    --to.credits;
    post_(slot, {to.to.input, to.to.channel, std::move(out)});
    return;
  }
  to.held.emplace_back(std::move(out));
  ++held_batches_;
}

void output_edges::control(const stream_payload& payload) {
  for (uint32_t slot = 0; slot < channels_.size(); ++slot) {
    channel& to = channels_[slot];
    if (to.held.empty()) {
      post_(slot, {to.to.input, to.to.channel, payload});
    } else {
      to.held.push_back(payload);
    }
  }
}

void output_edges::grant(uint32_t slot, uint32_t credits) {
  channel& to = channels_[slot];
  to.credits += credits;
  check(to.credits <= credits_per_channel);
  while (!to.held.empty()) {
    bool is_batch = std::holds_alternative<batch>(to.held.front());
    if (is_batch && to.credits == 0) return;
    if (is_batch) {
      --to.credits;
      --held_batches_;
    }
    stream_payload payload = std::move(to.held.front());
    to.held.pop_front();
    post_(slot, {to.to.input, to.to.channel, std::move(payload)});
  }
}

} // namespace levada
