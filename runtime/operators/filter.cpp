// Keeps the rows whose predicate is TRUE. Only the selection changes; a batch of which little is left is copied densely,
// so that what follows does not carry the rest along.
#include "runtime/operators/operator.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

constexpr uint32_t compact_below = 8; // fewer than one in that many rows kept

class filter final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    check(context.spec->expressions.size() == 1);
    predicate_ = context.spec->expressions[0];
    eval_ = context.eval;
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    if (in.rows > 0) {
      auto kept = std::make_shared<std::vector<uint32_t>>();
      if (auto s = evaluate_filter(*predicate_, in, in.selected(), eval_, *kept); !s.ok()) return s;
      if (kept->size() < in.selected_count()) in.selection = std::move(kept);
      uint32_t left = in.selected_count();
      if (left == 0) {
        // Nothing but time is left; and a batch without rows or news would be noise.
        if (in.watermark_after <= counters_.watermark) return {};
        batch step;
        step.watermark_before = std::max(counters_.watermark, in.watermark_before);
        step.watermark_after = in.watermark_after;
        in = std::move(step);
      } else if (left < in.rows / compact_below) {
        in = in.compacted();
      }
      counters_.rows_out += left;
    }
    counters_.watermark = in.watermark_after;
    out.push(std::move(in));
    return {};
  }

 private:
  expression_ptr predicate_;
  eval_context eval_;
};

} // namespace

void register_filter(registry& into) {
  into.add_operator("filter", [] { return std::make_unique<filter>(); });
}

} // namespace levada::operators
