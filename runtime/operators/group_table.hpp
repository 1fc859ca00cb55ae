// Keys to dense ids: the table every keyed operator uses. What belongs to a key lies in arrays indexed by its id.
//
// Open addressing with linear probing; a bucket is eight bytes, the id and 32 bits of the hash, so that a probe touches
// a key only when it is almost surely the right one. A batch is probed in blocks, each of which prefetches its buckets
// and then its keys. Keys of one integer-like column are kept as int64, one string as its bytes (up to 12 inline), any
// other key as MessagePack (value_codec.hpp). NULL is a key value like any other.
//
// Ids are handed out in order of first sight, freed ids again in reverse order of their freeing, never depending on how
// the input was cut into batches. Threads: one.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/batch.hpp"
#include "storage/msgpack.hpp"

namespace levada {

class group_table {
 public:
  static constexpr uint32_t absent = UINT32_MAX;
  static constexpr uint32_t groups_max = 1u << 30;

  group_table() : group_table(std::vector<data_type>{}) {}
  explicit group_table(std::vector<data_type> key_types);
  ~group_table();
  group_table(group_table&&) noexcept;
  group_table& operator=(group_table&&) noexcept;

  // ids[i] = id of the key in row rows[i], new ones inserted. `hashes` are those of hash_keys over the same columns.
  void find_or_insert(std::span<const column* const> keys, row_set rows, const uint64_t* hashes, uint32_t* ids);
  // The same without inserting: `absent` where there is no such key.
  void find(std::span<const column* const> keys, row_set rows, const uint64_t* hashes, uint32_t* ids);

  // All ids are below this; it never shrinks but by clear().
  uint32_t id_end() const { return id_end_; }
  uint32_t size() const { return size_; }
  uint16_t key_group(uint32_t id) const { return groups_[id]; }

  // Appends key column `index` of the given ids.
  void append_keys(std::span<const uint32_t> ids, uint32_t index, column& out) const;
  // Appends the key as MessagePack, one value a key column.
  void write_key(uint32_t id, std::string& out) const;
  // Reads what write_key wrote and finds or inserts it. `absent` when malformed (the reader has failed).
  uint32_t read_key(msgpack_reader& in);

  void erase(uint32_t id);
  // Erases every id for which dead[id] != 0 (id_end() values; free ids must have 0) at the price of one pass over the table.
  void erase_all(const uint8_t* dead);
  void clear();

  size_t memory_bytes() const;

 private:
  enum class layout : uint8_t { integer, text, encoded };
  struct integer_keys;
  struct text_keys;

  template <class Keys>
  void probe(Keys keys, uint32_t count, const uint64_t* hashes, uint32_t* ids, bool insert);
  template <class Keys>
  uint32_t probe_one(Keys& keys, uint32_t i, uint64_t hash, bool insert);
  void probe_columns(std::span<const column* const> keys, row_set rows, const uint64_t* hashes, uint32_t* ids,
                     bool insert);
  const int64_t* as_integers(const column& key, row_set rows);
  const string_ref* as_texts(const column& key, row_set rows);
  const string_ref* as_encoded(std::span<const column* const> keys, row_set rows);
  uint32_t take_id(uint64_t hash);
  void release(uint32_t id);
  void grow();
  void refill(const std::vector<uint64_t>& old, const uint8_t* dead);

  std::vector<data_type> types_;
  layout layout_ = layout::encoded;
  std::vector<uint64_t> buckets_; // 0: empty; else hash bits << 32 | (id + 1)
  uint32_t mask_ = 0;
  uint32_t limit_ = 0; // size_ at which the buckets double
  uint32_t size_ = 0;
  uint32_t id_end_ = 0;
  std::vector<uint32_t> free_ids_;
  std::vector<uint8_t> groups_;   // by id
  std::vector<uint32_t> tags_;    // by id: the hash bits of its bucket
  std::vector<int64_t> integers_; // by id: layout::integer
  std::vector<string_ref> texts_; // by id: the other layouts; long ones own their bytes
  uint32_t null_id_ = absent;     // the NULL key of the layouts integer and text, kept as 0 or ""
  size_t text_bytes_ = 0;
  std::string scratch_;
  std::vector<int64_t> scratch_integers_;
  std::vector<string_ref> scratch_texts_;
};

} // namespace levada
