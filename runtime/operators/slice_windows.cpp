// TUMBLE, HOP and CUMULATE: a row updates one slice, whatever the number of windows it belongs to; slices are merged when
// a window fires. A HOP slice lives until its last window has fired. The slices of a CUMULATE window are folded, as they
// fire, into one base per maximal window, and rows too late for their slice go straight into the base.
//
// Entries of state: [0, slice end, key...] and [1, end of the maximal window, key...] -> accumulators; nil -> the
// boundary up to which windows have fired, one entry an instance.
#include <map>

#include "runtime/operators/window_engine.hpp"

namespace levada {

namespace {

enum : uint64_t { slice_entry = 0, base_entry = 1 };

class slice_windows final : public window_engine {
 public:
  explicit slice_windows(window_groups& groups)
      : groups_(groups), alignment_(groups.alignment()), merged_(groups.pool()) {}

  ~slice_windows() override {
    for (const auto& entry : slices_) groups_.destroy(entry.second);
    for (const auto& entry : bases_) groups_.destroy(entry.second);
  }

  uint32_t next_firing_row(const batch& in, row_set, uint32_t from) override {
    int64_t next = fired_ == watermark_none  ? watermark_none + 1
                   : fired_ == watermark_end ? watermark_end
                                             : alignment_.timer(fired_ + alignment_.slice_us());
    return in.watermark_after < next ? in.rows : in.first_row_reaching(next, from);
  }

  void add(const batch& in, row_set rows) override {
    const column& time = *in.columns[groups_.context().spec->window.time_column];
    if (!all_in_current(time, rows)) rows = assign(time, rows);
    if (rows.count == 0) return;
    auto ids = groups_.ids_of(in, rows);
    blocks_.resize(rows.count);
    if (slices_of_rows_.empty()) {
      groups_.touch_all(*current_, ids, blocks_.data());
    } else {
      for (uint32_t i = 0; i < rows.count; ++i) blocks_[i] = groups_.touch(*slices_of_rows_[i], ids[i]);
    }
    groups_.aggregates().update(blocks_.data(), in, rows);
  }

  void advance(int64_t watermark, output& out) override {
    int64_t until = alignment_.fired_until(watermark);
    if (until <= fired_) return;
    while (!slices_.empty() || !bases_.empty()) {
      int64_t end = next_window_end();
      if (end > until) break;
      if (alignment_.kind() == window_kind::cumulate) fire_cumulate(end, out);
      else fire_slices(end, out);
      fired_ = end;
    }
    fired_ = until;
    forget_current();
    groups_.sweep();
  }

  void snapshot(delta_writer& delta) override {
    groups_.save_erased(delta);
    for (auto& [end, slice] : slices_) groups_.save(slice, entry_key(slice_entry, end), delta);
    for (auto& [end, base] : bases_) groups_.save(base, entry_key(base_entry, end), delta);
    uint16_t own = groups_.first_own_group();
    for (uint16_t stale : stale_progress_) {
      if (stale != own) delta.erase(stale, progress_key());
    }
    stale_progress_.clear();
    if (fired_ == saved_fired_) return;
    saved_fired_ = fired_;
    std::string value;
    msgpack_writer{value}.put_int(fired_);
    delta.put(own, progress_key(), value);
  }

  status restore(uint16_t key_group, std::string_view key, const std::string_view* value) override {
    msgpack_reader in{key};
    if (in.next_is_nil()) {
      progress_.erase(key_group);
      if (!value) return {};
      msgpack_reader progress{*value};
      progress_[key_group] = progress.get_int();
      return progress.failure();
    }
    if (!groups_.owns(key_group)) return {};
    uint64_t kind = in.get_uint();
    int64_t end = in.get_int();
    if (!in.ok()) return in.failure();
    return groups_.load(find(kind == base_entry ? bases_ : slices_, end), in, value);
  }

  // Instances take their barriers at the same watermark; were they apart, the least would be the safe one.
  void restored() override {
    for (const auto& [group, fired] : progress_) {
      fired_ = group == progress_.begin()->first ? fired : std::min(fired_, fired);
      if (groups_.owns(group)) stale_progress_.push_back(group);
    }
    progress_.clear();
    std::erase_if(slices_, [](const auto& entry) { return entry.second.size() == 0; });
    std::erase_if(bases_, [](const auto& entry) { return entry.second.size() == 0; });
  }

 private:
  using windows = std::map<int64_t, slot_array>; // by end

  static std::string progress_key() {
    std::string key;
    msgpack_writer{key}.put_nil();
    return key;
  }

  static std::string entry_key(uint64_t kind, int64_t end) {
    std::string key;
    msgpack_writer out{key};
    out.put_uint(kind);
    out.put_int(end);
    return key;
  }

  slot_array& find(windows& in, int64_t end) { return in.try_emplace(end, groups_.pool()).first->second; }

  // True when every row falls into the slice that the last one fell into: the rule in ordered streams.
  bool all_in_current(const column& time, row_set rows) {
    slices_of_rows_.clear();
    if (!current_ || alignment_.is_local() || !time.valid().all_valid() || time.is_constant()) return false;
    const int64_t* values = time.data<int64_t>();
    int64_t least = std::numeric_limits<int64_t>::max();
    int64_t most = std::numeric_limits<int64_t>::min();
    rows.for_each([&](uint32_t row) {
      least = std::min(least, values[row]);
      most = std::max(most, values[row]);
    });
    return least >= current_begin_ && most < current_end_;
  }

  // Finds the slice of every row; drops rows without a time, and late ones.
  row_set assign(const column& time, row_set rows) {
    kept_.clear();
    slices_of_rows_.clear();
    for (uint32_t i = 0; i < rows.count; ++i) {
      uint32_t row = rows[i];
      if (time.is_null(row)) continue;
      int64_t t = alignment_.local(time.at<int64_t>(row));
      if (t < current_begin_ || t >= current_end_) find_slice(t);
      if (!current_) {
        ++groups_.counters().rows_late;
        continue;
      }
      kept_.push_back(row);
      slices_of_rows_.push_back(current_);
    }
    return {kept_.data(), static_cast<uint32_t>(kept_.size())};
  }

  // Disorder makes rows go to and fro between two slices.
  void find_slice(int64_t time) {
    std::swap(current_, other_);
    std::swap(current_begin_, other_begin_);
    std::swap(current_end_, other_end_);
    if (time < current_begin_ || time >= current_end_) locate(time);
  }

  void locate(int64_t time) {
    current_end_ = alignment_.slice_end(time);
    current_begin_ = current_end_ - alignment_.slice_us();
    int64_t last = alignment_.last_window_end(current_end_);
    if (fired_ != watermark_none && last <= fired_) current_ = nullptr;
    else if (alignment_.kind() == window_kind::cumulate && fired_ != watermark_none && current_end_ <= fired_)
      current_ = &find(bases_, last);
    else current_ = &find(slices_, current_end_);
  }

  void forget_current() {
    current_ = other_ = nullptr;
    current_begin_ = current_end_ = other_begin_ = other_end_ = 0;
  }

  int64_t next_window_end() const {
    int64_t first = slices_.empty() ? std::numeric_limits<int64_t>::max() : slices_.begin()->first;
    if (fired_ == watermark_none) return first;
    int64_t next = fired_ + alignment_.slice_us();
    return bases_.empty() ? std::max(first, next) : next;
  }

  void fire_slices(int64_t end, output& out) {
    int64_t start = alignment_.window_start(end);
    auto begin = slices_.begin();
    auto stop = slices_.upper_bound(end);
    if (begin != stop && std::next(begin) == stop) {
      groups_.emit(begin->second, start, end, out);
    } else if (begin != stop) {
      for (auto it = begin; it != stop; ++it) groups_.merge(merged_, it->second);
      groups_.emit(merged_, start, end, out);
      groups_.drop(merged_, {});
    }
    // The first slice of this window is in no later one.
    while (!slices_.empty() && alignment_.last_window_end(slices_.begin()->first) <= end) {
      groups_.drop(slices_.begin()->second, entry_key(slice_entry, slices_.begin()->first));
      slices_.erase(slices_.begin());
    }
  }

  void fire_cumulate(int64_t end, output& out) {
    int64_t last = alignment_.last_window_end(end);
    if (auto slice = slices_.find(end); slice != slices_.end()) {
      groups_.merge(find(bases_, last), slice->second);
      groups_.drop(slice->second, entry_key(slice_entry, end));
      slices_.erase(slice);
    }
    auto base = bases_.find(last);
    if (base == bases_.end()) return;
    groups_.emit(base->second, alignment_.window_start(end), end, out);
    if (end < last) return;
    groups_.drop(base->second, entry_key(base_entry, last));
    bases_.erase(base);
  }

  window_groups& groups_;
  const window_alignment& alignment_;
  windows slices_;
  windows bases_; // CUMULATE: by end of the maximal window
  slot_array merged_;
  int64_t fired_ = watermark_none; // windows ending up to here have fired
  int64_t saved_fired_ = watermark_none;
  std::map<uint16_t, int64_t> progress_; // while restoring: by key group of the entry
  std::vector<uint16_t> stale_progress_; // key groups whose entry of progress is now ours to keep or remove

  // The slice the last row fell into: null while that is a late one.
  slot_array* current_ = nullptr;
  int64_t current_begin_ = 0;
  int64_t current_end_ = 0;
  // And the one that another row fell into before.
  slot_array* other_ = nullptr;
  int64_t other_begin_ = 0;
  int64_t other_end_ = 0;

  std::vector<uint32_t> kept_;
  std::vector<slot_array*> slices_of_rows_; // empty: all in current_
  std::vector<std::byte*> blocks_;
};

} // namespace

std::unique_ptr<window_engine> make_slice_windows(window_groups& groups) {
  return std::make_unique<slice_windows>(groups);
}

} // namespace levada
