// GROUP BY without windows: a changelog of each group's result. The first row of a group gives +I, a change of its result
// -U and +U (or +U alone), the loss of its last row -D; an unchanged result gives nothing. Without mini-batch every input
// row has its own outcome, as if rows came one at a time.
//
// The rows of a batch are taken at once all the same: aggregates compute the result after each row in one pass
// (aggregate::update_running), so the result before a row is the one after the previous row of its group, or the one
// the group had when the batch came. With mini-batch a group's result is kept at its first change and compared when
// flush() is called; event time waits for that.
//
// Entries of state: [key...] -> accumulators.
#include <algorithm>

#include "runtime/operators/aggregate_set.hpp"
#include "runtime/operators/key_hash.hpp"
#include "runtime/operators/result_changes.hpp"
#include "runtime/operators/slot_array.hpp"
#include "runtime/registry.hpp"
#include "storage/delta.hpp"

namespace levada::operators {

namespace {

constexpr uint32_t none = result_changes::none;
constexpr uint32_t held_max = 1u << 20; // groups with changes held back: then they are sent unasked

class group_aggregate final : public stream_operator {
 public:
  ~group_aggregate() override {
    if (groups_) groups_->for_each([this](uint32_t, std::byte* block) { aggregates_.destroy(block); });
  }

  status open(const operator_context& context) override {
    const operator_spec& spec = *context.spec;
    mini_batch_ = context.mini_batch;
    if (!spec.keys.empty()) key_columns_ = spec.keys[0];
    std::vector<data_type> key_types;
    for (uint32_t key : key_columns_) key_types.push_back(spec.inputs[0].fields[key].type);
    keys_ = group_table{key_types};
    updating_ = !spec.updating.empty() && spec.updating[0];
    if (auto s = aggregates_.open(spec.aggregates, spec.inputs[0], updating_, *context.functions); !s.ok()) return s;
    check(spec.output.size() == key_columns_.size() + aggregates_.size());
    pool_ = std::make_unique<slot_pool>(aggregates_.block_bytes());
    groups_ = std::make_unique<slot_array>(*pool_);
    changes_.open(spec, keys_, static_cast<uint32_t>(key_columns_.size()), context.batch_rows);
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    counters_.rows_in += in.selected_count();
    if (in.rows > 0) {
      find_groups(in);
      row_set rows = in.selected();
      for (uint32_t from = 0; from < rows.count;) {
        from = take(in, rows, from);
        if (mini_batch_) hold(in);
        else give(in, out);
      }
      forget_vacated();
      counters_.state_entries = groups_->size();
      counters_.state_bytes = keys_.memory_bytes() + pool_->memory_bytes();
    }
    watermark_ = std::max(watermark_, in.watermark_after);
    if (held_.empty()) pass_time(out);
    else if (held_.size() > held_max) return flush(out);
    return {};
  }

  status flush(output& out) override {
    if (!held_.empty()) emit_held(out);
    pass_time(out);
    return {};
  }

  status snapshot(delta_writer& delta) override {
    std::string erased = erased_.take();
    delta_reader reader{erased};
    for (delta_operation operation; reader.next(operation);) delta.erase(operation.key_group, operation.key);
    std::string key;
    std::string value;
    groups_->save_dirty([&](uint32_t id, std::byte* block) {
      key.clear();
      value.clear();
      keys_.write_key(id, key);
      aggregates_.save(block, value);
      delta.put(keys_.key_group(id), key, value);
    });
    return {};
  }

  status restore(uint16_t, std::string_view key, const std::string_view* value) override {
    msgpack_reader in{key};
    uint32_t id = keys_.read_key(in);
    if (id == group_table::absent) return in.failure();
    groups_->reserve(keys_.id_end());
    if (groups_->is_present(id)) {
      aggregates_.destroy(groups_->at(id));
      groups_->erase(id);
    }
    if (!value) {
      keys_.erase(id);
      return {};
    }
    bool fresh = false;
    auto s = aggregates_.load(groups_->touch(id, fresh), *value);
    groups_->mark_saved(id);
    return s;
  }

 private:
  // What the rows of one chunk do to their groups; all vectors are aligned.
  struct chunk {
    std::vector<uint32_t> rows;
    std::vector<uint32_t> ids;
    std::vector<std::byte*> blocks;
    std::vector<uint32_t> before;  // the number of the previous row of the group, or first_before + i, or none
    std::vector<uint8_t> gone;     // the group has no row left
    std::vector<std::byte*> known; // groups that existed: their results come first
    void clear() {
      for (auto* v : {&rows, &ids, &before}) v->clear();
      blocks.clear();
      gone.clear();
      known.clear();
    }
  };
  static constexpr uint32_t first_before = 1u << 31;

  void find_groups(const batch& in) {
    row_set rows = in.selected();
    key_values_.clear();
    for (uint32_t key : key_columns_) key_values_.push_back(in.columns[key].get());
    hashes_.resize(rows.count);
    ids_.resize(rows.count);
    hash_keys(key_values_, rows, hashes_.data());
    keys_.find_or_insert(key_values_, rows, hashes_.data(), ids_.data());
    groups_->reserve(keys_.id_end());
    if (last_row_.size() < keys_.id_end()) {
      last_row_.resize(keys_.id_end(), none);
      if (updating_) rows_left_.resize(keys_.id_end());
    }
  }

  // Takes rows from number `from` on into chunk_, up to one whose group lost its last row in this chunk: that group
  // begins anew. Returns the number of the first row not taken.
  uint32_t take(const batch& in, row_set rows, uint32_t from) {
    chunk_.clear();
    uint32_t i = from;
    for (; i < rows.count; ++i) {
      uint32_t id = ids_[i];
      bool seen = last_row_[id] != none;
      if (updating_) {
        if (!mini_batch_ && seen && rows_left_[id] == 0) break;
        bool addition = is_addition(in.kind(rows[i]));
        if (!seen && !groups_->is_present(id)) {
          // A retraction from a group that does not exist has nothing to retract.
          if (!addition) {
            vacated_.push_back(id);
            continue;
          }
          rows_left_[id] = 0;
        } else if (!seen) {
          rows_left_[id] = aggregates_.row_count(groups_->at(id));
        }
        rows_left_[id] += addition ? 1 : -1;
      }
      bool fresh = false;
      std::byte* block = groups_->touch(id, fresh);
      if (seen) {
        chunk_.before.push_back(last_row_[id]);
      } else if (fresh) {
        chunk_.before.push_back(none);
      } else {
        chunk_.before.push_back(first_before + static_cast<uint32_t>(chunk_.known.size()));
        chunk_.known.push_back(block);
      }
      last_row_[id] = static_cast<uint32_t>(chunk_.rows.size());
      chunk_.rows.push_back(rows[i]);
      chunk_.ids.push_back(id);
      chunk_.blocks.push_back(block);
      chunk_.gone.push_back(updating_ && rows_left_[id] == 0);
    }
    for (uint32_t id : chunk_.ids) last_row_[id] = none;
    return i;
  }

  row_set chunk_rows() const { return {chunk_.rows.data(), static_cast<uint32_t>(chunk_.rows.size())}; }

  // Updates the groups of the chunk and emits the outcome of every row.
  void give(const batch& in, output& out) {
    auto& results = changes_.results();
    auto known = static_cast<uint32_t>(chunk_.known.size());
    for (uint32_t a = 0; a < aggregates_.size(); ++a) aggregates_.finish(chunk_.known.data(), known, a, results[a]);
    aggregates_.update_running(chunk_.blocks.data(), in, chunk_rows(), results);
    for (uint32_t& before : chunk_.before) {
      if (before != none) before = before >= first_before ? before - first_before : before + known;
    }
    changes_.compare(chunk_.before, known, changed_);
    for (uint32_t i = 0; i < chunk_.rows.size(); ++i) {
      uint32_t after = chunk_.gone[i] ? none : known + i;
      changes_.add(chunk_.ids[i], chunk_.before[i], after, changed_[i], chunk_.rows[i]);
    }
    counters_.rows_out += changes_.emit(in, out);
    for (uint32_t i = 0; i < chunk_.rows.size(); ++i) {
      if (chunk_.gone[i]) remove(chunk_.ids[i]);
    }
  }

  // Updates the groups of the chunk and remembers the results of those that had no change yet.
  void hold(const batch& in) {
    for (uint32_t i = 0; i < chunk_.rows.size(); ++i) {
      uint32_t id = chunk_.ids[i];
      if (held_at_.size() <= id) held_at_.resize(keys_.id_end(), none);
      if (held_at_[id] != none) continue;
      held_at_[id] = static_cast<uint32_t>(held_.size());
      uint32_t before = none;
      if (chunk_.before[i] != none) {
        before = held_results_++;
        const std::byte* block = chunk_.blocks[i];
        for (uint32_t a = 0; a < aggregates_.size(); ++a) aggregates_.finish(&block, 1, a, changes_.results()[a]);
      }
      held_.push_back({id, before});
    }
    aggregates_.update(chunk_.blocks.data(), in, chunk_rows());
  }

  void emit_held(output& out) {
    std::vector<uint32_t> before;
    std::vector<const std::byte*> blocks;
    for (const held& h : held_) {
      before.push_back(h.before);
      blocks.push_back(groups_->at(h.id));
    }
    auto count = static_cast<uint32_t>(held_.size());
    for (uint32_t a = 0; a < aggregates_.size(); ++a) {
      aggregates_.finish(blocks.data(), count, a, changes_.results()[a]);
    }
    changes_.compare(before, held_results_, changed_);
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t after = aggregates_.has_rows(blocks[i]) ? held_results_ + i : none;
      changes_.add(held_[i].id, before[i], after, changed_[i], 0);
    }
    counters_.rows_out += changes_.emit(counters_.watermark, counters_.watermark, out);
    for (uint32_t i = 0; i < count; ++i) {
      held_at_[held_[i].id] = none;
      if (!aggregates_.has_rows(blocks[i])) remove(held_[i].id);
    }
    held_.clear();
    held_results_ = 0;
    forget_vacated();
  }

  void pass_time(output& out) {
    if (watermark_ <= counters_.watermark) return;
    batch step;
    step.watermark_before = counters_.watermark;
    step.watermark_after = counters_.watermark = watermark_;
    out.push(std::move(step));
  }

  void remove(uint32_t id) {
    if (groups_->is_saved(id)) {
      std::string key;
      keys_.write_key(id, key);
      erased_.erase(keys_.key_group(id), key);
    }
    aggregates_.destroy(groups_->at(id));
    groups_->erase(id);
    vacated_.push_back(id);
  }

  // Keys without a group, when no row of a batch refers to them any more.
  void forget_vacated() {
    std::sort(vacated_.begin(), vacated_.end());
    vacated_.erase(std::unique(vacated_.begin(), vacated_.end()), vacated_.end());
    for (uint32_t id : vacated_) {
      if (!groups_->is_present(id)) keys_.erase(id);
    }
    vacated_.clear();
  }

  struct held {
    uint32_t id;
    uint32_t before; // row of changes_.results(), or none
  };

  bool mini_batch_ = false;
  bool updating_ = false;
  std::vector<uint32_t> key_columns_;
  group_table keys_;
  aggregate_set aggregates_;
  std::unique_ptr<slot_pool> pool_;
  std::unique_ptr<slot_array> groups_;
  result_changes changes_;
  delta_writer erased_;
  int64_t watermark_ = watermark_none; // of the input; counters_.watermark is that of the output

  std::vector<held> held_;        // mini-batch: groups changed since the last flush, in order
  std::vector<uint32_t> held_at_; // by id: index into held_, or none
  uint32_t held_results_ = 0;

  chunk chunk_;
  std::vector<uint32_t> last_row_; // by id: number of its last row in the chunk, or none
  std::vector<int64_t> rows_left_; // by id, of groups in the chunk: rows of the group
  std::vector<uint32_t> vacated_;
  std::vector<uint8_t> changed_;
  std::vector<const column*> key_values_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> ids_;
};

} // namespace

void register_group_aggregate(registry& into) {
  into.add_operator("group_aggregate", [] { return std::make_unique<group_aggregate>(); });
}

} // namespace levada::operators
