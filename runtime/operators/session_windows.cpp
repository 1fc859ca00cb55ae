// SESSION: per key, rows at most the gap apart belong together. A row opens [t, t + gap) and takes in every session of its
// key that this touches; it is late when the outcome has fired already.
//
// Sessions have dense numbers; those of one key form a list in order of time, mostly one long. Timers are lazy: the heap
// holds the end a session had when it was scheduled, and one that has grown since is scheduled anew when that comes up.
// Entries of state: [session start, key...] -> [session end, accumulators]. So a session that grows replaces its entry.
#include <algorithm>
#include <queue>

#include "runtime/operators/window_engine.hpp"

namespace levada {

namespace {

constexpr uint32_t none = UINT32_MAX;
constexpr int64_t unscheduled = INT64_MIN;

class session_windows final : public window_engine {
 public:
  explicit session_windows(window_groups& groups)
      : groups_(groups), alignment_(groups.alignment()), gap_(groups.context().spec->window.size_ms * us_per_ms),
        blocks_(groups.pool()) {}

  ~session_windows() override { groups_.destroy(blocks_); }

  uint32_t next_firing_row(const batch& in, row_set rows, uint32_t from) override {
    if (in.watermark_after <= in.watermark_before) return in.rows;
    int64_t timer = timers_.empty() ? watermark_end : alignment_.timer(timers_.top().end);
    const column& time = time_of(in);
    for (uint32_t i = 0; i < rows.count; ++i) {
      int64_t before = watermark_before_row(in, rows[i]);
      if (before >= timer) break;
      if (time.is_null(rows[i])) continue;
      // Should a later row lengthen this session, the row found is early, which does no harm.
      int64_t own = alignment_.timer(alignment_.local(time.at<int64_t>(rows[i])) + gap_);
      if (own > before) timer = std::min(timer, own);
    }
    return in.watermark_after < timer ? in.rows : in.first_row_reaching(timer, from);
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
      uint32_t number = find_or_open(ids[i], start, watermark_before_row(in, row), in, taken);
      if (number == none) {
        ++groups_.counters().rows_late;
        continue;
      }
      bool fresh = false;
      kept_[taken++] = row;
      targets_.push_back(blocks_.touch(number, fresh));
    }
    apply(in, taken);
  }

  void advance(int64_t watermark, output& out) override {
    due_.clear();
    while (!timers_.empty() && alignment_.timer(timers_.top().end) <= watermark) {
      timer_entry top = timers_.top();
      timers_.pop();
      session& s = sessions_[top.number];
      if (s.key == none || s.scheduled != top.end) continue;
      // A number used again, as when a restore replays a session, may have left an equal entry behind: once is enough.
      s.scheduled = unscheduled;
      if (alignment_.timer(s.end) <= watermark) due_.push_back(top.number);
      else schedule(top.number);
    }
    if (due_.empty()) return;
    std::sort(due_.begin(), due_.end(), [this](uint32_t a, uint32_t b) {
      const session& x = sessions_[a];
      const session& y = sessions_[b];
      return std::tie(x.end, x.start, x.key) < std::tie(y.end, y.start, y.key);
    });
    for (uint32_t number : due_) {
      const session& s = sessions_[number];
      groups_.emit_one(s.key, blocks_.at(number), s.start, s.end, out);
      close(number, true);
    }
    groups_.sweep();
  }

  void snapshot(delta_writer& delta) override {
    groups_.save_erased(delta);
    std::string key;
    std::string value;
    blocks_.save_dirty([&](uint32_t number, std::byte* block) {
      const session& s = sessions_[number];
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
    for (uint32_t number = first_of(id); number != none; number = sessions_[number].next) {
      if (sessions_[number].start != start) continue;
      close(number, false);
      break;
    }
    if (!value) return {};
    msgpack_reader head{*value};
    int64_t end = head.get_int();
    if (!head.ok()) return head.failure();
    uint32_t number = open(id, start, end);
    bool fresh = false;
    auto s = groups_.aggregates().load(blocks_.touch(number, fresh), value->substr(head.position()));
    blocks_.mark_saved(number);
    return s;
  }

  void restored() override {}

 private:
  struct session {
    int64_t start = 0;
    int64_t end = 0;
    int64_t scheduled = 0; // the end its entry in the heap has
    uint32_t key = none;   // id; none: no session
    uint32_t next = none;  // of the same key
  };
  struct timer_entry {
    int64_t end;
    uint32_t number;
    bool operator>(const timer_entry& other) const { return std::tie(end, number) > std::tie(other.end, other.number); }
  };

  static std::string entry_key(int64_t start) {
    std::string key;
    msgpack_writer{key}.put_int(start);
    return key;
  }

  const column& time_of(const batch& in) const { return *in.columns[groups_.context().spec->window.time_column]; }
  uint32_t first_of(uint32_t id) const { return id < first_.size() ? first_[id] : none; }

  // The session a row of this key and time belongs to, after merging what it joins; none when the row is late.
  uint32_t find_or_open(uint32_t id, int64_t time, int64_t watermark, const batch& in, uint32_t& taken) {
    int64_t end = time + gap_;
    uint32_t target = none;
    for (uint32_t number = first_of(id); number != none;) {
      session& s = sessions_[number];
      uint32_t next = s.next;
      if (s.start <= end && s.end >= time) {
        if (target == none) target = number;
        else join(target, number, in, taken);
      }
      number = next;
    }
    if (target == none) {
      if (alignment_.timer(end) <= watermark) return none;
      return open(id, time, end);
    }
    session& s = sessions_[target];
    if (time < s.start) {
      forget_entry(target);
      s.start = time;
    }
    s.end = std::max(s.end, end);
    return target;
  }

  uint32_t open(uint32_t id, int64_t start, int64_t end) {
    uint32_t number;
    if (free_.empty()) {
      number = static_cast<uint32_t>(sessions_.size());
      sessions_.emplace_back();
      blocks_.reserve(number + 1);
    } else {
      number = free_.back();
      free_.pop_back();
    }
    if (first_.size() <= id) first_.resize(groups_.keys().id_end(), none);
    uint32_t* link = &first_[id];
    while (*link != none && sessions_[*link].start < start) link = &sessions_[*link].next;
    sessions_[number] = {start, end, end, id, *link};
    *link = number;
    groups_.hold(id);
    schedule(number);
    return number;
  }

  void schedule(uint32_t number) {
    sessions_[number].scheduled = sessions_[number].end;
    timers_.push({sessions_[number].end, number});
  }

  // `other` goes into `target`, which is the earlier one. Rows that were taken but not yet applied may point to either.
  void join(uint32_t target, uint32_t other, const batch& in, uint32_t& taken) {
    apply(in, taken);
    taken = 0;
    bool fresh = false;
    std::byte* into = blocks_.touch(target, fresh);
    const std::byte* from = blocks_.at(other);
    groups_.aggregates().merge(&into, &from, 1);
    sessions_[target].end = std::max(sessions_[target].end, sessions_[other].end);
    close(other, true);
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

  void close(uint32_t number, bool tombstone) {
    session& s = sessions_[number];
    if (tombstone) forget_entry(number);
    uint32_t* link = &first_[s.key];
    while (*link != number) link = &sessions_[*link].next;
    *link = s.next;
    groups_.aggregates().destroy(blocks_.at(number));
    blocks_.erase(number);
    groups_.release(s.key);
    s = session{};
    free_.push_back(number);
  }

  window_groups& groups_;
  const window_alignment& alignment_;
  int64_t gap_;
  slot_array blocks_; // by session number
  std::vector<session> sessions_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> first_; // by key id: its first session
  std::priority_queue<timer_entry, std::vector<timer_entry>, std::greater<>> timers_;
  std::vector<uint32_t> due_;
  std::vector<uint32_t> kept_;
  std::vector<std::byte*> targets_;
};

} // namespace

std::unique_ptr<window_engine> make_session_windows(window_groups& groups) {
  return std::make_unique<session_windows>(groups);
}

} // namespace levada
