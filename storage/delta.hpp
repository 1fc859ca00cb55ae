// What an operator hands over at a barrier: the entries dirtied since the last epoch, as one run of bytes.
// An operation is MessagePack: unsigned key group, bin key, then bin value (put) or nil (erase). For a key the
// last operation wins, so a run may be replayed over state that already contains it.
// Threads: one per object; the bytes may be moved to another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/msgpack.hpp"

namespace levada {

// Keys hash to a fixed number of groups, so that parallelism may change between runs. Operators without keys
// use group 0.
constexpr uint16_t key_group_count = 128;

class delta_writer {
 public:
  // REQUIRES key_group < key_group_count. Keys and values are copied; either may be empty.
  void put(uint16_t key_group, std::string_view key, std::string_view value);
  void erase(uint16_t key_group, std::string_view key);

  uint64_t size() const { return operations_; }
  bool empty() const { return operations_ == 0; }
  const std::string& bytes() const { return bytes_; }

  // Hands the bytes over and starts anew.
  std::string take();
  void reserve(size_t bytes) { bytes_.reserve(bytes); }

 private:
  std::string bytes_;
  uint64_t operations_ = 0;
};

struct delta_operation {
  uint16_t key_group = 0;
  std::string_view key;
  std::optional<std::string_view> value; // absent: erased
};

// Reads the operations in the order they were written. Views point into the bytes.
class delta_reader {
 public:
  explicit delta_reader(std::string_view bytes) : in_(bytes) {}

  // False at the end and at the first error; then failure() tells which.
  bool next(delta_operation& operation);
  status failure() const { return in_.failure(); }
  size_t position() const { return in_.position(); }

 private:
  msgpack_reader in_;
};

} // namespace levada
