// Windows that rows carry with them: a row belongs to the window of its own start and end columns and is late when that
// has fired.
//
// Entries of state: [window end, window start, key...] -> accumulators.
#include <map>

#include "runtime/operators/window_engine.hpp"

namespace levada {

namespace {

class attached_windows final : public window_engine {
 public:
  explicit attached_windows(window_groups& groups)
      : groups_(groups), alignment_(groups.alignment()), start_(groups.context().spec->window.start_column),
        end_(groups.context().spec->window.end_column) {}

  ~attached_windows() override {
    for (const auto& entry : windows_) groups_.destroy(entry.second);
  }

  uint32_t next_firing_row(const batch& in, row_set rows, uint32_t from) override {
    int64_t timer = windows_.empty() ? watermark_end : alignment_.timer(windows_.begin()->first.first);
    return next_attached_firing(in, rows, from, *in.columns[end_], timer, alignment_);
  }

  void add(const batch& in, row_set rows) override {
    const column& start = *in.columns[start_];
    const column& end = *in.columns[end_];
    kept_.clear();
    windows_of_rows_.clear();
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      if (start.is_null(row) || end.is_null(row)) continue;
      window_bounds bounds{end.at<int64_t>(row), start.at<int64_t>(row)};
      if (!current_ || bounds != current_->first) {
        if (alignment_.timer(bounds.first) <= watermark_before_row(in, row)) {
          ++groups_.counters().rows_late;
          continue;
        }
        current_ = &*windows_.try_emplace(bounds, groups_.pool()).first;
      }
      kept_.push_back(row);
      windows_of_rows_.push_back(&current_->second);
    }
    row_set kept{kept_.data(), static_cast<uint32_t>(kept_.size())};
    if (kept.count == 0) return;
    auto ids = groups_.ids_of(in, kept);
    blocks_.resize(kept.count);
    for (uint32_t i = 0; i < kept.count; ++i) blocks_[i] = groups_.touch(*windows_of_rows_[i], ids[i]);
    groups_.aggregates().update(blocks_.data(), in, kept);
  }

  void advance(int64_t watermark, output& out) override {
    bool fired = false;
    while (!windows_.empty() && alignment_.timer(windows_.begin()->first.first) <= watermark) {
      auto& [bounds, window] = *windows_.begin();
      groups_.emit(window, bounds.second, bounds.first, out);
      groups_.drop(window, entry_key(bounds));
      windows_.erase(windows_.begin());
      fired = true;
    }
    if (!fired) return;
    current_ = nullptr;
    groups_.sweep();
  }

  void snapshot(delta_writer& delta) override {
    groups_.save_erased(delta);
    for (auto& [bounds, window] : windows_) groups_.save(window, entry_key(bounds), delta);
  }

  status restore(uint16_t key_group, std::string_view key, const std::string_view* value) override {
    if (!groups_.owns(key_group)) return {};
    msgpack_reader in{key};
    int64_t end = in.get_int();
    int64_t start = in.get_int();
    if (!in.ok()) return in.failure();
    return groups_.load(windows_.try_emplace({end, start}, groups_.pool()).first->second, in, value);
  }

  void restored() override {
    std::erase_if(windows_, [](const auto& entry) { return entry.second.size() == 0; });
  }

 private:
  using window_bounds = std::pair<int64_t, int64_t>; // end, start
  using windows = std::map<window_bounds, slot_array>;

  static std::string entry_key(const window_bounds& bounds) {
    std::string key;
    msgpack_writer out{key};
    out.put_int(bounds.first);
    out.put_int(bounds.second);
    return key;
  }

  window_groups& groups_;
  const window_alignment& alignment_;
  uint32_t start_;
  uint32_t end_;
  windows windows_;
  windows::value_type* current_ = nullptr; // of the last row in time
  std::vector<uint32_t> kept_;
  std::vector<slot_array*> windows_of_rows_;
  std::vector<std::byte*> blocks_;
};

} // namespace

std::unique_ptr<window_engine> make_attached_windows(window_groups& groups) {
  return std::make_unique<attached_windows>(groups);
}

} // namespace levada
