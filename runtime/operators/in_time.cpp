// Drops rows whose window has ended by the event time of their own stream. In front of a join of a table with itself, where
// both sides have the same event time: each then comes to what is late by itself, and not by how far the batches of the
// other have come.
#include "runtime/operators/operator.hpp"
#include "runtime/operators/window_segments.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

class in_time final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    check(context.spec->window.kind == window_kind::attached);
    end_column_ = context.spec->window.end_column;
    alignment_ = window_alignment{context.spec->window, context.eval.session_zone};
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    counters_.watermark = in.watermark_after;
    if (in.rows > 0) select(in);
    counters_.rows_out += in.selected_count();
    out.push(std::move(in));
    return {};
  }

 private:
  void select(batch& in) {
    const column& end = *in.columns[end_column_];
    auto kept = std::make_shared<std::vector<uint32_t>>();
    in.selected().for_each([&](uint32_t row) {
      if (end.is_null(row) || alignment_.timer(end.at<int64_t>(row)) > watermark_before_row(in, row))
        kept->push_back(row);
    });
    uint64_t late = in.selected_count() - kept->size();
    if (late == 0) return;
    counters_.rows_late += late;
    in.selection = std::move(kept);
  }

  uint32_t end_column_ = 0;
  window_alignment alignment_;
};

} // namespace

void register_in_time(registry& into) {
  into.add_operator("in_time", [] { return std::make_unique<in_time>(); });
}

} // namespace levada::operators
