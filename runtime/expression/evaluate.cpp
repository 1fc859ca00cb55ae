#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/expression/expression.hpp"
#include "runtime/expression/scatter.hpp"
#include "runtime/expression/selection.hpp"

namespace levada {

namespace {

// Cheap, and without a way to fail: such an expression may be computed on rows nobody asked for. Comparisons and sums of
// plain numbers are; what is left out is merely not computed ahead.
bool is_total(const expression& e) {
  constexpr std::array<std::string_view, 11> names = {
      "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "IS NULL", "IS NOT NULL"};
  if (e.kind == expression_kind::column || e.kind == expression_kind::literal) {
    return !e.type.is_nested() && e.type.physical() != physical_type::string;
  }
  if (e.kind != expression_kind::call || std::find(names.begin(), names.end(), e.name) == names.end()) return false;
  if (e.type.kind() == type_kind::decimal) return false;
  return std::all_of(e.args.begin(), e.args.end(), [](const auto& arg) { return is_total(*arg); });
}

bool prefer_mask(uint32_t left, uint32_t rows) { return left >= rows / 4; }

row_set as_row_set(const std::vector<uint32_t>& rows) { return {rows.data(), static_cast<uint32_t>(rows.size())}; }

// Calls f(row, truth) with truth 0 FALSE, 1 TRUE, 2 UNKNOWN.
template <class F>
void for_each_truth(const column& truths, row_set rows, F&& f) {
  rows.for_each([&](uint32_t row) { f(row, truths.is_null(row) ? 2 : truths.at<uint8_t>(row) & 1); });
}

class evaluator {
 public:
  evaluator(const batch& in, const eval_context& context) : in_(in), context_(context) { context_.input = &in; }

  result<column_ptr> value(const expression& e, row_set rows) const {
    // A batch that only carries a watermark may lack its columns: nothing is read for no rows.
    if (rows.count == 0 && e.kind != expression_kind::literal) return nothing(e);
    switch (e.kind) {
    case expression_kind::column: return in_.columns[e.index];
    case expression_kind::literal: return e.value;
    case expression_kind::call: return call(e, rows);
    case expression_kind::and_: return connective(e, rows, 0);
    case expression_kind::or_: return connective(e, rows, 1);
    case expression_kind::case_: return choice(e, rows);
    case expression_kind::coalesce: return first_not_null(e, rows);
    }
    check(false);
    return nothing(e);
  }

  // Appends the rows where `e` is TRUE.
  status filter(const expression& e, row_set rows, std::vector<uint32_t>& out) const {
    if (rows.count == 0) return {};
    if (e.kind == expression_kind::and_) return filter_all(e, rows, out);
    if (e.kind == expression_kind::or_) return filter_any(e, rows, out);
    auto truths = value(e, rows);
    if (!truths.ok()) return truths.error();
    select_true(**truths, rows, out);
    return {};
  }

 private:
  column_ptr nothing(const expression& e) const { return std::make_shared<const column>(e.type, in_.rows); }

  result<column_ptr> call(const expression& e, row_set rows) const {
    std::vector<column_ptr> values;
    std::vector<const column*> args;
    values.reserve(e.args.size());
    args.reserve(e.args.size());
    bool constant = e.deterministic;
    for (const auto& arg : e.args) {
      auto v = value(*arg, rows);
      if (!v.ok()) return v.error();
      constant = constant && (*v)->is_constant();
      args.push_back(v->get());
      values.push_back(std::move(*v));
    }
    auto out = std::make_shared<column>(constant ? column::constant(e.type) : column{e.type, in_.rows});
    kernel_args in{args, constant ? row_set{nullptr, 1} : rows, constant ? 1 : in_.rows, context_};
    if (status s = e.run(in, *out); !s.ok()) return s.at(e.name);
    return column_ptr{std::move(out)};
  }

  // AND (`decisive` FALSE) and OR (`decisive` TRUE): a row is done at its first decisive argument.
  result<column_ptr> connective(const expression& e, row_set rows, uint8_t decisive) const {
    auto out = std::make_shared<column>(e.type, in_.rows);
    auto* values = out->data<uint8_t>();
    rows.for_each([&](uint32_t row) { values[row] = 1 - decisive; });
    std::vector<uint32_t> open;
    for (const auto& arg : e.args) {
      auto truths = value(*arg, rows);
      if (!truths.ok()) return truths.error();
      std::vector<uint32_t> still_open;
      for_each_truth(**truths, rows, [&](uint32_t row, int truth) {
        if (truth == decisive) {
          values[row] = decisive;
          out->valid().set_valid(row);
          return;
        }
        if (truth == 2) out->set_null(row);
        still_open.push_back(row);
      });
      open = std::move(still_open);
      rows = as_row_set(open);
      if (rows.count == 0) break;
    }
    return column_ptr{std::move(out)};
  }

  result<column_ptr> choice(const expression& e, row_set rows) const {
    auto out = std::make_shared<column>(e.type, in_.rows);
    std::vector<uint32_t> open;
    size_t i = 0;
    for (; i + 1 < e.args.size() && rows.count > 0; i += 2) {
      auto truths = value(*e.args[i], rows);
      if (!truths.ok()) return truths.error();
      std::vector<uint32_t> taken;
      std::vector<uint32_t> rest;
      for_each_truth(**truths, rows, [&](uint32_t row, int truth) { (truth == 1 ? taken : rest).push_back(row); });
      if (status s = branch(*e.args[i + 1], as_row_set(taken), *out); !s.ok()) return s;
      open = std::move(rest);
      rows = as_row_set(open);
    }
    if (status s = branch(*e.args.back(), rows, *out); !s.ok()) return s;
    return column_ptr{std::move(out)};
  }

  result<column_ptr> first_not_null(const expression& e, row_set rows) const {
    auto first = value(*e.args[0], rows);
    if (!first.ok()) return first.error();
    std::vector<uint32_t> open;
    append_nulls(**first, rows, open);
    if (open.empty()) return first;
    auto out = std::make_shared<column>(e.type, in_.rows);
    copy_rows(**first, rows, *out);
    for (size_t i = 1; i < e.args.size() && !open.empty(); ++i) {
      auto v = value(*e.args[i], as_row_set(open));
      if (!v.ok()) return v.error();
      copy_rows(**v, as_row_set(open), *out);
      std::vector<uint32_t> still_open;
      append_nulls(**v, as_row_set(open), still_open);
      open = std::move(still_open);
    }
    return column_ptr{std::move(out)};
  }

  status branch(const expression& e, row_set rows, column& out) const {
    if (rows.count == 0) return {};
    auto v = value(e, rows);
    if (!v.ok()) return v.error();
    copy_rows(**v, rows, out);
    return {};
  }

  static void append_nulls(const column& c, row_set rows, std::vector<uint32_t>& out) {
    if (c.valid().all_valid()) return;
    rows.for_each([&](uint32_t row) {
      if (c.is_null(row)) out.push_back(row);
    });
  }

  // Predicates that are cheap and cannot fail are all computed as long as many rows are left: one pass over dense masks
  // costs less than a pass over the indices that each leaves.
  status filter_all(const expression& e, row_set rows, std::vector<uint32_t>& out) const {
    size_t next = 0;
    std::vector<uint32_t> kept;
    if (!rows.indices && is_total(*e.args[0]) && is_total(*e.args[1])) {
      std::vector<uint8_t> mask(rows.count, 1);
      uint32_t left = rows.count;
      while (next < e.args.size() && is_total(*e.args[next]) && prefer_mask(left, rows.count)) {
        auto truths = value(*e.args[next++], rows);
        if (!truths.ok()) return truths.error();
        left = and_into(**truths, mask);
      }
      select_mask(mask, kept);
      rows = as_row_set(kept);
    }
    for (; next < e.args.size(); ++next) {
      std::vector<uint32_t> rest;
      if (status s = filter(*e.args[next], rows, rest); !s.ok()) return s;
      kept = std::move(rest);
      rows = as_row_set(kept);
    }
    out.insert(out.end(), kept.begin(), kept.end());
    return {};
  }

  status filter_any(const expression& e, row_set rows, std::vector<uint32_t>& out) const {
    std::vector<uint32_t> found;
    std::vector<uint32_t> open;
    for (const auto& arg : e.args) {
      std::vector<uint32_t> kept;
      if (status s = filter(*arg, rows, kept); !s.ok()) return s;
      std::vector<uint32_t> rest;
      size_t k = 0;
      rows.for_each([&](uint32_t row) {
        if (k < kept.size() && kept[k] == row) {
          ++k;
        } else {
          rest.push_back(row);
        }
      });
      std::vector<uint32_t> merged(found.size() + kept.size());
      std::merge(found.begin(), found.end(), kept.begin(), kept.end(), merged.begin());
      found = std::move(merged);
      open = std::move(rest);
      rows = as_row_set(open);
    }
    out.insert(out.end(), found.begin(), found.end());
    return {};
  }

  const batch& in_;
  eval_context context_;
};

} // namespace

result<column_ptr> evaluate(const expression& e, const batch& in, row_set rows, const eval_context& context) {
  return evaluator{in, context}.value(e, rows);
}

status evaluate_filter(const expression& e, const batch& in, row_set rows, const eval_context& context,
                       std::vector<uint32_t>& out) {
  out.clear();
  return evaluator{in, context}.filter(e, rows, out);
}

result<column_ptr> evaluate_constant(const expression& e, const eval_context& context) {
  batch one;
  one.rows = 1;
  auto v = evaluate(e, one, {nullptr, 1}, context);
  if (!v.ok() || (*v)->is_constant()) return v;
  auto out = std::make_shared<column>(column::constant(e.type));
  copy_rows(**v, {nullptr, 1}, *out);
  return column_ptr{std::move(out)};
}

} // namespace levada
