#include "runtime/expression/selection.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace levada {

namespace {

struct ones {
  std::array<uint8_t, 8> positions{};
  uint8_t count = 0;
};

// Of each pattern of eight bits.
constexpr auto ones_of = [] {
  std::array<ones, 256> table{};
  for (unsigned bits = 0; bits < 256; ++bits) {
    for (uint8_t i = 0; i < 8; ++i) {
      if (bits >> i & 1) table[bits].positions[table[bits].count++] = i;
    }
  }
  return table;
}();

// Eight bytes of 0 or 1 as eight bits, the first byte lowest.
unsigned bits_of(const uint8_t* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return static_cast<unsigned>((word & 0x0101010101010101ULL) * 0x0102040810204080ULL >> 56);
}

void select_dense(const uint8_t* values, uint32_t count, std::vector<uint32_t>& out) {
  size_t before = out.size();
  out.resize(before + count + 8); // each step writes eight slots, and keeps as many as there are ones
  uint32_t* to = out.data() + before;
  uint32_t n = 0;
  uint32_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const ones& found = ones_of[bits_of(values + i)];
    for (uint32_t k = 0; k < 8; ++k) to[n + k] = i + found.positions[k];
    n += found.count;
  }
  for (; i < count; ++i) {
    to[n] = i;
    n += values[i] & 1;
  }
  out.resize(before + n);
}

} // namespace

void select_true(const column& truths, row_set rows, std::vector<uint32_t>& out) {
  size_t before = out.size();
  if (truths.is_constant()) {
    if (truths.is_null(0) || !(truths.at<uint8_t>(0) & 1)) return;
    rows.for_each([&](uint32_t row) { out.push_back(row); });
    return;
  }
  const auto* values = truths.data<uint8_t>();
  if (!rows.indices && truths.valid().all_valid()) return select_dense(values, rows.count, out);
  out.resize(before + rows.count);
  uint32_t* to = out.data() + before;
  uint32_t n = 0;
  if (truths.valid().all_valid()) {
    // Without branches: the next slot is always written and only kept when the row counts.
    for (uint32_t i = 0; i < rows.count; ++i) {
      to[n] = rows.indices[i];
      n += values[rows.indices[i]] & 1;
    }
  } else {
    const uint64_t* words = truths.valid().words().data();
    rows.for_each([&](uint32_t row) {
      to[n] = row;
      n += values[row] & (words[row >> 6] >> (row & 63)) & 1;
    });
  }
  out.resize(before + n);
}

uint32_t and_into(const column& truths, std::vector<uint8_t>& mask) {
  auto rows = static_cast<uint32_t>(mask.size());
  uint8_t* __restrict to = mask.data();
  if (truths.is_constant()) {
    if (truths.is_null(0) || !(truths.at<uint8_t>(0) & 1)) mask.assign(rows, 0);
  } else {
    const uint8_t* __restrict values = truths.data<uint8_t>();
    for (uint32_t i = 0; i < rows; ++i) to[i] &= values[i];
    if (!truths.valid().all_valid()) {
      const uint64_t* words = truths.valid().words().data();
      for (uint32_t i = 0; i < rows; ++i) to[i] &= words[i >> 6] >> (i & 63) & 1;
    }
  }
  uint32_t count = 0;
  for (uint32_t i = 0; i < rows; ++i) count += to[i];
  return count;
}

void select_mask(const std::vector<uint8_t>& mask, std::vector<uint32_t>& out) {
  select_dense(mask.data(), static_cast<uint32_t>(mask.size()), out);
}

} // namespace levada
