// UNION ALL whose inputs are all made from one: a row goes through every branch whose predicate it passes, before the next
// row does. So event time moves between rows only, and what is late does not depend on how the input was batched, as it
// would if the branches were streams of their own.
#include <limits>

#include "runtime/operators/operator.hpp"
#include "runtime/operators/window_segments.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

// Of one branch and batch: the rows that pass, and their values.
struct branch_rows {
  std::vector<uint32_t> kept;
  std::vector<column_ptr> columns;
  size_t next = 0; // in kept
};

class branches final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    spec_ = context.spec;
    eval_ = context.eval;
    batch_rows_ = context.batch_rows;
    check(spec_->expressions.size() % stride() == 0);
    made_ = std::make_unique<batch_builder>(spec_->output, watermark_none);
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    if (in.rows > 0) {
      std::vector<branch_rows> all(spec_->expressions.size() / stride());
      for (size_t b = 0; b < all.size(); ++b) {
        if (auto s = compute(in, b, all[b]); !s.ok()) return s;
      }
      emit(in, all, out);
    }
    made_->advance(in.watermark_after);
    counters_.watermark = made_->watermark();
    // The end of input passes even when it is no news.
    if (made_->has_news() || in.rows == 0) push(out);
    return {};
  }

 private:
  // A predicate and the columns.
  size_t stride() const { return spec_->output.size() + 1; }

  status compute(const batch& in, size_t branch, branch_rows& into) const {
    const auto* expressions = &spec_->expressions[branch * stride()];
    if (auto s = evaluate_filter(*expressions[0], in, in.selected(), eval_, into.kept); !s.ok()) return s;
    if (into.kept.empty()) return {};
    row_set rows{into.kept.data(), static_cast<uint32_t>(into.kept.size())};
    for (size_t c = 1; c < stride(); ++c) {
      auto value = evaluate(*expressions[c], in, rows, eval_);
      if (!value.ok()) return value.error();
      into.columns.push_back(std::move(*value));
    }
    return {};
  }

  void emit(const batch& in, std::vector<branch_rows>& all, output& out) {
    constexpr uint32_t none = std::numeric_limits<uint32_t>::max();
    while (true) {
      uint32_t row = none;
      for (const auto& b : all)
        if (b.next < b.kept.size()) row = std::min(row, b.kept[b.next]);
      if (row == none) return;
      made_->advance(watermark_before_row(in, row));
      for (auto& b : all) {
        if (b.next == b.kept.size() || b.kept[b.next] != row) continue;
        ++b.next;
        for (uint32_t c = 0; c < b.columns.size(); ++c) made_->at(c).push_from(*b.columns[c], row);
        made_->end_row(in.kind(row));
        if (made_->rows() == batch_rows_) push(out);
      }
    }
  }

  void push(output& out) {
    batch made = made_->take();
    // A pure watermark step carries no columns.
    if (made.rows == 0) made.columns.clear();
    counters_.rows_out += made.rows;
    out.push(std::move(made));
  }

  const operator_spec* spec_ = nullptr;
  eval_context eval_;
  uint32_t batch_rows_ = batch_rows_default;
  std::unique_ptr<batch_builder> made_;
};

} // namespace

void register_branches(registry& into) {
  into.add_operator("branches", [] { return std::make_unique<branches>(); });
}

} // namespace levada::operators
