// GROUP BY window: feeds rows to a window engine in segments between which windows fire, so that every row meets the
// windows exactly as if it had come alone. A batch within which nothing fires is one segment and costs one comparison.
#include <numeric>

#include "runtime/operators/window_engine.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

class window_aggregate final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    if (auto s = groups_.open(context, counters_); !s.ok()) return s;
    switch (context.spec->window.kind) {
    case window_kind::tumble:
    case window_kind::hop:
    case window_kind::cumulate: engine_ = make_slice_windows(groups_); break;
    case window_kind::attached: engine_ = make_attached_windows(groups_); break;
    case window_kind::session: engine_ = make_session_windows(groups_); break;
    }
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    row_set all = in.selected();
    counters_.rows_in += all.count;
    advance(in.watermark_before, out);
    uint32_t next = 0; // index into the selection
    for (uint32_t from = 0; from < in.rows;) {
      row_set left = rows_from(all, next, from, in.rows);
      uint32_t firing = engine_->next_firing_row(in, left, from);
      uint32_t count = left.count;
      if (firing < in.rows) {
        count = 0;
        while (count < left.count && left[count] <= firing) ++count;
      }
      if (count > 0) engine_->add(in, {left.indices, count});
      if (firing >= in.rows) break;
      // What fires now lies behind the steps before it.
      groups_.advance(watermark_before_row(in, firing));
      advance(in.watermark_at(firing), out);
      next += count;
      from = firing + 1;
    }
    advance(in.watermark_after, out);
    groups_.flush(out);
    return {};
  }

  status snapshot(delta_writer& delta) override {
    engine_->snapshot(delta);
    return {};
  }

  bool restores_all_groups() const override { return true; }

  status restore(uint16_t key_group, std::string_view key, const std::string_view* value) override {
    return engine_->restore(key_group, key, value);
  }

  status restored() override {
    engine_->restored();
    return {};
  }

 private:
  // The selected rows from physical row `from` on, which is number `next` of them.
  row_set rows_from(row_set all, uint32_t next, uint32_t from, uint32_t rows) {
    if (all.indices) return {all.indices + next, all.count - next};
    if (from == 0) return all;
    if (identity_.size() < rows) {
      identity_.resize(rows);
      std::iota(identity_.begin(), identity_.end(), 0u);
    }
    return {identity_.data() + from, rows - from};
  }

  void advance(int64_t watermark, output& out) {
    if (watermark <= counters_.watermark) return;
    counters_.watermark = watermark;
    engine_->advance(watermark, out);
    groups_.advance(watermark);
  }

  window_groups groups_;
  std::unique_ptr<window_engine> engine_;
  std::vector<uint32_t> identity_;
};

} // namespace

void register_window_aggregate(registry& into) {
  into.add_operator("window_aggregate", [] { return std::make_unique<window_aggregate>(); });
}

} // namespace levada::operators
