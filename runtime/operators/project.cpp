// Computes one output column per expression; a plain column reference shares the input's column.
#include "runtime/operators/operator.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

class project final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    expressions_ = context.spec->expressions;
    eval_ = context.eval;
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    counters_.rows_out += in.selected_count();
    counters_.watermark = in.watermark_after;
    std::vector<column_ptr> computed;
    if (in.rows > 0) {
      computed.reserve(expressions_.size());
      for (const auto& e : expressions_) {
        if (e->kind == expression_kind::column) {
          computed.push_back(in.columns[e->index]);
          continue;
        }
        auto value = evaluate(*e, in, in.selected(), eval_);
        if (!value.ok()) return value.error();
        computed.push_back(std::move(*value));
      }
    }
    in.columns = std::move(computed);
    out.push(std::move(in));
    return {};
  }

 private:
  std::vector<expression_ptr> expressions_;
  eval_context eval_;
};

} // namespace

void register_project(registry& into) {
  into.add_operator("project", [] { return std::make_unique<project>(); });
}

} // namespace levada::operators
