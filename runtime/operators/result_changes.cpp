#include "runtime/operators/result_changes.hpp"

#include <algorithm>

namespace levada {

namespace {

template <class T>
void compare_column(const column& c, std::span<const uint32_t> before, uint32_t after, uint8_t* changed) {
  const T* values = c.data<T>();
  if (c.valid().all_valid()) {
    for (uint32_t i = 0; i < before.size(); ++i) {
      if (before[i] != result_changes::none) changed[i] |= !(values[before[i]] == values[after + i]);
    }
    return;
  }
  for (uint32_t i = 0; i < before.size(); ++i) {
    if (before[i] == result_changes::none) continue;
    bool was_null = c.is_null(before[i]);
    bool is_null = c.is_null(after + i);
    changed[i] |= was_null != is_null || (!is_null && !(values[before[i]] == values[after + i]));
  }
}

void compare_column(const column& c, std::span<const uint32_t> before, uint32_t after, uint8_t* changed) {
  switch (c.type().physical()) {
  case physical_type::u8: return compare_column<uint8_t>(c, before, after, changed);
  case physical_type::i8: return compare_column<int8_t>(c, before, after, changed);
  case physical_type::i16: return compare_column<int16_t>(c, before, after, changed);
  case physical_type::i32: return compare_column<int32_t>(c, before, after, changed);
  case physical_type::i64: return compare_column<int64_t>(c, before, after, changed);
  case physical_type::f32: return compare_column<float>(c, before, after, changed);
  case physical_type::f64: return compare_column<double>(c, before, after, changed);
  case physical_type::i128: return compare_column<int128>(c, before, after, changed);
  case physical_type::string: return compare_column<string_ref>(c, before, after, changed);
  default:
    // Nested results (of a user's aggregate) count as changed.
    std::fill_n(changed, before.size(), uint8_t{1});
  }
}

} // namespace

void result_changes::open(const operator_spec& spec, const group_table& keys, uint32_t key_columns,
                          uint32_t batch_rows) {
  spec_ = &spec;
  keys_ = &keys;
  key_columns_ = key_columns;
  batch_rows_ = batch_rows;
  clear();
}

void result_changes::clear() {
  changes_.clear();
  results_.clear();
  for (size_t i = key_columns_; i < spec_->output.fields.size(); ++i) {
    results_.emplace_back(spec_->output.fields[i].type);
  }
}

void result_changes::compare(std::span<const uint32_t> before, uint32_t after, std::vector<uint8_t>& changed) const {
  changed.assign(before.size(), 0);
  for (const column& c : results_) compare_column(c, before, after, changed.data());
}

void result_changes::add(uint32_t id, uint32_t before, uint32_t after, bool changed, uint32_t row) {
  if (before == none) {
    if (after != none) changes_.push_back({id, after, row, row_kind::insert});
  } else if (after == none) {
    changes_.push_back({id, before, row, row_kind::erase});
  } else if (changed) {
    if (spec_->emit_update_before) changes_.push_back({id, before, row, row_kind::update_before});
    changes_.push_back({id, after, row, row_kind::update_after});
  }
}

batch result_changes::build(std::span<const change> part) const {
  batch made;
  made.rows = static_cast<uint32_t>(part.size());
  scratch_.resize(part.size());
  for (size_t i = 0; i < part.size(); ++i) scratch_[i] = part[i].id;
  for (uint32_t k = 0; k < key_columns_; ++k) {
    column keys{spec_->output.fields[k].type};
    keys.reserve(made.rows);
    keys_->append_keys(scratch_, k, keys);
    made.columns.push_back(std::make_shared<const column>(std::move(keys)));
  }
  for (size_t i = 0; i < part.size(); ++i) scratch_[i] = part[i].result;
  for (const column& c : results_) made.columns.push_back(std::make_shared<const column>(gather(c, scratch_)));
  if (std::any_of(part.begin(), part.end(), [](const change& c) { return c.kind != row_kind::insert; })) {
    auto kinds = std::make_shared<std::vector<row_kind>>(part.size());
    for (size_t i = 0; i < part.size(); ++i) (*kinds)[i] = part[i].kind;
    made.kinds = std::move(kinds);
  }
  return made;
}

uint32_t result_changes::emit(const batch& in, output& out) {
  auto total = static_cast<uint32_t>(changes_.size());
  auto before_row = [&](uint32_t row) { return row == 0 ? in.watermark_before : in.watermark_at(row - 1); };
  for (uint32_t from = 0; from < total; from += batch_rows_) {
    uint32_t count = std::min(batch_rows_, total - from);
    std::span part{changes_.data() + from, count};
    batch made = build(part);
    made.watermark_before = before_row(part[0].row);
    made.watermark_after = made.watermark_before;
    if (in.watermarks) {
      auto steps = std::make_shared<std::vector<int64_t>>(count);
      for (uint32_t i = 0; i + 1 < count; ++i) (*steps)[i] = before_row(part[i + 1].row);
      if (from + count < total) steps->back() = before_row(changes_[from + count].row);
      else steps->back() = before_row(part.back().row);
      made.watermark_after = steps->back();
      made.watermarks = std::move(steps);
    }
    out.push(std::move(made));
  }
  clear();
  return total;
}

uint32_t result_changes::emit(int64_t before, int64_t after, output& out) {
  auto total = static_cast<uint32_t>(changes_.size());
  for (uint32_t from = 0; from < total; from += batch_rows_) {
    uint32_t count = std::min(batch_rows_, total - from);
    batch made = build({changes_.data() + from, count});
    made.watermark_before = before;
    made.watermark_after = from + count < total ? before : after;
    out.push(std::move(made));
  }
  clear();
  return total;
}

} // namespace levada
