// FROM TABLE(SESSION(...)) by itself: rows are kept until their session ends, then come with window_start, window_end and
// window_time behind their columns, session by session in order of ends, within one as they arrived. Rows without an event
// time are dropped, late ones counted and dropped.
//
// Entries of state are those of kept_rows: sessions follow from the rows that are left, whatever order they come in.
#include <algorithm>
#include <map>
#include <tuple>

#include "runtime/operators/group_table.hpp"
#include "runtime/operators/kept_rows.hpp"
#include "runtime/operators/key_hash.hpp"
#include "runtime/operators/session_index.hpp"
#include "runtime/registry.hpp"

namespace levada::operators {

namespace {

constexpr uint32_t window_columns = 3;

class session_table final : public stream_operator {
 public:
  status open(const operator_context& context) override {
    const operator_spec& spec = *context.spec;
    check(spec.window.kind == window_kind::session && spec.inputs.size() == 1 && spec.keys.size() == 1);
    check(spec.output.size() == spec.inputs[0].size() + window_columns);
    spec_ = &spec;
    batch_rows_ = context.batch_rows;
    alignment_ = window_alignment{spec.window, context.eval.session_zone};
    sessions_ = std::make_unique<session_index>(alignment_, spec.window.size_ms * us_per_ms);
    rows_ = std::make_unique<kept_rows>(spec.inputs[0]);
    std::vector<data_type> key_types;
    for (uint32_t key : spec.keys[0]) key_types.push_back(spec.inputs[0].fields[key].type);
    keys_ = group_table{key_types};
    made_ = std::make_unique<batch_builder>(spec.output, watermark_none);
    time_is_instant_ = spec.output.fields.back().type.kind() == type_kind::timestamp_ltz;
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    advance(in.watermark_before, out);
    segments_.cut(
        in, [&](row_set rows, uint32_t from) { return sessions_->next_firing_row(in, rows, from, time_of(in)); },
        [&](row_set rows) { add(in, rows); },
        [&](uint32_t row) {
          // What ends now lies behind the steps before it.
          made_->advance(watermark_before_row(in, row));
          advance(in.watermark_at(row), out);
        });
    advance(in.watermark_after, out);
    flush_rows(out);
    rows_->settle([this](auto&& move) {
      for (auto& list : lists_) move(list);
    });
    counters_.state_entries = rows_->size();
    counters_.state_bytes = keys_.memory_bytes() + rows_->memory_bytes() + sessions_->memory_bytes();
    return {};
  }

  status snapshot(delta_writer& delta) override {
    rows_->save(delta);
    return {};
  }

  status restore(uint16_t key_group, std::string_view key, const std::string_view* value) override {
    msgpack_reader in{key};
    uint64_t number = kept_rows::read_number(in);
    if (!in.ok()) return in.failure();
    if (value) restoring_[{number, key_group}] = *value;
    else restoring_.erase({number, key_group});
    return {};
  }

  status restored() override {
    for (const auto& [place, value] : restoring_) {
      kept_rows::list single;
      if (auto s = rows_->append_saved(single, value, place.first, place.second); !s.ok()) return s;
      uint32_t row = kept_rows::first_row(single);
      key_values_.clear();
      for (uint32_t key : spec_->keys[0]) key_values_.push_back(&rows_->at(key));
      uint64_t hash = 0;
      uint32_t id = 0;
      hash_keys(key_values_, {&row, 1}, &hash);
      keys_.find_or_insert(key_values_, {&row, 1}, &hash, &id);
      // Whatever is in the state was in time.
      uint32_t number = place_row(id, rows_->at(spec_->window.time_column), row, watermark_none);
      join(lists_[number], single);
    }
    restoring_.clear();
    counters_.state_entries = rows_->size();
    return {};
  }

 private:
  const column& time_of(const batch& in) const { return *in.columns[spec_->window.time_column]; }

  void join(kept_rows::list& to, kept_rows::list& from) {
    if (to.first == 0) std::swap(to, from);
    else rows_->splice(to, from);
  }

  uint32_t place_row(uint32_t id, const column& time, uint32_t row, int64_t watermark) {
    uint32_t number = sessions_->place(
        id, alignment_.local(time.at<int64_t>(row)), watermark,
        [this](uint32_t target, uint32_t other) { join(lists_[target], lists_[other]); }, [](uint32_t) {});
    if (lists_.size() < sessions_->number_end()) lists_.resize(sessions_->number_end());
    return number;
  }

  void add(const batch& in, row_set rows) {
    const column& time = time_of(in);
    timed_.clear();
    late_.clear();
    for (uint32_t i = 0; i < rows.count; ++i) {
      if (!time.is_null(rows[i])) timed_.push_back(rows[i]);
    }
    if (timed_.empty()) return;
    row_set kept{timed_.data(), static_cast<uint32_t>(timed_.size())};
    hashes_.resize(kept.count);
    ids_.resize(kept.count);
    key_values_.clear();
    for (uint32_t key : spec_->keys[0]) key_values_.push_back(in.columns[key].get());
    hash_keys(key_values_, kept, hashes_.data());
    keys_.find_or_insert(key_values_, kept, hashes_.data(), ids_.data());
    for (uint32_t i = 0; i < kept.count; ++i) {
      uint32_t number = place_row(ids_[i], time, kept[i], watermark_before_row(in, kept[i]));
      if (number == session_index::none) {
        late_.push_back(ids_[i]);
        continue;
      }
      rows_->append(lists_[number], in, kept[i], keys_.key_group(ids_[i]));
    }
    counters_.rows_late += late_.size();
    std::sort(late_.begin(), late_.end());
    late_.erase(std::unique(late_.begin(), late_.end()), late_.end());
    for (uint32_t id : late_) forget_idle_key(id);
  }

  void forget_idle_key(uint32_t id) {
    if (sessions_->first_of(id) == session_index::none) keys_.erase(id);
  }

  void advance(int64_t watermark, output& out) {
    if (watermark <= counters_.watermark) return;
    counters_.watermark = watermark;
    auto& due = sessions_->due(watermark);
    // By the first row rather than the key: ids of keys may depend on how the input was cut into batches.
    std::sort(due.begin(), due.end(), [this](uint32_t a, uint32_t b) { return order_of(a) < order_of(b); });
    for (uint32_t number : due) {
      emit(number, out);
      uint32_t id = (*sessions_)[number].key;
      rows_->drop(lists_[number]);
      sessions_->close(number);
      forget_idle_key(id);
    }
    made_->advance(watermark);
  }

  std::tuple<int64_t, int64_t, uint64_t> order_of(uint32_t number) const {
    const auto& s = (*sessions_)[number];
    return {s.end, s.start, rows_->number_of(kept_rows::first_row(lists_[number]))};
  }

  void emit(uint32_t number, output& out) {
    const auto& s = (*sessions_)[number];
    const uint32_t width = spec_->inputs[0].size();
    int64_t time = s.end - us_per_ms;
    if (time_is_instant_) time = alignment_.instant(time);
    rows_->for_each(lists_[number], [&](uint32_t row) {
      for (uint32_t c = 0; c < width; ++c) made_->at(c).push_from(rows_->at(c), row);
      made_->at(width).push(s.start);
      made_->at(width + 1).push(s.end);
      made_->at(width + 2).push(time);
      made_->end_row();
      ++counters_.rows_out;
      if (made_->rows() == batch_rows_) out.push(made_->take());
    });
  }

  void flush_rows(output& out) {
    if (!made_->has_news()) return;
    batch made = made_->take();
    // A pure watermark step carries no columns.
    if (made.rows == 0) made.columns.clear();
    out.push(std::move(made));
  }

  const operator_spec* spec_ = nullptr;
  uint32_t batch_rows_ = batch_rows_default;
  bool time_is_instant_ = false;
  window_alignment alignment_;
  std::unique_ptr<session_index> sessions_;
  std::unique_ptr<kept_rows> rows_;
  std::vector<kept_rows::list> lists_; // by session number
  group_table keys_;
  window_segments segments_;
  std::unique_ptr<batch_builder> made_;
  std::map<std::pair<uint64_t, uint16_t>, std::string> restoring_;
  std::vector<uint32_t> timed_;
  std::vector<uint32_t> late_; // keys of late rows
  std::vector<const column*> key_values_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> ids_;
};

} // namespace

void register_session_table(registry& into) {
  into.add_operator("session_table", [] { return std::make_unique<session_table>(); });
}

} // namespace levada::operators
