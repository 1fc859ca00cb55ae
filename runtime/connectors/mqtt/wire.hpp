// Primitive fields: big-endian integers, variable byte integers, length-prefixed text and bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/check.hpp"
#include "runtime/connectors/mqtt/packet.hpp"

namespace levada::mqtt {

// Well-formed UTF-8 without U+0000.
bool is_text(std::string_view bytes);

// Takes fields from the front. Every length is checked against what is left; after the first failure ok() is false and
// everything reads as zero or empty.
class wire_reader {
 public:
  explicit wire_reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return bytes_.empty(); }
  std::string_view rest() const { return bytes_; }

  uint8_t u8() { return take(1) ? byte(0) : 0; }
  uint16_t u16() { return take(2) ? static_cast<uint16_t>(byte(0) << 8 | byte(1)) : 0; }
  uint32_t u32() { return take(4) ? uint32_t{byte(0)} << 24 | byte(1) << 16 | byte(2) << 8 | byte(3) : 0; }
  uint32_t variable() {
    uint32_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      const uint8_t next = u8();
      value |= uint32_t{next & 0x7fu} << shift;
      if (next < 0x80) return value;
    }
    fail();
    return 0;
  }
  std::string_view bytes(size_t size) { return take(size) ? taken_ : std::string_view{}; }
  std::string_view binary() { return bytes(u16()); }
  std::string_view text() {
    const auto value = binary();
    if (!is_text(value)) fail();
    return value;
  }

  void fail() {
    ok_ = false;
    bytes_ = {};
  }

 private:
  bool take(size_t size) {
    if (bytes_.size() < size) {
      fail();
      return false;
    }
    taken_ = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }
  uint8_t byte(size_t i) const { return static_cast<uint8_t>(taken_[i]); }

  std::string_view bytes_;
  std::string_view taken_;
  bool ok_ = true;
};

inline void put_u8(std::string& out, uint8_t value) { out.push_back(static_cast<char>(value)); }
inline void put_u16(std::string& out, uint16_t value) {
  put_u8(out, static_cast<uint8_t>(value >> 8));
  put_u8(out, static_cast<uint8_t>(value));
}
inline void put_u32(std::string& out, uint32_t value) {
  put_u16(out, static_cast<uint16_t>(value >> 16));
  put_u16(out, static_cast<uint16_t>(value));
}
// REQUIRES value <= body_bytes_max.
inline void put_variable(std::string& out, size_t value) {
  check(value <= body_bytes_max);
  for (; value >= 0x80; value >>= 7) put_u8(out, static_cast<uint8_t>(value | 0x80));
  put_u8(out, static_cast<uint8_t>(value));
}
// REQUIRES at most text_bytes_max bytes.
inline void put_binary(std::string& out, std::string_view value) {
  check(value.size() <= text_bytes_max);
  put_u16(out, static_cast<uint16_t>(value.size()));
  out.append(value);
}
inline size_t variable_bytes(size_t value) { return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4; }

} // namespace levada::mqtt
