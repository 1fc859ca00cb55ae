// Integers as text, one after another into memory that has room.
#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace levada {

constexpr size_t integer_bytes_max = 20; // "-9223372036854775808"

// Eight digits in the lanes of one word, the first in the lowest byte, without a branch for how many there are
// (after Paul Khuong, "How to print integers really fast"). REQUIRES a little-endian machine and value < 100,000,000.
inline char* put_short_integer(char* at, uint32_t value) {
  uint64_t fours = value / 10000 | uint64_t{value % 10000} << 32;
  uint64_t hundreds = (fours * 5243 >> 19) & 0x0000007f'0000007f;
  uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
  uint64_t tens = (twos * 103 >> 10) & 0x000f000f'000f000f;
  uint64_t digits = tens | (twos - tens * 10) << 8;
  int zeros = std::countr_zero(digits | uint64_t{1} << 56) / 8;
  uint64_t text = (digits | 0x30303030'30303030) >> (zeros * 8);
  std::memcpy(at, &text, sizeof text);
  return at + sizeof text - zeros;
}

// Out of line, so that a loop over short ones keeps its registers.
[[gnu::noinline]] inline char* put_long_integer(char* at, int64_t value) {
  return std::to_chars(at, at + integer_bytes_max, value).ptr;
}

// The end of what was written. REQUIRES integer_bytes_max bytes at `at`; those behind the end may be overwritten.
inline char* put_integer(char* at, int64_t value) {
  constexpr uint64_t short_end = 100'000'000;
  bool is_short = std::endian::native == std::endian::little && static_cast<uint64_t>(value) < short_end;
  return is_short ? put_short_integer(at, static_cast<uint32_t>(value)) : put_long_integer(at, value);
}

} // namespace levada
