#include "runtime/operators/group_table.hpp"

#include <algorithm>

#include "runtime/operators/key_hash.hpp"
#include "runtime/operators/value_codec.hpp"

namespace levada {

namespace {

constexpr uint32_t buckets_min = 64;
constexpr uint32_t cached_buckets = 8192; // a table no larger than this is in the cache anyway
constexpr uint32_t probe_block = 64;      // rows prefetched together: more would overrun the line-fill buffers

constexpr uint64_t bucket_of(uint32_t tag, uint32_t id) { return uint64_t{tag} << 32 | (id + 1); }
constexpr uint32_t id_of(uint64_t bucket) { return static_cast<uint32_t>(bucket) - 1; }
constexpr uint32_t tag_of(uint64_t bucket) { return static_cast<uint32_t>(bucket >> 32); }

bool is_integer_like(physical_type type) {
  switch (type) {
  case physical_type::u8:
  case physical_type::i8:
  case physical_type::i16:
  case physical_type::i32:
  case physical_type::i64: return true;
  default: return false;
  }
}

template <class T>
void widen(const column& c, row_set rows, int64_t* out) {
  for (uint32_t i = 0; i < rows.count; ++i) out[i] = int64_t{0} + c.at<T>(rows[i]);
}

void widen(const column& c, row_set rows, int64_t* out) {
  switch (c.type().physical()) {
  case physical_type::u8: return widen<uint8_t>(c, rows, out);
  case physical_type::i8: return widen<int8_t>(c, rows, out);
  case physical_type::i16: return widen<int16_t>(c, rows, out);
  case physical_type::i32: return widen<int32_t>(c, rows, out);
  default: return widen<int64_t>(c, rows, out);
  }
}

} // namespace

// The keys looked for, and those stored: `stored` moves when the table grows.
struct group_table::integer_keys {
  group_table* table;
  const int64_t* values;
  const int64_t* stored = nullptr;

  void refresh() { stored = table->integers_.data(); }
  const void* address(uint32_t id) const { return stored + id; }
  bool equal(uint32_t id, uint32_t i) const { return stored[id] == values[i]; }
  void store(uint32_t id, uint32_t i, uint64_t hash) const {
    table->integers_[id] = values[i];
    if (hash == null_key_hash && values[i] == 0) table->null_id_ = id;
  }
};

struct group_table::text_keys {
  group_table* table;
  const string_ref* values;
  const string_ref* stored = nullptr;

  void refresh() { stored = table->texts_.data(); }
  const void* address(uint32_t id) const { return stored + id; }
  bool equal(uint32_t id, uint32_t i) const { return stored[id] == values[i]; }
  void store(uint32_t id, uint32_t i, uint64_t hash) const {
    string_ref text = values[i];
    if (!text.is_inline()) {
      char* copy = new char[text.size()];
      std::memcpy(copy, text.data(), text.size());
      table->text_bytes_ += text.size();
      text = string_ref{{copy, text.size()}};
    }
    table->texts_[id] = text;
    if (hash == null_key_hash && text.size() == 0 && table->layout_ == layout::text) table->null_id_ = id;
  }
};

group_table::group_table(std::vector<data_type> key_types) : types_(std::move(key_types)) {
  if (types_.size() == 1) {
    physical_type only = types_[0].physical();
    if (is_integer_like(only)) layout_ = layout::integer;
    if (only == physical_type::string) layout_ = layout::text;
  }
  clear();
}

group_table::~group_table() {
  for (uint32_t id = 0; id < texts_.size(); ++id) release(id);
}

group_table::group_table(group_table&&) noexcept = default;

group_table& group_table::operator=(group_table&& other) noexcept {
  if (this != &other) {
    this->~group_table();
    new (this) group_table(std::move(other));
  }
  return *this;
}

// From the home bucket on; `keys` is refreshed when it has grown.
template <class Keys>
uint32_t group_table::probe_one(Keys& keys, uint32_t i, uint64_t hash, bool insert) {
  auto tag = static_cast<uint32_t>(hash);
  for (uint32_t at = tag & mask_;;) {
    uint64_t bucket = buckets_[at];
    if (bucket == 0) {
      if (!insert) return absent;
      if (size_ == limit_) {
        grow();
        at = tag & mask_;
        continue;
      }
      uint32_t id = take_id(hash);
      keys.store(id, i, hash);
      keys.refresh();
      buckets_[at] = bucket_of(tag, id);
      return id;
    }
    if (tag_of(bucket) == tag && keys.equal(id_of(bucket), i)) return id_of(bucket);
    at = (at + 1) & mask_;
  }
}

template <class Keys>
void group_table::probe(Keys keys, uint32_t count, const uint64_t* hashes, uint32_t* ids, bool insert) {
  keys.refresh();
  for (uint32_t begin = 0; begin < count; begin += probe_block) {
    uint32_t end = std::min(count, begin + probe_block);
    if (buckets_.size() > cached_buckets) {
      for (uint32_t i = begin; i < end; ++i) __builtin_prefetch(&buckets_[hashes[i] & mask_]);
      for (uint32_t i = begin; i < end; ++i) {
        uint64_t bucket = buckets_[hashes[i] & mask_];
        if (bucket) __builtin_prefetch(keys.address(id_of(bucket)));
      }
    }
    for (uint32_t i = begin; i < end; ++i) {
      // Most keys are known and at home.
      uint64_t bucket = buckets_[hashes[i] & mask_];
      bool found = tag_of(bucket) == static_cast<uint32_t>(hashes[i]) && bucket != 0 && keys.equal(id_of(bucket), i);
      ids[i] = found ? id_of(bucket) : probe_one(keys, i, hashes[i], insert);
    }
  }
}

const int64_t* group_table::as_integers(const column& key, row_set rows) {
  bool plain = key.valid().all_valid() && !key.is_constant();
  if (plain && !rows.indices && key.type().physical() == physical_type::i64) return key.data<int64_t>();
  scratch_integers_.resize(rows.count);
  widen(key, rows, scratch_integers_.data());
  if (!key.valid().all_valid()) {
    for (uint32_t i = 0; i < rows.count; ++i) {
      if (key.is_null(rows[i])) scratch_integers_[i] = 0;
    }
  }
  return scratch_integers_.data();
}

const string_ref* group_table::as_texts(const column& key, row_set rows) {
  if (key.valid().all_valid() && !key.is_constant() && !rows.indices) return key.data<string_ref>();
  scratch_texts_.resize(rows.count);
  for (uint32_t i = 0; i < rows.count; ++i) {
    scratch_texts_[i] = key.is_null(rows[i]) ? string_ref{} : key.at<string_ref>(rows[i]);
  }
  return scratch_texts_.data();
}

const string_ref* group_table::as_encoded(std::span<const column* const> keys, row_set rows) {
  scratch_.clear();
  scratch_integers_.resize(rows.count);
  msgpack_writer out{scratch_};
  for (uint32_t i = 0; i < rows.count; ++i) {
    for (const column* key : keys) write_key_value(*key, rows[i], out);
    scratch_integers_[i] = static_cast<int64_t>(scratch_.size());
  }
  scratch_texts_.resize(rows.count);
  size_t begin = 0;
  for (uint32_t i = 0; i < rows.count; ++i) {
    auto end = static_cast<size_t>(scratch_integers_[i]);
    scratch_texts_[i] = string_ref{std::string_view{scratch_}.substr(begin, end - begin)};
    begin = end;
  }
  return scratch_texts_.data();
}

void group_table::probe_columns(std::span<const column* const> keys, row_set rows, const uint64_t* hashes,
                                uint32_t* ids, bool insert) {
  check(keys.size() == types_.size());
  switch (layout_) {
  case layout::integer: return probe(integer_keys{this, as_integers(*keys[0], rows)}, rows.count, hashes, ids, insert);
  case layout::text: return probe(text_keys{this, as_texts(*keys[0], rows)}, rows.count, hashes, ids, insert);
  case layout::encoded: return probe(text_keys{this, as_encoded(keys, rows)}, rows.count, hashes, ids, insert);
  }
}

void group_table::find_or_insert(std::span<const column* const> keys, row_set rows, const uint64_t* hashes,
                                 uint32_t* ids) {
  probe_columns(keys, rows, hashes, ids, true);
}

void group_table::find(std::span<const column* const> keys, row_set rows, const uint64_t* hashes, uint32_t* ids) {
  probe_columns(keys, rows, hashes, ids, false);
}

uint32_t group_table::take_id(uint64_t hash) {
  ++size_;
  uint32_t id;
  if (free_ids_.empty()) {
    check(id_end_ < groups_max);
    id = id_end_++;
    groups_.push_back(0);
    tags_.push_back(0);
    if (layout_ == layout::integer) integers_.push_back(0);
    else texts_.emplace_back();
  } else {
    id = free_ids_.back();
    free_ids_.pop_back();
  }
  groups_[id] = static_cast<uint8_t>(key_group_of(hash));
  tags_[id] = static_cast<uint32_t>(hash);
  return id;
}

void group_table::release(uint32_t id) {
  if (layout_ == layout::integer) return;
  if (!texts_[id].is_inline()) {
    text_bytes_ -= texts_[id].size();
    delete[] texts_[id].data();
  }
  texts_[id] = string_ref{};
}

void group_table::grow() {
  auto old = std::move(buckets_);
  buckets_.assign(old.size() * 2, 0);
  refill(old, nullptr);
}

void group_table::refill(const std::vector<uint64_t>& old, const uint8_t* dead) {
  mask_ = static_cast<uint32_t>(buckets_.size() - 1);
  limit_ = static_cast<uint32_t>(buckets_.size() / 2);
  for (uint64_t bucket : old) {
    if (bucket == 0 || (dead && dead[id_of(bucket)])) continue;
    uint32_t at = tag_of(bucket) & mask_;
    while (buckets_[at] != 0) at = (at + 1) & mask_;
    buckets_[at] = bucket;
  }
}

void group_table::erase(uint32_t id) {
  uint32_t hole = tags_[id] & mask_;
  while (buckets_[hole] == 0 || id_of(buckets_[hole]) != id) hole = (hole + 1) & mask_;
  // Later buckets of the run move back into the hole unless that would put them before their home (Knuth 6.4 R).
  for (uint32_t at = (hole + 1) & mask_; buckets_[at] != 0; at = (at + 1) & mask_) {
    uint32_t home = tag_of(buckets_[at]) & mask_;
    if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
    buckets_[hole] = buckets_[at];
    hole = at;
  }
  buckets_[hole] = 0;
  if (id == null_id_) null_id_ = absent;
  release(id);
  free_ids_.push_back(id);
  --size_;
}

void group_table::erase_all(const uint8_t* dead) {
  for (uint32_t id = id_end_; id-- > 0;) {
    if (!dead[id]) continue;
    if (id == null_id_) null_id_ = absent;
    release(id);
    free_ids_.push_back(id);
    --size_;
  }
  size_t buckets = buckets_.size();
  while (buckets > buckets_min && size_ < buckets / 8) buckets /= 2;
  auto old = std::move(buckets_);
  buckets_.assign(buckets, 0);
  refill(old, dead);
}

void group_table::clear() {
  for (uint32_t id = 0; id < texts_.size(); ++id) release(id);
  buckets_.assign(buckets_min, 0);
  refill({}, nullptr);
  size_ = 0;
  id_end_ = 0;
  free_ids_.clear();
  groups_.clear();
  tags_.clear();
  integers_.clear();
  texts_.clear();
  null_id_ = absent;
}

namespace {

template <class T>
void append_integers(const std::vector<int64_t>& values, std::span<const uint32_t> ids, column& out) {
  uint32_t at = out.size();
  out.resize(at + static_cast<uint32_t>(ids.size()));
  T* to = out.data<T>() + at;
  for (size_t i = 0; i < ids.size(); ++i) to[i] = static_cast<T>(values[ids[i]]);
}

} // namespace

void group_table::append_keys(std::span<const uint32_t> ids, uint32_t index, column& out) const {
  uint32_t at = out.size();
  if (layout_ == layout::integer) {
    switch (types_[index].physical()) {
    case physical_type::u8: append_integers<uint8_t>(integers_, ids, out); break;
    case physical_type::i8: append_integers<int8_t>(integers_, ids, out); break;
    case physical_type::i16: append_integers<int16_t>(integers_, ids, out); break;
    case physical_type::i32: append_integers<int32_t>(integers_, ids, out); break;
    default: append_integers<int64_t>(integers_, ids, out); break;
    }
  } else if (layout_ == layout::text) {
    for (uint32_t id : ids) {
      if (texts_[id].is_inline()) out.push(texts_[id]);
      else out.push_string(texts_[id].view());
    }
  } else {
    for (uint32_t id : ids) {
      msgpack_reader in{texts_[id].view()};
      for (uint32_t before = 0; before < index; ++before) in.skip();
      read_value(in, out);
    }
    return;
  }
  if (null_id_ == absent) return;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == null_id_) out.set_null(at + static_cast<uint32_t>(i));
  }
}

void group_table::write_key(uint32_t id, std::string& bytes) const {
  if (layout_ == layout::encoded) {
    bytes.append(texts_[id].view());
    return;
  }
  msgpack_writer out{bytes};
  if (id == null_id_) return out.put_nil();
  if (layout_ == layout::text) return out.put_bin(texts_[id].view());
  if (types_[0].physical() == physical_type::u8) return out.put_bool(integers_[id] != 0);
  out.put_int(integers_[id]);
}

uint32_t group_table::read_key(msgpack_reader& in) {
  std::vector<column> values;
  std::vector<const column*> keys;
  values.reserve(types_.size());
  for (const auto& type : types_) {
    values.emplace_back(type);
    read_value(in, values.back());
    keys.push_back(&values.back());
  }
  if (!in.ok()) return absent;
  uint64_t hash = 0;
  uint32_t id = absent;
  hash_keys(keys, {nullptr, 1}, &hash);
  find_or_insert(keys, {nullptr, 1}, &hash, &id);
  return id;
}

size_t group_table::memory_bytes() const {
  return buckets_.capacity() * sizeof(uint64_t) + free_ids_.capacity() * sizeof(uint32_t) + groups_.capacity() +
         tags_.capacity() * sizeof(uint32_t) + integers_.capacity() * sizeof(int64_t) +
         texts_.capacity() * sizeof(string_ref) + text_bytes_ + scratch_.capacity() +
         scratch_integers_.capacity() * sizeof(int64_t) + scratch_texts_.capacity() * sizeof(string_ref);
}

} // namespace levada
