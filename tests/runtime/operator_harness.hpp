// Runs operators under plain Catch2: rows in as literals, cut into batches of any size, rows and watermarks out as lines.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "runtime/chain.hpp"
#include "runtime/registry.hpp"
#include "storage/delta.hpp"

namespace levada::testing {

using lines = std::vector<std::string>;

struct null_cell {};
constexpr null_cell null{};
using cell = std::variant<null_cell, int64_t, double, std::string>;

struct input_row {
  std::vector<cell> cells;               // timestamps in milliseconds
  std::optional<int64_t> watermark = {}; // in force after the row, when it advances
  row_kind kind = row_kind::insert;
  uint32_t input = 0;
};

inline void push_cell(column& c, const cell& value) {
  if (std::holds_alternative<null_cell>(value)) return c.push_null();
  if (auto* text = std::get_if<std::string>(&value)) return c.push_string(*text);
  if (auto* number = std::get_if<double>(&value)) {
    if (c.type().physical() == physical_type::f32) return c.push(static_cast<float>(*number));
    return c.push(*number);
  }
  int64_t n = std::get<int64_t>(value);
  switch (c.type().physical()) {
  case physical_type::u8: return c.push(static_cast<uint8_t>(n));
  case physical_type::i8: return c.push(static_cast<int8_t>(n));
  case physical_type::i16: return c.push(static_cast<int16_t>(n));
  case physical_type::i32: return c.push(static_cast<int32_t>(n));
  case physical_type::f32: return c.push(static_cast<float>(n));
  case physical_type::f64: return c.push(static_cast<double>(n));
  case physical_type::i128: return c.push(int128{n});
  default: return c.push(c.type().is_timestamp() ? n * 1000 : n);
  }
}

inline std::string cell_text(const column& c, uint32_t row) {
  if (c.is_null(row)) return "null";
  switch (c.type().physical()) {
  case physical_type::u8: return c.at<uint8_t>(row) ? "true" : "false";
  case physical_type::i8: return std::to_string(c.at<int8_t>(row));
  case physical_type::i16: return std::to_string(c.at<int16_t>(row));
  case physical_type::i32: return std::to_string(c.at<int32_t>(row));
  case physical_type::f32: return std::to_string(c.at<float>(row));
  case physical_type::f64: return std::to_string(c.at<double>(row));
  case physical_type::i128: return std::to_string(static_cast<int64_t>(c.at<int128>(row)));
  case physical_type::string: return std::string{c.at<string_ref>(row).view()};
  default: {
    int64_t value = c.at<int64_t>(row);
    return std::to_string(c.type().is_timestamp() ? value / 1000 : value);
  }
  }
}

// Lines "+I[1, x]" for rows and "~ 17" for watermark steps, the end of input being "~ end".
class collector final : public output {
 public:
  void push(batch out) override {
    out.verify();
    step(out.watermark_before);
    auto keep = out.selected();
    uint32_t next = 0;
    for (uint32_t row = 0; row < out.rows; ++row) {
      if (next < keep.count && keep[next] == row) {
        ++next;
        std::string line{to_string(out.kind(row))};
        for (size_t k = 0; k < out.columns.size(); ++k) line += (k ? ", " : "[") + cell_text(*out.columns[k], row);
        lines.push_back(line + "]");
      }
      if (out.watermarks) step((*out.watermarks)[row]);
    }
    step(out.watermark_after);
    largest_batch = std::max(largest_batch, out.rows);
  }

  std::vector<std::string> rows() const {
    std::vector<std::string> found;
    for (const auto& line : lines) {
      if (line[0] != '~') found.push_back(line);
    }
    return found;
  }

  // Lines with only the last of watermarks that follow one another: what lies between rows is all an operator can see.
  std::vector<std::string> settled() const {
    std::vector<std::string> found;
    for (const auto& line : lines) {
      if (!found.empty() && line[0] == '~' && found.back()[0] == '~') found.back() = line;
      else found.push_back(line);
    }
    return found;
  }

  std::vector<std::string> lines;
  uint32_t largest_batch = 0;

 private:
  void step(int64_t watermark) {
    if (watermark <= last_) return;
    last_ = watermark;
    lines.push_back("~ " + (watermark == watermark_end ? std::string{"end"} : std::to_string(watermark)));
  }
  int64_t last_ = watermark_none;
};

// Empty when equal; else where two runs part, for a message that can be read.
inline std::string difference(const lines& a, const lines& b) {
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    std::string left = i < a.size() ? a[i] : "nothing";
    std::string right = i < b.size() ? b[i] : "nothing";
    if (left != right) return "line " + std::to_string(i) + ": " + left + " against " + right;
  }
  return {};
}

inline lines sorted(lines rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

// What snapshots left in the store: every operation in commit order, as restore() will see them.
struct committed_state {
  struct entry {
    uint16_t key_group;
    std::string key;
    std::optional<std::string> value;
  };
  std::vector<entry> entries;
  int64_t watermark = watermark_none;
  std::vector<int64_t> inputs; // watermark of each input

  // Entries that are not superseded.
  size_t live() const {
    std::map<std::pair<uint16_t, std::string>, bool> last;
    for (const auto& e : entries) last[{e.key_group, e.key}] = e.value.has_value();
    return static_cast<size_t>(std::count_if(last.begin(), last.end(), [](const auto& e) { return e.second; }));
  }
};

// One operator on its own chain, with one channel an input.
class harness {
 public:
  explicit harness(const operator_spec& spec, operator_context context = {}) : spec_(spec), context_(context) {
    registry_ = plugins();
    open();
  }

  static std::shared_ptr<registry> plugins() {
    auto all = std::make_shared<registry>();
    register_aggregates(*all);
    register_operators(*all);
    return all;
  }

  // Rows of one input in batches of at most `size`.
  status feed(const std::vector<input_row>& rows, uint32_t size) {
    for (size_t begin = 0; begin < rows.size();) {
      size_t end = begin;
      while (end < rows.size() && end - begin < size && rows[end].input == rows[begin].input) ++end;
      if (auto s = feed_batch(rows, begin, end); !s.ok()) return s;
      begin = end;
    }
    return {};
  }

  // A pure watermark step on every input.
  status step(int64_t watermark) {
    for (uint32_t input = 0; input < spec_.inputs.size(); ++input) {
      batch in;
      in.watermark_before = watermarks_[input];
      in.watermark_after = watermarks_[input] = watermark;
      if (auto s = chain_->process(std::move(in), input, 0); !s.ok()) return s;
    }
    return {};
  }
  status finish() { return step(watermark_end); }

  stream_operator& op() { return chain_->at(0); }
  chain& chained() { return *chain_; }
  collector& out() { return out_; }

  // The dirty entries, behind those of earlier snapshots.
  void snapshot(committed_state& state) {
    delta_writer delta;
    REQUIRE(op().snapshot(delta).ok());
    delta_reader reader{delta.bytes()};
    delta_operation operation;
    while (reader.next(operation)) {
      std::optional<std::string> value;
      if (operation.value) value = *operation.value;
      state.entries.push_back({operation.key_group, std::string{operation.key}, std::move(value)});
    }
    REQUIRE(reader.failure().ok());
    state.watermark = chain_->watermark();
    state.inputs = watermarks_;
  }

  void restore(const committed_state& state) {
    chain_->restore_watermark(state.watermark);
    for (const auto& entry : state.entries) {
      std::string_view bytes;
      if (entry.value) bytes = *entry.value;
      auto s = op().restore(entry.key_group, entry.key, entry.value ? &bytes : nullptr);
      INFO(s.to_string());
      REQUIRE(s.ok());
    }
    REQUIRE(op().restored().ok());
    // What stands before passes its own restored event time on before any row.
    for (uint32_t input = 0; input < state.inputs.size(); ++input) {
      batch first;
      first.watermark_before = first.watermark_after = watermarks_[input] = state.inputs[input];
      auto s = chain_->process(std::move(first), input, 0);
      REQUIRE(s.ok());
    }
  }
  int64_t watermark() const { return chain_->watermark(); }

 private:
  void open() {
    watermarks_.assign(spec_.inputs.size(), watermark_none);
    auto made = chain::make({&spec_, 1}, *registry_, context_, std::vector<uint32_t>(spec_.inputs.size(), 1), out_);
    INFO(made.error().to_string());
    REQUIRE(made.ok());
    chain_ = std::move(*made);
  }

  status feed_batch(const std::vector<input_row>& rows, size_t begin, size_t end) {
    uint32_t input = rows[begin].input;
    batch_builder builder{spec_.inputs[input], watermarks_[input]};
    for (size_t i = begin; i < end; ++i) {
      for (size_t k = 0; k < rows[i].cells.size(); ++k)
        push_cell(builder.at(static_cast<uint32_t>(k)), rows[i].cells[k]);
      builder.end_row(rows[i].kind);
      if (rows[i].watermark) builder.advance(*rows[i].watermark);
    }
    watermarks_[input] = builder.watermark();
    return chain_->process(builder.take(), input, 0);
  }

  operator_spec spec_;
  operator_context context_;
  std::shared_ptr<registry> registry_;
  collector out_;
  std::unique_ptr<chain> chain_;
  std::vector<int64_t> watermarks_;
};

// Disordered rows of a few keys with a watermark that lags and leaps, many of them late, some
// without key or time: BIGINT key, BIGINT value, TIMESTAMP.
inline std::vector<input_row> random_rows(uint32_t seed, int count, bool retracting = false) {
  std::mt19937 random{seed};
  std::vector<input_row> rows;
  int64_t now = 0;
  int64_t watermark = 0;
  for (int n = 0; n < count; ++n) {
    now += static_cast<int64_t>(random() % 7 == 0 ? random() % 3000 : random() % 200);
    int64_t ts = now - static_cast<int64_t>(random() % 4 == 0 ? random() % 6000 : random() % 500);
    input_row row{{static_cast<int64_t>(random() % 13), static_cast<int64_t>(random() % 100), ts}, {}};
    if (random() % 50 == 0) row.cells[0] = null;
    if (random() % 60 == 0) row.cells[2] = null;
    if (retracting && random() % 3 == 0 && !rows.empty()) {
      row.cells = rows[random() % rows.size()].cells;
      row.kind = row_kind::erase;
    }
    if (random() % 3 != 0) watermark = std::max(watermark, now - 1500);
    if (watermark > 0) row.watermark = watermark;
    rows.push_back(row);
  }
  return rows;
}

} // namespace levada::testing
