// Short pieces of text on their way into a string: collected on the stack, appended many at a time.
#pragma once

#include <charconv>
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
    used_ = static_cast<size_t>(std::to_chars(bytes_ + used_, bytes_ + sizeof bytes_, value).ptr - bytes_);
  }
  // The string itself, with all that was put so far.
  std::string& flush() {
    to_.append(bytes_, used_);
    used_ = 0;
    return to_;
  }

 private:
  static constexpr size_t integer_bytes_max = 20;

  std::string& to_;
  size_t used_ = 0;
  char bytes_[512];
};

} // namespace levada
