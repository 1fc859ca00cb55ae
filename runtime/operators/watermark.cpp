// Watermark assigner, as Flink's: the expression is computed per row, NULL is ignored, the running maximum counts, the
// row goes first and its watermark after it. The maximum starts at 0, so nothing at or before the epoch is ever emitted.
// The input's own watermarks are replaced; only its end is passed on.
//
// "interval-ms" 0 (the default) emits after every row. A longer one emits when event time advanced by more than it since
// the last emission, and after that much processing time, as Flink does.
// The watermark is state: it decides which rows were late, and must decide the same after a crash. Every instance keeps
// an entry of its own; a restart with another parallelism takes the smallest.
#include <charconv>

#include "platform/clock.hpp"
#include "runtime/operators/operator.hpp"
#include "runtime/registry.hpp"
#include "storage/delta.hpp"

namespace levada::operators {

namespace {

int64_t floor_to_ms(int64_t us) { return us >= 0 ? us / 1000 : -((-us + 999) / 1000); }

class watermark final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    const operator_spec& spec = *context.spec;
    check(spec.time_column >= 0 && spec.expressions.size() == 1);
    time_column_ = static_cast<uint32_t>(spec.time_column);
    name_ = spec.inputs.at(0).fields.at(time_column_).name;
    expression_ = spec.expressions[0];
    eval_ = context.eval;
    instance_ = context.instance;
    parallelism_ = context.parallelism;
    for (auto [key, to] : {std::pair{"interval-ms", &interval_ms_}, {"idle-timeout-ms", &idle_timeout_ms_}}) {
      auto option = spec.options.find(key);
      if (option == spec.options.end()) continue;
      const std::string& text = option->second;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *to);
      if (error != std::errc{} || end != text.data() + text.size() || *to < 0) {
        return {errc::invalid_option, "'" + std::string{key} + "' = '" + text + "': milliseconds expected"};
      }
    }
    last_row_us_ = last_emit_us_ = now_us();
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    counters_.rows_out += in.selected_count();
    bool end = in.watermark_after == watermark_end;
    if (in.rows == 0) {
      if (end) emit_step(watermark_end, out);
      return {};
    }
    last_row_us_ = now_us();
    idle_ = false;
    if (auto s = reject_null_rowtime(in); !s.ok()) return s;
    auto values = evaluate(*expression_, in, in.selected(), eval_);
    if (!values.ok()) return values.error();
    int64_t before = emitted_;
    auto steps = std::make_shared<std::vector<int64_t>>(in.rows);
    advance(**values, in, steps->data());
    in.watermark_before = before;
    in.watermarks = emitted_ > before ? std::move(steps) : nullptr;
    if (end) emitted_ = watermark_end;
    in.watermark_after = emitted_;
    counters_.watermark = emitted_;
    out.push(std::move(in));
    return {};
  }

  bool is_idle() const override { return idle_; }

  int64_t next_wake_us() const override {
    int64_t next = -1;
    if (idle_timeout_ms_ > 0 && !idle_ && emitted_ != watermark_end) next = last_row_us_ + idle_timeout_ms_ * 1000;
    if (interval_ms_ > 0 && reached_ > emitted_or_zero()) {
      int64_t at = last_emit_us_ + interval_ms_ * 1000;
      next = next < 0 ? at : std::min(next, at);
    }
    return next;
  }

  status wake(int64_t now, output& out) override {
    if (interval_ms_ > 0 && now - last_emit_us_ >= interval_ms_ * 1000) {
      last_emit_us_ = now;
      if (reached_ > emitted_or_zero()) emit_step(reached_, out);
    }
    if (idle_timeout_ms_ > 0 && now - last_row_us_ >= idle_timeout_ms_ * 1000) idle_ = true;
    return {};
  }

  status snapshot(delta_writer& delta) override {
    if (instance_ == 0) {
      for (const std::string& stale : stale_) delta.erase(0, stale);
    }
    stale_.clear();
    if (saved_emitted_ == emitted_ && saved_reached_ == reached_) return {};
    saved_emitted_ = emitted_;
    saved_reached_ = reached_;
    std::string value;
    msgpack_writer out{value};
    out.put_int(emitted_);
    out.put_int(reached_);
    delta.put(0, key_of(instance_), value);
    return {};
  }

  bool restores_all_groups() const override { return true; }

  status restore(uint16_t, std::string_view key, const std::string_view* value) override {
    if (!value) {
      entries_.erase(std::string{key});
      return {};
    }
    msgpack_reader in{*value};
    int64_t emitted = in.get_int();
    int64_t reached = in.get_int();
    if (in.ok()) entries_[std::string{key}] = {emitted, reached};
    return in.failure();
  }

  status restored() override {
    if (entries_.empty()) return {};
    bool rescaled = entries_.size() != parallelism_;
    if (auto own = entries_.find(key_of(instance_)); !rescaled && own != entries_.end()) {
      std::tie(emitted_, reached_) = own->second;
    } else {
      auto least = entries_.begin()->second;
      for (const auto& entry : entries_) least = std::min(least, entry.second);
      std::tie(emitted_, reached_) = least;
    }
    for (const auto& entry : entries_) {
      bool beyond = true;
      for (uint32_t i = 0; i < parallelism_ && beyond; ++i) beyond = entry.first != key_of(i);
      if (beyond) stale_.push_back(entry.first);
    }
    entries_.clear();
    counters_.watermark = emitted_;
    return {};
  }

 private:
  static std::string key_of(uint32_t instance) {
    std::string key;
    msgpack_writer{key}.put_uint(instance);
    return key;
  }

  int64_t now_us() const { return eval_.clock ? eval_.clock->monotonic_us() : 0; }
  int64_t emitted_or_zero() const { return std::max<int64_t>(emitted_, 0); }

  status reject_null_rowtime(const batch& in) const {
    const column& rowtime = *in.columns[time_column_];
    if (rowtime.valid().all_valid()) return {};
    row_set rows = in.selected();
    for (uint32_t i = 0; i < rows.count; ++i) {
      if (!rowtime.is_null(rows[i])) continue;
      return {errc::null_rowtime, "the event time `" + name_ + "` of a row is NULL; filter such rows out with WHERE `" +
                                      name_ +
                                      "` IS NOT NULL before the watermark, or give the column a computed default"};
    }
    return {};
  }

  // Sets steps[row] for all physical rows, and reached_ and emitted_.
  void advance(const column& values, const batch& in, int64_t* steps) {
    row_set rows = in.selected();
    int64_t largest_us = reached_us_;
    uint32_t filled = 0;
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      // Unselected rows in between do not exist for event time.
      for (; filled < row; ++filled) steps[filled] = emitted_;
      int64_t us = values.at<int64_t>(row);
      if (us > largest_us && !values.is_null(row)) {
        largest_us = us;
        reached_ = std::max(reached_, floor_to_ms(us));
        // A difference between neighbours is compared, as in Flink, so that interval 0 is "each advance".
        if (reached_ - emitted_or_zero() > interval_ms_) {
          emitted_ = reached_;
          if (interval_ms_ > 0) last_emit_us_ = last_row_us_;
        }
      }
      steps[row] = emitted_;
      filled = row + 1;
    }
    for (; filled < in.rows; ++filled) steps[filled] = emitted_;
    reached_us_ = largest_us;
  }

  void emit_step(int64_t to, output& out) {
    batch step;
    step.watermark_before = emitted_;
    step.watermark_after = emitted_ = to;
    counters_.watermark = to;
    out.push(std::move(step));
  }

  uint32_t time_column_ = 0;
  std::string name_;
  expression_ptr expression_;
  eval_context eval_;
  uint32_t instance_ = 0;
  uint32_t parallelism_ = 1;
  int64_t interval_ms_ = 0;
  int64_t idle_timeout_ms_ = 0;

  int64_t reached_ = 0;                 // running maximum
  int64_t reached_us_ = watermark_none; // the largest value of the expression seen since open
  int64_t emitted_ = watermark_none;    // what went downstream; 0 is never emitted
  int64_t last_row_us_ = 0;
  int64_t last_emit_us_ = 0;
  bool idle_ = false;

  int64_t saved_emitted_ = watermark_none;
  int64_t saved_reached_ = 0;
  std::map<std::string, std::pair<int64_t, int64_t>> entries_; // while restoring
  std::vector<std::string> stale_;                             // entries of instances that are no more
};

} // namespace

void register_watermark(registry& into) {
  into.add_operator("watermark", [] { return std::make_unique<watermark>(); });
}

} // namespace levada::operators
