#include "runtime/chain.hpp"

#include <algorithm>
#include <utility>

#include "runtime/registry.hpp"

namespace levada {

void chain::stage::push(batch out) {
  if (!owner->failure_.ok()) return;
  auto s = owner->run(next, std::move(out), 0);
  if (!s.ok()) owner->failure_ = std::move(s);
}

result<std::unique_ptr<chain>> chain::make(std::span<const operator_spec> specs, const registry& plugins,
                                           const operator_context& common, const std::vector<uint32_t>& channels,
                                           output& to) {
  auto made = std::make_unique<chain>();
  made->to_ = &to;
  for (uint32_t count : channels) made->channels_.emplace_back(count);
  for (const auto& spec : specs) {
    auto one = std::make_unique<stage>();
    if (auto* user = plugins.find_table_function(spec.kind)) {
      one->op = user->factory();
    } else {
      auto* factory = plugins.find_operator(spec.kind);
      if (!factory) return status{errc::unknown_name, "no operator is registered as '" + spec.kind + "'"};
      one->op = (*factory)();
    }
    one->spec = &spec;
    one->owner = made.get();
    one->next = made->stages_.size() + 1;
    auto context = common;
    context.spec = &spec;
    context.functions = &plugins;
    if (auto s = one->op->open(context); !s.ok()) return s.at(spec.id);
    made->stages_.push_back(std::move(one));
  }
  return made;
}

status chain::run(size_t index, batch in, uint32_t input) {
  if (index == stages_.size()) {
    to_->push(std::move(in));
    return {};
  }
  stage& here = *stages_[index];
  if (auto s = here.op->process(std::move(in), input, here); !s.ok()) return s.at(here.spec->id);
  return std::exchange(failure_, {});
}

int64_t chain::others_minimum(uint32_t input, uint32_t channel) const {
  int64_t minimum = watermark_end;
  for (uint32_t i = 0; i < channels_.size(); ++i) {
    for (uint32_t c = 0; c < channels_[i].size(); ++c) {
      const auto& state = channels_[i][c];
      if ((i == input && c == channel) || state.idle || state.behind) continue;
      minimum = std::min(minimum, state.watermark);
    }
  }
  return minimum;
}

status chain::process(batch in, uint32_t input, uint32_t channel) {
  auto& state = channels_[input][channel];
  if (std::exchange(state.idle, false)) state.behind = true;
  state.watermark = std::max(state.watermark, in.watermark_after);
  if (state.watermark >= merged_) state.behind = false;
  // While the only active channel is catching up, event time stands where it is.
  int64_t limit = state.behind ? merged_ : others_minimum(input, channel);
  if (limit >= in.watermark_after && in.watermark_before >= merged_) {
    merged_ = std::max(merged_, in.watermark_after);
    return run(0, std::move(in), input);
  }
  // The merged watermark moves only as far as the other channels allow, and never back.
  auto merge = [&](int64_t w) { return std::max(merged_, std::min(w, limit)); };
  if (in.watermarks) {
    auto capped = std::make_shared<std::vector<int64_t>>(*in.watermarks);
    for (int64_t& w : *capped) w = merge(w);
    in.watermarks = std::move(capped);
  }
  in.watermark_before = merge(in.watermark_before);
  in.watermark_after = merge(in.watermark_after);
  merged_ = in.watermark_after;
  return run(0, std::move(in), input);
}

status chain::idle(uint32_t input, uint32_t channel) {
  auto& state = channels_[input][channel];
  if (state.idle) return {};
  state.idle = true;
  return advance_merged();
}

bool chain::is_idle() const {
  if (channels_idle()) return true;
  return std::any_of(stages_.begin(), stages_.end(), [](const auto& s) { return s->op->is_idle(); });
}

bool chain::channels_idle() const {
  return std::all_of(channels_.begin(), channels_.end(), [](const auto& input) {
    return std::all_of(input.begin(), input.end(), [](const channel_state& c) { return c.idle; });
  });
}

// A channel that held the minimum went idle: the minimum of the rest counts; when none is left, the maximum seen is
// flushed (Flink's StatusWatermarkValve).
status chain::advance_merged() {
  int64_t reached = others_minimum(UINT32_MAX, 0);
  if (channels_idle()) {
    reached = watermark_none;
    for (const auto& input : channels_) {
      for (const auto& c : input) reached = std::max(reached, c.watermark);
    }
  }
  if (reached <= merged_) return {};
  batch step;
  step.watermark_before = merged_;
  step.watermark_after = reached;
  merged_ = reached;
  return run(0, std::move(step), 0);
}

void chain::restore_watermark(int64_t watermark) {
  merged_ = watermark;
  for (auto& input : channels_) {
    for (auto& c : input) c.watermark = watermark;
  }
}

status chain::flush() {
  for (auto& s : stages_) {
    if (auto failed = s->op->flush(*s); !failed.ok()) return failed.at(s->spec->id);
    if (!failure_.ok()) return std::exchange(failure_, {});
  }
  return {};
}

status chain::snapshot(size_t index, delta_writer& into) { return stages_[index]->op->snapshot(into); }

int64_t chain::next_wake_us() const {
  int64_t next = -1;
  for (const auto& s : stages_) {
    int64_t at = s->op->next_wake_us();
    if (at >= 0 && (next < 0 || at < next)) next = at;
  }
  return next;
}

status chain::wake(int64_t now_us) {
  for (auto& s : stages_) {
    int64_t at = s->op->next_wake_us();
    if (at < 0 || at > now_us) continue;
    if (auto failed = s->op->wake(now_us, *s); !failed.ok()) return failed.at(s->spec->id);
    if (!failure_.ok()) return std::exchange(failure_, {});
  }
  return {};
}

} // namespace levada
