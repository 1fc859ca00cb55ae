#include "runtime/operators/key_hash.hpp"

#include <bit>
#include <cmath>
#include <type_traits>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace levada {

namespace {

constexpr uint64_t list_seed = 0x27d4eb2f165667c5;

inline uint64_t mix(uint64_t x) {
  x ^= x >> 32;
  x *= 0x9fb21c651e98df25;
  x ^= x >> 29;
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 32;
  return x;
}

inline uint64_t combine(uint64_t hash, uint64_t value_hash) {
  return mix(hash * 0x9e3779b97f4a7c15 + std::rotl(value_hash, 31));
}

template <class T>
inline uint64_t hash_value(const T& value) {
  if constexpr (std::is_same_v<T, string_ref>) {
    return XXH3_64bits(value.data(), value.size());
  } else if constexpr (std::is_same_v<T, int128>) {
    auto low = absl::Int128Low64(value);
    auto high = static_cast<uint64_t>(absl::Int128High64(value));
    return combine(mix(low), high);
  } else if constexpr (std::is_floating_point_v<T>) {
    double wide = value == 0 ? 0.0 : static_cast<double>(value);
    return mix(std::isnan(wide) ? 0x7ff8000000000000 : std::bit_cast<uint64_t>(wide));
  } else {
    return mix(static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
}

uint64_t hash_nested(const column& c, uint32_t row);

uint64_t hash_one(const column& c, uint32_t row) {
  if (c.is_null(row)) return null_key_hash;
  switch (c.type().physical()) {
  case physical_type::u8: return hash_value(c.at<uint8_t>(row));
  case physical_type::i8: return hash_value(c.at<int8_t>(row));
  case physical_type::i16: return hash_value(c.at<int16_t>(row));
  case physical_type::i32: return hash_value(c.at<int32_t>(row));
  case physical_type::i64: return hash_value(c.at<int64_t>(row));
  case physical_type::f32: return hash_value(c.at<float>(row));
  case physical_type::f64: return hash_value(c.at<double>(row));
  case physical_type::i128: return hash_value(c.at<int128>(row));
  case physical_type::string: return hash_value(c.at<string_ref>(row));
  case physical_type::array:
  case physical_type::map:
  case physical_type::row: return hash_nested(c, row);
  case physical_type::none: break;
  }
  return null_key_hash;
}

// The depth is that of the type, which the parser bounds.
uint64_t hash_nested(const column& c, uint32_t row) {
  if (c.is_constant()) row = 0;
  if (c.type().physical() == physical_type::row) {
    uint64_t hash = list_seed;
    for (const auto& child : c.children()) hash = combine(hash, hash_one(child, row));
    return hash;
  }
  list_ref list = c.at<list_ref>(row);
  bool is_map = c.type().physical() == physical_type::map;
  uint64_t hash = mix(list.length + list_seed);
  for (uint32_t i = list.offset; i < list.offset + list.length; ++i) {
    uint64_t item = hash_one(c.children()[0], i);
    // The entries of a map have no order.
    if (is_map) hash += combine(item, hash_one(c.children()[1], i));
    else hash = combine(hash, item);
  }
  return is_map ? mix(hash) : hash;
}

template <bool first>
inline void put(uint64_t& at, uint64_t value_hash) {
  at = first ? value_hash : combine(at, value_hash);
}

template <class T, bool first>
void hash_fixed(const column& c, row_set rows, uint64_t* hashes) {
  const T* values = c.data<T>();
  if (c.valid().all_valid()) {
    if (rows.indices) {
      for (uint32_t i = 0; i < rows.count; ++i) put<first>(hashes[i], hash_value(values[rows.indices[i]]));
    } else {
      for (uint32_t i = 0; i < rows.count; ++i) put<first>(hashes[i], hash_value(values[i]));
    }
    return;
  }
  for (uint32_t i = 0; i < rows.count; ++i) {
    uint32_t row = rows[i];
    put<first>(hashes[i], c.is_null(row) ? null_key_hash : hash_value(values[row]));
  }
}

template <bool first>
void hash_column(const column& c, row_set rows, uint64_t* hashes) {
  if (c.is_constant()) {
    uint64_t hash = hash_one(c, 0);
    for (uint32_t i = 0; i < rows.count; ++i) put<first>(hashes[i], hash);
    return;
  }
  switch (c.type().physical()) {
  case physical_type::u8: return hash_fixed<uint8_t, first>(c, rows, hashes);
  case physical_type::i8: return hash_fixed<int8_t, first>(c, rows, hashes);
  case physical_type::i16: return hash_fixed<int16_t, first>(c, rows, hashes);
  case physical_type::i32: return hash_fixed<int32_t, first>(c, rows, hashes);
  case physical_type::i64: return hash_fixed<int64_t, first>(c, rows, hashes);
  case physical_type::f32: return hash_fixed<float, first>(c, rows, hashes);
  case physical_type::f64: return hash_fixed<double, first>(c, rows, hashes);
  case physical_type::i128: return hash_fixed<int128, first>(c, rows, hashes);
  case physical_type::string: return hash_fixed<string_ref, first>(c, rows, hashes);
  default:
    for (uint32_t i = 0; i < rows.count; ++i) put<first>(hashes[i], hash_one(c, rows[i]));
  }
}

} // namespace

void hash_keys(std::span<const column* const> key_columns, row_set rows, uint64_t* hashes) {
  if (key_columns.empty()) {
    for (uint32_t i = 0; i < rows.count; ++i) hashes[i] = 0;
    return;
  }
  hash_column<true>(*key_columns[0], rows, hashes);
  for (size_t k = 1; k < key_columns.size(); ++k) hash_column<false>(*key_columns[k], rows, hashes);
}

void hash_keys(const batch& in, std::span<const uint32_t> key_columns, row_set rows, uint64_t* hashes) {
  if (rows.count == 0) return;
  std::vector<const column*> columns;
  columns.reserve(key_columns.size());
  for (uint32_t index : key_columns) columns.push_back(in.columns[index].get());
  hash_keys(columns, rows, hashes);
}

} // namespace levada
