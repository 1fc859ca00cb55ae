// MessagePack tokens: the encoding of everything levada keeps on disk, and of the `messagepack` format.
// The writer appends to a string; containers are a header followed by their items. The reader pulls one token at
// a time out of bytes it does not own and trusts nothing: every length is checked against what remains, summed
// over all open containers, nothing is allocated, and nesting is bounded.
// Threads: one per object.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <absl/numeric/int128.h>

#include "platform/status.hpp"

namespace levada {

constexpr uint32_t msgpack_depth_max = 32;

class msgpack_writer {
 public:
  // REQUIRES that `out` outlives the writer.
  explicit msgpack_writer(std::string& out) : out_(&out) {}

  void put_nil();
  void put_bool(bool value);
  void put_int(int64_t value); // the shortest form; a value >= 0 reads back as unsigned
  void put_uint(uint64_t value);
  void put_float(float value);
  void put_double(double value); // bit for bit, NaN and infinity included
  void put_str(std::string_view text);
  void put_bin(std::string_view bytes);
  void put_int128(absl::int128 value);   // a bin of 16 bytes, big-endian
  void put_array_header(uint32_t items); // then that many values
  void put_map_header(uint32_t pairs);   // then key, value, key, value, ...
  void put_ext(int8_t type, std::string_view bytes);

 private:
  std::string* out_;
};

enum class msgpack_kind : uint8_t {
  end, // no more bytes, or the reader has failed
  nil,
  boolean,
  uint, // any integer >= 0
  sint, // a negative integer
  float32,
  float64,
  str,
  bin,
  array,
  map,
  ext,
};

struct msgpack_token {
  msgpack_kind kind = msgpack_kind::end;
  bool boolean = false;
  int8_t ext_type = 0;
  uint32_t count = 0;     // array: items; map: pairs
  uint64_t uint = 0;      // uint
  int64_t sint = 0;       // sint; uint too, INT64_MAX when it does not fit
  double number = 0;      // float32, float64
  std::string_view bytes; // str, bin, ext: points into the input
};

// Errors are sticky: after the first, every read returns an empty value and failure() says what was wrong where
// (errc::corrupt_value). So a decoder reads straight through and asks once, but it must bound its loops by
// ok(), never by a count it has read.
class msgpack_reader {
 public:
  // REQUIRES that the bytes outlive the reader and every view it hands out.
  explicit msgpack_reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return failed_ == nullptr; }
  status failure() const;
  // Failed for want of bytes: with more of them it might not have.
  bool short_of_bytes() const { return short_of_bytes_; }
  bool at_end() const { return position_ == bytes_.size() || !ok(); }
  size_t position() const { return position_; }

  // The next token whatever it is; a container's items follow as tokens of their own.
  msgpack_token next() {
    msgpack_token token;
    read(token);
    return token;
  }

  // The next value, which must be of that kind; integers also serve as doubles when asked for a double.
  void get_nil();
  bool get_bool();
  uint64_t get_uint() {
    const auto lead = outer_lead();
    if (lead > 0x7f) return get_any_uint();
    ++position_;
    return lead;
  }
  int64_t get_int();
  double get_double();
  std::string_view get_str();
  std::string_view get_bin() {
    if (outer_lead() != 0xc4 || remaining() < 2) return get_any_bin();
    const size_t length = static_cast<uint8_t>(bytes_[position_ + 1]);
    if (length > remaining() - 2) return get_any_bin();
    const auto value = bytes_.substr(position_ + 2, length);
    position_ += 2 + length;
    return value;
  }
  absl::int128 get_int128();
  uint32_t get_array_header();
  uint32_t get_map_header();

  // Whether the next value is nil; does not consume it.
  bool next_is_nil() const;

  // Passes over one value, with everything in it.
  void skip();

  // For a decoder's own checks: from now on the input counts as malformed. `what` is a literal.
  void fail(const char* what);

 private:
  // Into the caller's own token: copying one stalls on members that were just written.
  void read(msgpack_token& token);
  void run_out(const char* what);
  size_t remaining() const { return bytes_.size() - position_; }

  // The next value's first byte if it is outside of any container, where the common kinds take a short way; else
  // 0xc1, which begins no value.
  uint8_t outer_lead() const { return depth_ > 0 || at_end() ? 0xc1 : static_cast<uint8_t>(bytes_[position_]); }
  uint64_t get_any_uint();
  std::string_view get_any_bin();
  uint64_t take_big_endian(uint32_t width);
  std::string_view take_bytes(uint64_t length);
  uint32_t open_container(uint64_t count, uint64_t items);
  void close_finished_containers();
  msgpack_token expect(msgpack_kind kind, const char* what);

  std::string_view bytes_;
  size_t position_ = 0;
  const char* failed_ = nullptr;
  bool short_of_bytes_ = false;
  uint32_t depth_ = 0;
  uint64_t pending_ = 0;                           // items still owed to all open containers
  std::array<uint64_t, msgpack_depth_max> left_{}; // items still owed, per open container
};

} // namespace levada
