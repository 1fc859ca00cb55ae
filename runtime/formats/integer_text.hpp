// Integers as text: written one after another into memory that has room, read from memory that goes on behind them.
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

// Reads up to eight digits without a sign; false for anything else, leading zeros included. REQUIRES 8 readable bytes at
// `at`, whatever the size. After Daniel Lemire, "Quickly parsing eight digits".
inline bool get_short_integer(const char* at, size_t size, int64_t& value) {
  if (std::endian::native != std::endian::little || size - 1 >= sizeof(uint64_t)) return false;
  if (*at == '0' && size > 1) return false;
  uint64_t digits;
  std::memcpy(&digits, at, sizeof digits);
  digits = (digits ^ 0x30303030'30303030) << (sizeof digits - size) * 8;
  if (((digits | (digits + 0x06060606'06060606)) & 0xf0f0f0f0'f0f0f0f0) != 0) return false;
  digits = digits * 10 + (digits >> 8);
  constexpr uint64_t pair = 0x000000ff'000000ff;
  digits =
      (digits & pair) * (100 + (uint64_t{1'000'000} << 32)) + (digits >> 16 & pair) * (1 + (uint64_t{10'000} << 32));
  value = static_cast<int64_t>(digits >> 32);
  return true;
}

} // namespace levada
