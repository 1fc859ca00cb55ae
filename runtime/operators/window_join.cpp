// Inner join of two windowed inputs on the same window and equal keys: both sides are kept per window and key, and joined
// when the window ends. A row is late when its window has fired by the merged watermark; keys with a NULL never match.
// A further condition is evaluated over the pairs. Pairs come key by key, left rows in order, right rows within.
//
// Entries of state: [window end, window start, side, number] -> the row, one value a column.
#include <algorithm>
#include <map>
#include <tuple>

#include "runtime/expression/expression.hpp"
#include "runtime/operators/group_table.hpp"
#include "runtime/operators/key_hash.hpp"
#include "runtime/operators/value_codec.hpp"
#include "runtime/operators/window_segments.hpp"
#include "runtime/registry.hpp"
#include "storage/delta.hpp"

namespace levada::operators {

namespace {

constexpr uint32_t sides = 2;

// Per key of a window: its rows of both sides, as a list through side_rows::next. Numbers are one more than the row's,
// so that zero bytes are no rows.
struct row_lists {
  uint32_t first[sides] = {};
  uint32_t last[sides] = {};
};

struct side_rows {
  std::vector<column> columns; // without rows for those that hold the window's own bounds
  std::vector<uint32_t> next;  // row number + 1; 0 at the end of a list
  std::vector<uint8_t> groups;
  std::vector<uint64_t> restored; // numbers of the rows that were restored, in order
  uint32_t saved = 0;             // rows before are in a snapshot

  // Unique among the rows of a key group. Rows of groups that were restored together may share one.
  uint64_t number(uint32_t row) const {
    if (row < restored.size()) return restored[row];
    return (restored.empty() ? 0 : restored.back() + 1) + (row - restored.size());
  }
};

// Keys live and die with their window.
struct window_rows {
  explicit window_rows(const std::vector<data_type>& key_types) : keys(key_types) {}
  group_table keys;
  std::vector<row_lists> lists; // by key id
  side_rows side[sides];
};

class window_join final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    spec_ = context.spec;
    eval_ = context.eval;
    batch_rows_ = context.batch_rows;
    check(spec_->inputs.size() == sides && spec_->keys.size() == sides &&
          spec_->keys[0].size() == spec_->keys[1].size());
    alignment_ = window_alignment{spec_->window, context.eval.session_zone};
    for (uint32_t key : spec_->keys[0]) key_types_.push_back(spec_->inputs[0].fields[key].type);
    return {};
  }

  status process(batch in, uint32_t input, output& out) override {
    counters_.rows_in += in.selected_count();
    status failure;
    auto advance_to = [&](int64_t watermark) {
      if (failure.ok()) failure = advance(watermark, out);
    };
    advance_to(in.watermark_before);
    const window_spec& window = input == 0 ? spec_->window : spec_->window_right;
    segments_.cut(
        in,
        [&](row_set rows, uint32_t from) {
          int64_t timer = windows_.empty() ? watermark_end : alignment_.timer(windows_.begin()->first.first);
          return next_attached_firing(in, rows, from, *in.columns[window.end_column], timer, alignment_);
        },
        [&](row_set rows) { add(in, rows, input, window); },
        [&](uint32_t row) {
          pass_time(watermark_before_row(in, row), out);
          advance_to(in.watermark_at(row));
        });
    advance_to(in.watermark_after);
    pass_time(in.watermark_after, out);
    counters_.state_bytes = row_bytes_;
    return failure;
  }

  status snapshot(delta_writer& delta) override {
    std::string erased = erased_.take();
    delta_reader reader{erased};
    for (delta_operation operation; reader.next(operation);) delta.erase(operation.key_group, operation.key);
    std::string value;
    for (auto& [bounds, window] : windows_) {
      for (uint32_t s = 0; s < sides; ++s) {
        side_rows& side = window.side[s];
        for (; side.saved < side.next.size(); ++side.saved) {
          value.clear();
          msgpack_writer writer{value};
          for (uint32_t c = 0; c < side.columns.size(); ++c) {
            if (is_bound(s, c)) writer.put_int(bound(s, c, bounds));
            else write_value(side.columns[c], side.saved, writer);
          }
          delta.put(side.groups[side.saved], entry_key(bounds, s, side.number(side.saved)), value);
        }
      }
    }
    return {};
  }

  status restore(uint16_t group, std::string_view key, const std::string_view* value) override {
    msgpack_reader in{key};
    int64_t end = in.get_int();
    int64_t start = in.get_int();
    uint64_t side = in.get_uint();
    uint64_t number = in.get_uint();
    if (side >= sides) in.fail("a row of neither side");
    if (!in.ok()) return in.failure();
    entry_place place{end, start, static_cast<uint32_t>(side), number, group};
    if (value) restoring_[place] = *value;
    else restoring_.erase(place);
    return {};
  }

  status restored() override {
    for (const auto& [place, value] : restoring_) {
      auto [end, start, side, number, group] = place;
      std::vector<column_ptr> row;
      msgpack_reader in{value};
      for (const auto& f : spec_->inputs[side].fields) {
        auto c = std::make_shared<column>(f.type);
        read_value(in, *c);
        row.push_back(std::move(c));
      }
      if (!in.ok()) return in.failure();
      batch one;
      one.rows = 1;
      one.columns = std::move(row);
      window_rows& window = window_of({end, start});
      store(one, {&batch::no_row, 1}, side, window);
      side_rows& rows = window.side[side];
      rows.restored.push_back(number);
      rows.saved = static_cast<uint32_t>(rows.next.size());
    }
    restoring_.clear();
    return {};
  }

 private:
  using window_bounds = std::pair<int64_t, int64_t>;                              // end, start
  using entry_place = std::tuple<int64_t, int64_t, uint32_t, uint64_t, uint16_t>; // as the key, then the key group

  static std::string entry_key(const window_bounds& bounds, uint32_t side, uint64_t number) {
    std::string key;
    msgpack_writer out{key};
    out.put_int(bounds.first);
    out.put_int(bounds.second);
    out.put_uint(side);
    out.put_uint(number);
    return key;
  }

  // Whether column `c` of a side is the start or end of the row's window, which the window itself knows.
  bool is_bound(uint32_t side, uint32_t c) const {
    const window_spec& window = side == 0 ? spec_->window : spec_->window_right;
    return c == window.start_column || c == window.end_column;
  }
  int64_t bound(uint32_t side, uint32_t c, const window_bounds& bounds) const {
    const window_spec& window = side == 0 ? spec_->window : spec_->window_right;
    return c == window.end_column ? bounds.first : bounds.second;
  }

  window_rows& window_of(const window_bounds& bounds) { return windows_.try_emplace(bounds, key_types_).first->second; }

  void add(const batch& in, row_set rows, uint32_t side, const window_spec& window) {
    const column& start = *in.columns[window.start_column];
    const column& end = *in.columns[window.end_column];
    bool complete = start.valid().all_valid() && end.valid().all_valid() && has_all_keys(in, side);
    // Rows of one window mostly come together.
    kept_.clear();
    window_bounds bounds;
    int64_t timer = watermark_none;
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      if (!complete && (start.is_null(row) || end.is_null(row) || has_null_key(in, row, side))) continue;
      window_bounds own{end.at<int64_t>(row), start.at<int64_t>(row)};
      if (timer == watermark_none || own != bounds) {
        store_kept(in, side, bounds);
        bounds = own;
        timer = alignment_.timer(bounds.first);
      }
      if (timer <= watermark_before_row(in, row)) {
        ++counters_.rows_late;
        continue;
      }
      kept_.push_back(row);
    }
    store_kept(in, side, bounds);
  }

  // Those of one window.
  void store_kept(const batch& in, uint32_t side, const window_bounds& bounds) {
    if (kept_.empty()) return;
    store(in, {kept_.data(), static_cast<uint32_t>(kept_.size())}, side, window_of(bounds));
    kept_.clear();
  }

  bool has_all_keys(const batch& in, uint32_t side) const {
    const auto& keys = spec_->keys[side];
    return std::all_of(keys.begin(), keys.end(), [&](uint32_t key) { return in.columns[key]->valid().all_valid(); });
  }

  bool has_null_key(const batch& in, uint32_t row, uint32_t side) const {
    for (uint32_t key : spec_->keys[side]) {
      if (in.columns[key]->is_null(row)) return true;
    }
    return false;
  }

  // REQUIRES rows.indices.
  void store(const batch& in, row_set rows, uint32_t side, window_rows& window) {
    key_values_.clear();
    for (uint32_t key : spec_->keys[side]) key_values_.push_back(in.columns[key].get());
    hashes_.resize(rows.count);
    ids_.resize(rows.count);
    hash_keys(key_values_, rows, hashes_.data());
    window.keys.find_or_insert(key_values_, rows, hashes_.data(), ids_.data());
    window.lists.resize(window.keys.id_end());
    side_rows& kept = window.side[side];
    if (kept.columns.empty()) {
      for (const auto& f : spec_->inputs[side].fields) kept.columns.emplace_back(f.type);
    }
    std::span<const uint32_t> indices{rows.indices, rows.count};
    for (uint32_t c = 0; c < kept.columns.size(); ++c) {
      if (!is_bound(side, c)) kept.columns[c].append(*in.columns[c], indices);
    }
    auto number = static_cast<uint32_t>(kept.next.size());
    kept.next.resize(number + rows.count);
    kept.groups.resize(number + rows.count);
    for (uint32_t i = 0; i < rows.count; ++i) {
      row_lists& lists = window.lists[ids_[i]];
      kept.groups[number++] = static_cast<uint8_t>(window.keys.key_group(ids_[i]));
      if (lists.first[side] == 0) lists.first[side] = number;
      else kept.next[lists.last[side] - 1] = number;
      lists.last[side] = number;
    }
    counters_.state_entries += rows.count;
  }

  status advance(int64_t watermark, output& out) {
    bool fired = false;
    while (!windows_.empty() && alignment_.timer(windows_.begin()->first.first) <= watermark) {
      auto window = windows_.begin();
      if (auto s = join(window->first, window->second, out); !s.ok()) return s;
      forget(window->first, window->second);
      windows_.erase(window);
      fired = true;
    }
    if (fired) measure();
    return {};
  }

  status join(const window_bounds& bounds, const window_rows& window, output& out) {
    for (const row_lists& lists : window.lists) {
      for (uint32_t l = lists.first[0]; l != 0 && lists.first[1] != 0; l = window.side[0].next[l - 1]) {
        for (uint32_t r = lists.first[1]; r != 0; r = window.side[1].next[r - 1]) {
          left_.push_back(l - 1);
          right_.push_back(r - 1);
          if (left_.size() < batch_rows_) continue;
          if (auto s = emit(bounds, window, out); !s.ok()) return s;
        }
      }
    }
    return emit(bounds, window, out);
  }

  void append_side(uint32_t s, std::span<const uint32_t> rows, const window_bounds& bounds, const side_rows& side,
                   batch& pairs) const {
    for (uint32_t c = 0; c < side.columns.size(); ++c) {
      if (is_bound(s, c)) {
        column value = column::constant(side.columns[c].type());
        value.data<int64_t>()[0] = bound(s, c, bounds);
        pairs.columns.push_back(std::make_shared<column>(std::move(value)));
      } else {
        pairs.columns.push_back(std::make_shared<column>(gather(side.columns[c], rows)));
      }
    }
  }

  status emit(const window_bounds& bounds, const window_rows& window, output& out) {
    if (left_.empty()) return {};
    batch pairs;
    pairs.rows = static_cast<uint32_t>(left_.size());
    pairs.watermark_before = pairs.watermark_after = counters_.watermark;
    append_side(0, left_, bounds, window.side[0], pairs);
    append_side(1, right_, bounds, window.side[1], pairs);
    left_.clear();
    right_.clear();
    if (!spec_->expressions.empty()) {
      auto kept = std::make_shared<std::vector<uint32_t>>();
      if (auto s = evaluate_filter(*spec_->expressions[0], pairs, pairs.selected(), eval_, *kept); !s.ok()) return s;
      if (kept->empty()) return {};
      if (kept->size() < pairs.rows) pairs.selection = std::move(kept);
    }
    counters_.rows_out += pairs.selected_count();
    out.push(std::move(pairs));
    return {};
  }

  void forget(const window_bounds& bounds, const window_rows& window) {
    for (uint32_t s = 0; s < sides; ++s) {
      const side_rows& side = window.side[s];
      for (uint32_t row = 0; row < side.saved; ++row) {
        erased_.erase(side.groups[row], entry_key(bounds, s, side.number(row)));
      }
      counters_.state_entries -= side.next.size();
    }
  }

  void measure() {
    row_bytes_ = 0;
    for (const auto& entry : windows_) {
      row_bytes_ += entry.second.keys.memory_bytes() + entry.second.lists.capacity() * sizeof(row_lists);
      for (const side_rows& side : entry.second.side) {
        for (const column& c : side.columns) row_bytes_ += c.memory_bytes();
      }
    }
  }

  void pass_time(int64_t watermark, output& out) {
    if (watermark <= counters_.watermark) return;
    batch step;
    step.watermark_before = counters_.watermark;
    step.watermark_after = counters_.watermark = watermark;
    out.push(std::move(step));
  }

  const operator_spec* spec_ = nullptr;
  eval_context eval_;
  uint32_t batch_rows_ = batch_rows_default;
  window_alignment alignment_;
  std::vector<data_type> key_types_;
  std::map<window_bounds, window_rows> windows_;
  window_segments segments_;
  size_t row_bytes_ = 0;
  delta_writer erased_;
  std::map<entry_place, std::string> restoring_;
  std::vector<uint32_t> kept_;
  std::vector<const column*> key_values_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> ids_;
  std::vector<uint32_t> left_; // rows of the pairs collected
  std::vector<uint32_t> right_;
};

} // namespace

void register_window_join(registry& into) {
  into.add_operator("window_join", [] { return std::make_unique<window_join>(); });
}

} // namespace levada::operators
