// FROM TABLE(TUMBLE | HOP | CUMULATE(...)) by itself: every row once per window it belongs to, with window_start, window_end
// and window_time behind its columns. Rows without an event time are dropped; none is late here. The windows of HOP come
// latest first, those of CUMULATE shortest first, as in Flink.
#include "runtime/operators/operator.hpp"
#include "runtime/operators/window_segments.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

class window_table final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    const window_spec& window = context.spec->window;
    check(window.kind != window_kind::session && window.kind != window_kind::attached);
    alignment_ = window_alignment{window, context.eval.session_zone};
    time_column_ = window.time_column;
    batch_rows_ = context.batch_rows;
    const auto& fields = context.spec->output.fields;
    for (int k = 0; k < 3; ++k) types_[k] = fields[fields.size() - 3 + static_cast<size_t>(k)].type;
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    if (has_one_window_a_row(in)) {
      attach(std::move(in), out);
      return {};
    }
    if (in.rows > 0) {
      expand(in);
      for (uint32_t from = 0; from < sources_.size(); from += batch_rows_) emit(in, from, out);
      counters_.rows_out += sources_.size();
    }
    if (in.rows == 0 || in.watermark_after > counters_.watermark) {
      batch step;
      step.watermark_before = counters_.watermark;
      step.watermark_after = counters_.watermark = std::max(counters_.watermark, in.watermark_after);
      out.push(std::move(step));
    }
    return {};
  }

 private:
  bool has_one_window_a_row(const batch& in) const {
    if (in.rows == 0 || alignment_.kind() != window_kind::tumble) return false;
    return in.columns[time_column_]->valid().all_valid() && in.watermark_before >= counters_.watermark;
  }

  // The batch itself, wider by three columns: nothing is copied.
  void attach(batch in, output& out) {
    const column& time = *in.columns[time_column_];
    column bounds[3] = {column{types_[0], in.rows}, column{types_[1], in.rows}, column{types_[2], in.rows}};
    int64_t start = 0;
    int64_t end = 0;
    in.selected().for_each([&](uint32_t row) {
      int64_t at = alignment_.local(time.at<int64_t>(row));
      if (at < start || at >= end) {
        end = alignment_.slice_end(at);
        start = alignment_.window_start(end);
      }
      set_bounds(bounds, row, start, end);
    });
    for (column& c : bounds) in.columns.push_back(std::make_shared<const column>(std::move(c)));
    counters_.rows_out += in.selected_count();
    counters_.watermark = in.watermark_after;
    out.push(std::move(in));
  }

  void set_bounds(column* bounds, uint32_t row, int64_t start, int64_t end) const {
    int64_t time = end - us_per_ms;
    bounds[0].data<int64_t>()[row] = start;
    bounds[1].data<int64_t>()[row] = end;
    bounds[2].data<int64_t>()[row] = types_[2].kind() == type_kind::timestamp_ltz ? alignment_.instant(time) : time;
  }

  void expand(const batch& in) {
    const column& time = *in.columns[time_column_];
    sources_.clear();
    ends_.clear();
    in.selected().for_each([&](uint32_t row) {
      if (time.is_null(row)) return;
      int64_t slice = alignment_.slice_end(alignment_.local(time.at<int64_t>(row)));
      int64_t last = alignment_.last_window_end(slice);
      if (alignment_.kind() == window_kind::hop) {
        for (int64_t end = last; end >= slice; end -= alignment_.slice_us()) add(row, end);
      } else {
        for (int64_t end = slice; end <= last; end += alignment_.slice_us()) add(row, end);
      }
    });
  }

  void add(uint32_t row, int64_t end) {
    sources_.push_back(row);
    ends_.push_back(end);
  }

  void emit(const batch& in, uint32_t from, output& out) {
    auto total = static_cast<uint32_t>(sources_.size());
    uint32_t count = std::min(batch_rows_, total - from);
    std::span<const uint32_t> rows{sources_.data() + from, count};
    batch made;
    made.rows = count;
    for (const auto& c : in.columns) {
      made.columns.push_back(c->is_constant() ? c : std::make_shared<const column>(gather(*c, rows)));
    }
    column bounds[3] = {column{types_[0], count}, column{types_[1], count}, column{types_[2], count}};
    for (uint32_t i = 0; i < count; ++i) {
      set_bounds(bounds, i, alignment_.window_start(ends_[from + i]), ends_[from + i]);
    }
    for (column& c : bounds) made.columns.push_back(std::make_shared<const column>(std::move(c)));
    if (in.kinds) {
      auto kinds = std::make_shared<std::vector<row_kind>>(count);
      for (uint32_t i = 0; i < count; ++i) (*kinds)[i] = in.kind(rows[i]);
      made.kinds = std::move(kinds);
    }
    made.watermark_before = std::max(counters_.watermark, watermark_before_row(in, rows[0]));
    made.watermark_after = made.watermark_before;
    if (in.watermarks) {
      auto steps = std::make_shared<std::vector<int64_t>>(count);
      for (uint32_t i = 0; i < count; ++i) {
        uint32_t following = from + i + 1;
        uint32_t row = following < total ? sources_[following] : rows[i];
        (*steps)[i] = std::max(made.watermark_before, watermark_before_row(in, row));
      }
      made.watermark_after = steps->back();
      made.watermarks = std::move(steps);
    }
    counters_.watermark = made.watermark_after;
    out.push(std::move(made));
  }

  window_alignment alignment_;
  uint32_t time_column_ = 0;
  uint32_t batch_rows_ = batch_rows_default;
  data_type types_[3];
  std::vector<uint32_t> sources_; // physical row of each output row
  std::vector<int64_t> ends_;     // and its window
};

} // namespace

void register_window_table(registry& into) {
  into.add_operator("window_table", [] { return std::make_unique<window_table>(); });
}

} // namespace levada::operators
