#include "runtime/batch.hpp"

#include <algorithm>

namespace levada {

std::string_view to_string(row_kind kind) {
  constexpr std::string_view texts[] = {"+I", "-U", "+U", "-D"};
  return texts[static_cast<size_t>(kind)];
}

uint32_t batch::first_row_reaching(int64_t time, uint32_t from) const {
  if (!watermarks) return watermark_before >= time ? from : rows;
  auto begin = watermarks->begin();
  return static_cast<uint32_t>(std::lower_bound(begin + from, watermarks->end(), time) - begin);
}

batch batch::compacted() const {
  if (!selection) return *this;
  batch dense;
  dense.rows = selected_count();
  dense.watermark_before = watermark_before;
  dense.watermark_after = watermark_after;
  dense.columns.reserve(columns.size());
  for (const auto& c : columns) {
    dense.columns.push_back(c->is_constant() ? c : std::make_shared<const column>(gather(*c, *selection)));
  }
  if (kinds) {
    auto kept = std::make_shared<std::vector<row_kind>>();
    kept->reserve(dense.rows);
    for (uint32_t row : *selection) kept->push_back((*kinds)[row]);
    dense.kinds = std::move(kept);
  }
  if (watermarks && dense.rows > 0) {
    auto kept = std::make_shared<std::vector<int64_t>>(dense.rows);
    for (uint32_t i = 0; i + 1 < dense.rows; ++i) (*kept)[i] = (*watermarks)[(*selection)[i + 1] - 1];
    kept->back() = watermark_after;
    // What rows before the first kept one advanced is a step before the batch.
    uint32_t first = selection->front();
    if (first > 0) dense.watermark_before = std::max(dense.watermark_before, (*watermarks)[first - 1]);
    dense.watermarks = std::move(kept);
  }
  return dense;
}

size_t batch::memory_bytes() const {
  size_t bytes = sizeof *this;
  for (const auto& c : columns) bytes += c->memory_bytes();
  if (selection) bytes += selection->size() * sizeof(uint32_t);
  if (kinds) bytes += kinds->size();
  if (watermarks) bytes += watermarks->size() * sizeof(int64_t);
  return bytes;
}

void batch::verify() const {
  for (const auto& c : columns) check(c && (c->is_constant() || c->size() >= rows));
  if (selection) {
    for (size_t i = 0; i < selection->size(); ++i) {
      check((*selection)[i] < rows && (i == 0 || (*selection)[i] > (*selection)[i - 1]));
    }
  }
  if (kinds) check(kinds->size() >= rows);
  if (watermarks) {
    check(watermarks->size() == rows);
    int64_t last = watermark_before;
    for (int64_t w : *watermarks) {
      check(w >= last);
      last = w;
    }
    check(watermark_after >= last);
  }
  check(watermark_after >= watermark_before);
}

batch_builder::batch_builder(const schema& shape, int64_t watermark)
    : shape_(&shape), before_(watermark), watermark_(watermark), sent_(watermark) {
  columns_.reserve(shape.fields.size());
  for (const auto& f : shape.fields) columns_.emplace_back(f.type);
}

void batch_builder::end_rows(uint32_t count) {
  if (!kinds_.empty()) kinds_.insert(kinds_.end(), count, row_kind::insert);
  if (!steps_.empty()) steps_.insert(steps_.end(), count, watermark_);
  rows_ += count;
}

void batch_builder::advance(int64_t watermark) {
  if (watermark <= watermark_) return;
  watermark_ = watermark;
  if (rows_ == 0) {
    before_ = watermark;
    return;
  }
  if (steps_.empty()) steps_.assign(rows_, before_);
  steps_.back() = watermark;
}

batch batch_builder::take() {
  batch out;
  out.rows = rows_;
  for (auto& c : columns_) {
    check(c.size() == rows_);
    out.columns.push_back(std::make_shared<const column>(std::move(c)));
  }
  out.watermark_before = before_;
  out.watermark_after = watermark_;
  if (!kinds_.empty()) out.kinds = std::make_shared<const std::vector<row_kind>>(std::move(kinds_));
  if (!steps_.empty()) out.watermarks = std::make_shared<const std::vector<int64_t>>(std::move(steps_));
  columns_.clear();
  for (const auto& f : shape_->fields) columns_.emplace_back(f.type);
  kinds_.clear();
  steps_.clear();
  rows_ = 0;
  before_ = watermark_;
  sent_ = watermark_;
  return out;
}

} // namespace levada
