#include "levada/user_operator_adapter.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "levada/column_values.hpp"
#include "levada/value_codec.hpp"
#include "runtime/operators/key_hash.hpp"
#include "storage/delta.hpp"

namespace levada {

namespace {

// Key of the entry that holds a user_operator's own snapshot: no encoded key row is empty.
constexpr std::string_view own_snapshot_key;

struct keyed_entry {
  row key;
  uint16_t group = 0;
  std::map<std::string, value, std::less<>> values;
  std::set<int64_t> timers;
};

class adapter final : public stream_operator, private operator_call {
 public:
  explicit adapter(std::unique_ptr<user_operator> own) : own_(std::move(own)) {}

  status open(const operator_context& context) override {
    spec_ = context.spec;
    batch_rows_ = context.batch_rows;
    keeps_state_ = context.keeps_state;
    instance_ = context.instance;
    parallelism_ = context.parallelism;
    operator_info info;
    info.options = spec_->options;
    for (const auto& f : spec_->inputs[0].fields) info.columns.push_back(f.name);
    info.instance = context.instance;
    info.parallelism = context.parallelism;
    if (auto e = own_->open(info)) return {errc::operator_failed, e.message};
    out_.emplace(spec_->output, watermark_none);
    return {};
  }

  status process(batch in, uint32_t, output& out) override {
    advance(in.watermark_before);
    row_set rows = in.selected();
    counters_.rows_in += rows.count;
    hashes_.resize(rows.count);
    if (rows.count > 0) hash_keys(in, keys(), rows, hashes_.data());
    for (uint32_t i = 0; i < rows.count && failure_.ok(); ++i) {
      uint32_t physical = rows[i];
      if (i > 0) advance(in.watermark_at(physical - 1));
      on_row(in, physical, hashes_[i]);
      if (out_->rows() >= batch_rows_) out.push(out_->take());
    }
    advance(in.watermark_after);
    if (!failure_.ok()) return failure_;
    if (out_->has_news()) out.push(out_->take());
    return {};
  }

  status snapshot(delta_writer& delta) override {
    for (const auto& encoded : dirty_) {
      auto it = entries_.find(encoded);
      if (it == entries_.end()) {
        delta.erase(erased_groups_[encoded], encoded);
        continue;
      }
      std::string text;
      encode_entry(it->second.values, it->second.timers, text);
      delta.put(it->second.group, encoded, text);
    }
    dirty_.clear();
    erased_groups_.clear();
    std::string bytes = own_->snapshot();
    if (bytes != last_snapshot_) {
      // One of the groups that this instance owns, so that it comes back to the same instance.
      delta.put(first_group(), own_snapshot_key, bytes);
      last_snapshot_ = std::move(bytes);
    }
    return {};
  }

  status restore(uint16_t group, std::string_view key_bytes, const std::string_view* bytes) override {
    if (key_bytes == own_snapshot_key) {
      last_snapshot_ = bytes ? std::string(*bytes) : std::string{};
      return {};
    }
    std::string encoded(key_bytes);
    if (!bytes) {
      entries_.erase(encoded);
      return {};
    }
    keyed_entry entry;
    entry.group = group;
    if (auto s = decode_values(key_bytes, entry.key); !s.ok()) return s;
    if (auto s = decode_entry(*bytes, entry.values, entry.timers); !s.ok()) return s;
    entries_[encoded] = std::move(entry);
    return {};
  }

  status restored() override {
    for (auto& [encoded, entry] : entries_) {
      for (int64_t t : entry.timers) timers_.emplace(t, encoded);
    }
    if (!last_snapshot_.empty()) {
      if (auto e = own_->restore(last_snapshot_)) return {errc::operator_failed, e.message};
    }
    return {};
  }

 private:
  std::span<const uint32_t> keys() const {
    return spec_->keys.empty() ? std::span<const uint32_t>{} : std::span<const uint32_t>(spec_->keys[0]);
  }

  uint16_t first_group() const {
    for (uint32_t g = 0; g < key_groups; ++g) {
      if (instance_of(g, parallelism_) == instance_) return static_cast<uint16_t>(g);
    }
    return 0;
  }

  void on_row(const batch& in, uint32_t physical, uint64_t hash) {
    row values;
    values.reserve(in.columns.size());
    for (const auto& c : in.columns) values.push_back(value_at(*c, physical));
    row key_values;
    for (uint32_t k : keys()) key_values.push_back(values[k]);
    std::string encoded;
    encode_values(key_values, encoded);
    enter(encoded, key_values, keys().empty() ? first_group() : static_cast<uint16_t>(key_group_of(hash)));
    own_->process(values, *this);
    leave();
  }

  void advance(int64_t watermark) {
    if (watermark <= watermark_ || !failure_.ok()) return;
    while (!timers_.empty() && timers_.begin()->first <= watermark && failure_.ok()) {
      auto [time, encoded] = *timers_.begin();
      timers_.erase(timers_.begin());
      auto it = entries_.find(encoded);
      if (it == entries_.end() || it->second.timers.erase(time) == 0) continue;
      mark(encoded);
      out_->advance(std::min(time, watermark));
      watermark_ = std::max(watermark_, time);
      enter(encoded, it->second.key, it->second.group);
      own_->on_timer(time, *this);
      leave();
    }
    watermark_ = watermark;
    counters_.watermark = watermark;
    own_->on_watermark(watermark, *this);
    out_->advance(watermark);
  }

  void enter(const std::string& encoded, const row& key_values, uint16_t group) {
    current_ = encoded;
    current_key_ = key_values;
    current_group_ = group;
    entered_ = true;
  }

  // An entry without values and timers is no entry.
  void leave() {
    auto it = entries_.find(current_);
    if (it != entries_.end() && it->second.values.empty() && it->second.timers.empty()) {
      erased_groups_[current_] = it->second.group;
      entries_.erase(it);
      mark(current_);
    }
    entered_ = false;
    current_key_.clear();
    counters_.state_entries = entries_.size();
  }

  keyed_entry& current_entry() {
    check(entered_);
    auto [it, added] = entries_.try_emplace(current_);
    if (added) {
      it->second.key = current_key_;
      it->second.group = current_group_;
    }
    return it->second;
  }

  void mark(const std::string& encoded) {
    if (keeps_state_) dirty_.insert(encoded);
  }

  const row& key() const override { return current_key_; }

  std::optional<value> get(std::string_view name) const override {
    auto it = entries_.find(current_);
    if (!entered_ || it == entries_.end()) return {};
    auto found = it->second.values.find(name);
    if (found == it->second.values.end()) return {};
    return found->second;
  }

  void put(std::string_view name, value v) override {
    current_entry().values.insert_or_assign(std::string(name), std::move(v));
    mark(current_);
  }

  void erase(std::string_view name) override {
    auto it = entries_.find(current_);
    if (it == entries_.end()) return;
    auto found = it->second.values.find(name);
    if (found == it->second.values.end()) return;
    it->second.values.erase(found);
    mark(current_);
  }

  void set_timer(int64_t time_ms) override {
    if (!current_entry().timers.insert(time_ms).second) return;
    timers_.emplace(time_ms, current_);
    mark(current_);
  }

  void clear_timer(int64_t time_ms) override {
    auto it = entries_.find(current_);
    if (it == entries_.end() || it->second.timers.erase(time_ms) == 0) return;
    timers_.erase({time_ms, current_});
    mark(current_);
  }

  int64_t watermark_ms() const override { return watermark_; }

  void emit(row values) override {
    if (values.size() != spec_->output.fields.size()) {
      return fail("emitted " + std::to_string(values.size()) + " values for " + spec_->output.to_string());
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (auto s = append_value(values[i], out_->at(static_cast<uint32_t>(i))); !s.ok()) {
        failure_ = s.at("column '" + spec_->output.fields[i].name + "'");
        return;
      }
    }
    out_->end_row();
    ++counters_.rows_out;
  }

  void fail(std::string message) override {
    if (failure_.ok()) failure_ = {errc::operator_failed, std::move(message)};
  }

  std::unique_ptr<user_operator> own_;
  const operator_spec* spec_ = nullptr;
  std::optional<batch_builder> out_;
  std::unordered_map<std::string, keyed_entry> entries_; // by encoded key
  std::set<std::pair<int64_t, std::string>> timers_;     // (time, encoded key)
  std::unordered_set<std::string> dirty_;
  std::unordered_map<std::string, uint16_t> erased_groups_;
  std::vector<uint64_t> hashes_;
  std::string last_snapshot_;
  std::string current_;
  row current_key_;
  status failure_;
  int64_t watermark_ = watermark_none;
  uint32_t batch_rows_ = batch_rows_default;
  uint32_t instance_ = 0;
  uint32_t parallelism_ = 1;
  uint16_t current_group_ = 0;
  bool keeps_state_ = false;
  bool entered_ = false;
};

} // namespace

std::unique_ptr<stream_operator> adapt_user_operator(std::unique_ptr<user_operator> own) {
  return std::make_unique<adapter>(std::move(own));
}

} // namespace levada
