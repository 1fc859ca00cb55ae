// Short pieces of text on their way into a string: collected on the stack, appended many at a time.
#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace levada {

// The string has everything after flush(). Threads: one.
class line_buffer {
 public:
  explicit line_buffer(std::string& to) : to_(to) {}
  ~line_buffer() { flush(); }
  line_buffer(const line_buffer&) = delete;

  void put(char c) {
    if (used_ == sizeof bytes_) flush();
    bytes_[used_++] = c;
  }
  void put(std::string_view text) {
    if (text.size() > sizeof bytes_ - used_) {
      flush();
      if (text.size() > sizeof bytes_) {
        to_ += text;
        return;
      }
    }
    std::memcpy(bytes_ + used_, text.data(), text.size());
    used_ += text.size();
  }
  void put_integer(int64_t value) {
    if (sizeof bytes_ - used_ < integer_bytes_max) flush();
    char* at = bytes_ + used_;
    bool is_short = static_cast<uint64_t>(value) < short_end && std::endian::native == std::endian::little;
    char* end =
        is_short ? put_short(static_cast<uint32_t>(value), at) : std::to_chars(at, at + integer_bytes_max, value).ptr;
    used_ = static_cast<size_t>(end - bytes_);
  }
  // The string itself, with all that was put so far.
  std::string& flush() {
    to_.append(bytes_, used_);
    used_ = 0;
    return to_;
  }

 private:
  static constexpr size_t integer_bytes_max = 20;
  static constexpr uint64_t short_end = 100'000'000;

  // Eight digits in the lanes of one word, the first in the lowest byte, without a branch for how many there are
  // (after Paul Khuong, "How to print integers really fast").
  static char* put_short(uint32_t value, char* to) {
    uint64_t fours = value / 10000 | uint64_t{value % 10000} << 32;
    uint64_t hundreds = (fours * 5243 >> 19) & 0x0000007f'0000007f;
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = (twos * 103 >> 10) & 0x000f000f'000f000f;
    uint64_t digits = tens | (twos - tens * 10) << 8;
    int zeros = std::countr_zero(digits | uint64_t{1} << 56) / 8;
    uint64_t text = (digits | 0x30303030'30303030) >> (zeros * 8);
    std::memcpy(to, &text, sizeof text);
    return to + sizeof text - zeros;
  }

  std::string& to_;
  size_t used_ = 0;
  char bytes_[512];
};

} // namespace levada
