// SESSION below an aggregation: accumulators per session (session_index.hpp).
//
// Entries of state: [session start, key...] -> [session end, accumulators]. So a session that grows replaces its entry.
#include <algorithm>
#include <tuple>

#include "runtime/operators/session_index.hpp"
#include "runtime/operators/window_engine.hpp"

namespace levada {

namespace {

constexpr uint32_t none = session_index::none;

class session_windows final : public window_engine {
 public:
  explicit session_windows(window_groups& groups)
      : groups_(groups), alignment_(groups.alignment()),
        sessions_(groups.alignment(), groups.context().spec->window.size_ms * us_per_ms), blocks_(groups.pool()) {}

  ~session_windows() override { groups_.destroy(blocks_); }

  uint32_t next_firing_row(const batch& in, row_set rows, uint32_t from) override {
    return sessions_.next_firing_row(in, rows, from, time_of(in));
  }

  void add(const batch& in, row_set rows) override {
    const column& time = time_of(in);
    kept_.clear();
    targets_.clear();
    for (uint32_t i = 0; i < rows.count; ++i) {
      if (!time.is_null(rows[i])) kept_.push_back(rows[i]);
    }
    row_set timed{kept_.data(), static_cast<uint32_t>(kept_.size())};
    auto ids = groups_.ids_of(in, timed);
    uint32_t taken = 0;
    for (uint32_t i = 0; i < timed.count; ++i) {
      uint32_t row = timed[i];
      groups_.know(ids[i]);
      int64_t start = alignment_.local(time.at<int64_t>(row));
      auto merge = [&](uint32_t target, uint32_t other) { join(target, other, in, taken); };
      auto move = [&](uint32_t target) { forget_entry(target); };
      uint32_t number = sessions_.place(ids[i], start, watermark_before_row(in, row), merge, move);
      if (number == none) {
        ++groups_.counters().rows_late;
        continue;
      }
      bool fresh = false;
      kept_[taken++] = row;
      blocks_.reserve(sessions_.number_end());
      targets_.push_back(blocks_.touch(number, fresh));
      if (fresh) groups_.hold(ids[i]);
    }
    apply(in, taken);
  }

  void advance(int64_t watermark, output& out) override {
    auto& due = sessions_.due(watermark);
    if (due.empty()) return;
    std::sort(due.begin(), due.end(), [this](uint32_t a, uint32_t b) {
      const auto& x = sessions_[a];
      const auto& y = sessions_[b];
      return std::tie(x.end, x.start, x.key) < std::tie(y.end, y.start, y.key);
    });
    for (uint32_t number : due) {
      const auto& s = sessions_[number];
      groups_.emit_one(s.key, blocks_.at(number), s.start, s.end, out);
      forget_entry(number);
      drop_block(number);
      sessions_.close(number);
    }
    groups_.sweep();
  }

  void snapshot(delta_writer& delta) override {
    groups_.save_erased(delta);
    std::string key;
    std::string value;
    blocks_.save_dirty([&](uint32_t number, std::byte* block) {
      const auto& s = sessions_[number];
      key = entry_key(s.start);
      groups_.keys().write_key(s.key, key);
      value.clear();
      msgpack_writer{value}.put_int(s.end);
      groups_.aggregates().save(block, value);
      delta.put(groups_.keys().key_group(s.key), key, value);
    });
  }

  status restore(uint16_t key_group, std::string_view key, const std::string_view* value) override {
    if (!groups_.owns(key_group)) return {};
    msgpack_reader in{key};
    int64_t start = in.get_int();
    uint32_t id = groups_.keys().read_key(in);
    if (id == group_table::absent) return in.failure();
    groups_.know(id);
    for (uint32_t number = sessions_.first_of(id); number != none; number = sessions_[number].next) {
      if (sessions_[number].start != start) continue;
      drop_block(number);
      sessions_.close(number);
      break;
    }
    if (!value) return {};
    msgpack_reader head{*value};
    int64_t end = head.get_int();
    if (!head.ok()) return head.failure();
    uint32_t number = sessions_.open(id, start, end);
    blocks_.reserve(sessions_.number_end());
    groups_.hold(id);
    bool fresh = false;
    auto s = groups_.aggregates().load(blocks_.touch(number, fresh), value->substr(head.position()));
    blocks_.mark_saved(number);
    return s;
  }

  void restored() override {}

 private:
  static std::string entry_key(int64_t start) {
    std::string key;
    msgpack_writer{key}.put_int(start);
    return key;
  }

  const column& time_of(const batch& in) const { return *in.columns[groups_.context().spec->window.time_column]; }

  // `other` goes into `target`, which is the earlier one. Rows that were taken but not yet applied may point to either.
  void join(uint32_t target, uint32_t other, const batch& in, uint32_t& taken) {
    apply(in, taken);
    taken = 0;
    bool fresh = false;
    std::byte* into = blocks_.touch(target, fresh);
    const std::byte* from = blocks_.at(other);
    groups_.aggregates().merge(&into, &from, 1);
    forget_entry(other);
    drop_block(other);
  }

  void apply(const batch& in, uint32_t taken) {
    groups_.aggregates().update(targets_.data(), in, {kept_.data(), taken});
    targets_.clear();
  }

  void forget_entry(uint32_t number) {
    if (!blocks_.is_saved(number)) return;
    groups_.erase_saved(sessions_[number].key, entry_key(sessions_[number].start));
    blocks_.unmark_saved(number);
  }

  void drop_block(uint32_t number) {
    groups_.aggregates().destroy(blocks_.at(number));
    blocks_.erase(number);
    groups_.release(sessions_[number].key);
  }

  window_groups& groups_;
  const window_alignment& alignment_;
  session_index sessions_;
  slot_array blocks_; // by session number
  std::vector<uint32_t> kept_;
  std::vector<std::byte*> targets_;
};

} // namespace

std::unique_ptr<window_engine> make_session_windows(window_groups& groups) {
  return std::make_unique<session_windows>(groups);
}

} // namespace levada
