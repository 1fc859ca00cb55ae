// GROUP BY window: feeds rows to a window engine in segments between which windows fire.
#include "runtime/operators/window_engine.hpp"
#include "runtime/operators/window_segments.hpp"
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
    counters_.rows_in += in.selected_count();
    advance(in.watermark_before, out);
    segments_.cut(
        in, [&](row_set rows, uint32_t from) { return engine_->next_firing_row(in, rows, from); },
        [&](row_set rows) { engine_->add(in, rows); },
        [&](uint32_t row) {
          // What fires now lies behind the steps before it.
          groups_.advance(watermark_before_row(in, row));
          advance(in.watermark_at(row), out);
        });
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
  void advance(int64_t watermark, output& out) {
    if (watermark <= counters_.watermark) return;
    counters_.watermark = watermark;
    engine_->advance(watermark, out);
    groups_.advance(watermark);
  }

  window_groups groups_;
  std::unique_ptr<window_engine> engine_;
  window_segments segments_;
};

} // namespace

void register_window_aggregate(registry& into) {
  into.add_operator("window_aggregate", [] { return std::make_unique<window_aggregate>(); });
}

} // namespace levada::operators
