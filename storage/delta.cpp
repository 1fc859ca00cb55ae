#include "storage/delta.hpp"

#include <utility>

namespace levada {

void delta_writer::put(uint16_t key_group, std::string_view key, std::string_view value) {
  check(key_group < key_group_count);
  msgpack_writer out(bytes_);
  out.put_uint(key_group);
  out.put_bin(key);
  out.put_bin(value);
  ++operations_;
}

void delta_writer::erase(uint16_t key_group, std::string_view key) {
  check(key_group < key_group_count);
  msgpack_writer out(bytes_);
  out.put_uint(key_group);
  out.put_bin(key);
  out.put_nil();
  ++operations_;
}

std::string delta_writer::take() {
  operations_ = 0;
  return std::exchange(bytes_, {});
}

bool delta_reader::next(delta_operation& operation) {
  if (in_.at_end()) return false;
  const auto group = in_.get_uint();
  operation.key = in_.get_bin();
  if (in_.next_is_nil()) {
    in_.get_nil();
    operation.value.reset();
  } else {
    operation.value = in_.get_bin();
  }
  if (group >= key_group_count) in_.fail("a key group out of range");
  operation.key_group = static_cast<uint16_t>(group);
  return in_.ok();
}

} // namespace levada
