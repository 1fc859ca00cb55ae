#include "runtime/operators/window_groups.hpp"

#include <algorithm>

#include "runtime/operators/key_hash.hpp"

namespace levada {

namespace {

constexpr uint32_t sweep_min = 1024; // keys without windows that are not worth a sweep
constexpr uint32_t bulk_rows = 512;  // blocks merged or finished in one call

} // namespace

status window_groups::open(const operator_context& context, operator_counters& counters) {
  context_ = context;
  counters_ = &counters;
  const operator_spec& spec = *context.spec;
  alignment_ = window_alignment{spec.window, context.eval.session_zone};
  if (!spec.keys.empty()) key_columns_ = spec.keys[0];
  std::vector<data_type> key_types;
  for (uint32_t key : key_columns_) key_types.push_back(spec.inputs[0].fields[key].type);
  keys_ = group_table{key_types};
  bool updating = !spec.updating.empty() && spec.updating[0];
  if (auto s = aggregates_.open(spec.aggregates, spec.inputs[0], updating, *context.functions); !s.ok()) return s;
  pool_ = std::make_unique<slot_pool>(aggregates_.block_bytes());
  rows_ = std::make_unique<batch_builder>(spec.output, watermark_none);
  check(spec.output.size() == key_columns_.size() + aggregates_.size() + 3);
  time_is_instant_ = spec.output.fields.back().type.kind() == type_kind::timestamp_ltz;
  return {};
}

std::span<const uint32_t> window_groups::ids_of(const batch& in, row_set rows) {
  hashes_.resize(rows.count);
  ids_.resize(rows.count);
  key_values_.clear();
  for (uint32_t key : key_columns_) key_values_.push_back(in.columns[key].get());
  hash_keys(key_values_, rows, hashes_.data());
  keys_.find_or_insert(key_values_, rows, hashes_.data(), ids_.data());
  return ids_;
}

void window_groups::know(uint32_t id) {
  if (holders_.size() <= id) holders_.resize(keys_.id_end(), unknown);
  if (holders_[id] == unknown) holders_[id] = 0;
}

void window_groups::hold(uint32_t id) {
  know(id);
  if (holders_[id]++ == 0) ++held_;
  ++counters_->state_entries;
}

void window_groups::release(uint32_t id) {
  if (--holders_[id] == 0) --held_;
  --counters_->state_entries;
}

void window_groups::sweep() {
  uint32_t idle = keys_.size() - held_;
  counters_->state_bytes = keys_.memory_bytes() + pool_->memory_bytes() + holders_.capacity() * sizeof(uint32_t);
  if (idle <= std::max(sweep_min, held_)) return;
  std::vector<uint8_t> dead(keys_.id_end());
  for (uint32_t id = 0; id < holders_.size(); ++id) {
    if (holders_[id] != 0) continue;
    dead[id] = 1;
    holders_[id] = unknown;
  }
  keys_.erase_all(dead.data());
}

void window_groups::merge(slot_array& into, const slot_array& from) {
  uint32_t ids[bulk_rows];
  std::byte* targets[bulk_rows];
  const std::byte* sources[bulk_rows];
  uint32_t count = 0;
  auto merge_collected = [&] {
    touch_all(into, {ids, count}, targets);
    aggregates_.merge(targets, sources, count);
    count = 0;
  };
  from.for_each([&](uint32_t id, std::byte* block) {
    ids[count] = id;
    sources[count] = block;
    if (++count == bulk_rows) merge_collected();
  });
  merge_collected();
}

void window_groups::erase_saved(uint32_t id, std::string_view window_key) {
  std::string key{window_key};
  keys_.write_key(id, key);
  erased_.erase(keys_.key_group(id), key);
}

void window_groups::drop(slot_array& window, std::string_view window_key) {
  window.for_each([&](uint32_t id, std::byte* block) {
    aggregates_.destroy(block);
    release(id);
  });
  window.for_each_saved([&](uint32_t id, std::byte*) { erase_saved(id, window_key); });
  window.drop();
}

void window_groups::emit(const slot_array& window, int64_t start, int64_t end, output& out) {
  uint32_t ids[bulk_rows];
  const std::byte* blocks[bulk_rows];
  uint32_t count = 0;
  window.for_each([&](uint32_t id, std::byte* block) {
    if (!aggregates_.has_rows(block)) return;
    ids[count] = id;
    blocks[count] = block;
    if (++count < bulk_rows) return;
    append({ids, count}, {blocks, count}, start, end, out);
    count = 0;
  });
  append({ids, count}, {blocks, count}, start, end, out);
}

void window_groups::emit_one(uint32_t id, const std::byte* block, int64_t start, int64_t end, output& out) {
  if (aggregates_.has_rows(block)) append({&id, 1}, {&block, 1}, start, end, out);
}

void window_groups::append(std::span<const uint32_t> ids, std::span<const std::byte* const> blocks, int64_t start,
                           int64_t end, output& out) {
  int64_t time = end - us_per_ms;
  if (time_is_instant_) time = alignment_.instant(time);
  while (!ids.empty()) {
    auto count = static_cast<uint32_t>(std::min<size_t>(ids.size(), context_.batch_rows - rows_->rows()));
    uint32_t at = 0;
    for (uint32_t k = 0; k < key_columns_.size(); ++k) keys_.append_keys(ids.first(count), k, rows_->at(at++));
    for (uint32_t a = 0; a < aggregates_.size(); ++a) aggregates_.finish(blocks.data(), count, a, rows_->at(at++));
    for (int64_t value : {start, end, time}) {
      column& c = rows_->at(at++);
      uint32_t from = c.size();
      c.resize(from + count);
      std::fill_n(c.data<int64_t>() + from, count, value);
    }
    rows_->end_rows(count);
    counters_->rows_out += count;
    ids = ids.subspan(count);
    blocks = blocks.subspan(count);
    if (rows_->rows() == context_.batch_rows) out.push(rows_->take());
  }
}

void window_groups::flush(output& out) {
  if (!rows_->has_news()) return;
  batch made = rows_->take();
  // A pure watermark step carries no columns.
  if (made.rows == 0) made.columns.clear();
  out.push(std::move(made));
}

void window_groups::save(slot_array& window, std::string_view window_key, delta_writer& delta) {
  std::string key;
  std::string value;
  window.save_dirty([&](uint32_t id, std::byte* block) {
    key = window_key;
    keys_.write_key(id, key);
    value.clear();
    aggregates_.save(block, value);
    delta.put(keys_.key_group(id), key, value);
  });
}

void window_groups::save_erased(delta_writer& delta) {
  std::string bytes = erased_.take();
  delta_reader reader{bytes};
  delta_operation operation;
  while (reader.next(operation)) delta.erase(operation.key_group, operation.key);
}

status window_groups::load(slot_array& window, msgpack_reader& key, const std::string_view* value) {
  uint32_t id = keys_.read_key(key);
  if (id == group_table::absent) return key.failure();
  know(id);
  if (window.is_present(id)) {
    aggregates_.destroy(window.at(id));
    window.erase(id);
    release(id);
  }
  if (!value) return {};
  std::byte* block = touch(window, id);
  if (auto s = aggregates_.load(block, *value); !s.ok()) return s;
  window.mark_saved(id);
  return {};
}

uint16_t window_groups::first_own_group() const {
  uint16_t group = 0;
  while (group + 1u < key_groups && !owns(group)) ++group;
  return group;
}

} // namespace levada
