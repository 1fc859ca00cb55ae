#include "storage/msgpack.hpp"

#include <bit>
#include <limits>

#include <msgpack.h>

namespace levada {

namespace {

int append(void* out, const char* bytes, size_t length) {
  static_cast<std::string*>(out)->append(bytes, length);
  return 0;
}

msgpack_packer packer_on(std::string* out) {
  msgpack_packer packer;
  msgpack_packer_init(&packer, out, append);
  return packer;
}

// The C API takes size_t lengths but the format stops at 32 bits.
void check_length(size_t length) { check(length <= std::numeric_limits<uint32_t>::max()); }

} // namespace

void msgpack_writer::put_nil() {
  auto packer = packer_on(out_);
  msgpack_pack_nil(&packer);
}

void msgpack_writer::put_bool(bool value) {
  auto packer = packer_on(out_);
  value ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer);
}

void msgpack_writer::put_int(int64_t value) {
  auto packer = packer_on(out_);
  msgpack_pack_int64(&packer, value);
}

void msgpack_writer::put_uint(uint64_t value) {
  auto packer = packer_on(out_);
  msgpack_pack_uint64(&packer, value);
}

void msgpack_writer::put_float(float value) {
  auto packer = packer_on(out_);
  msgpack_pack_float(&packer, value);
}

void msgpack_writer::put_double(double value) {
  auto packer = packer_on(out_);
  msgpack_pack_double(&packer, value);
}

void msgpack_writer::put_str(std::string_view text) {
  check_length(text.size());
  auto packer = packer_on(out_);
  msgpack_pack_str(&packer, text.size());
  out_->append(text);
}

void msgpack_writer::put_bin(std::string_view bytes) {
  check_length(bytes.size());
  auto packer = packer_on(out_);
  msgpack_pack_bin(&packer, bytes.size());
  out_->append(bytes);
}

void msgpack_writer::put_int128(absl::int128 value) {
  char bytes[16];
  auto rest = static_cast<absl::uint128>(value);
  for (int i = 15; i >= 0; --i, rest >>= 8) bytes[i] = static_cast<char>(absl::Uint128Low64(rest) & 0xff);
  put_bin({bytes, sizeof bytes});
}

void msgpack_writer::put_array_header(uint32_t items) {
  auto packer = packer_on(out_);
  msgpack_pack_array(&packer, items);
}

void msgpack_writer::put_map_header(uint32_t pairs) {
  auto packer = packer_on(out_);
  msgpack_pack_map(&packer, pairs);
}

void msgpack_writer::put_ext(int8_t type, std::string_view bytes) {
  auto packer = packer_on(out_);
  msgpack_pack_ext(&packer, bytes.size(), type);
  msgpack_pack_ext_body(&packer, bytes.data(), bytes.size());
}

status msgpack_reader::failure() const {
  if (ok()) return {};
  return {errc::corrupt_value, std::string("MessagePack: ") + failed_ + " at byte " + std::to_string(position_)};
}

void msgpack_reader::fail(const char* what) {
  if (!failed_) failed_ = what;
}

void msgpack_reader::run_out(const char* what) {
  short_of_bytes_ |= ok();
  fail(what);
}

uint64_t msgpack_reader::take_big_endian(uint32_t width) {
  if (width > remaining()) return run_out("truncated"), 0;
  uint64_t value = 0;
  for (uint32_t i = 0; i < width; ++i) value = value << 8 | static_cast<uint8_t>(bytes_[position_ + i]);
  position_ += width;
  return value;
}

std::string_view msgpack_reader::take_bytes(uint64_t length) {
  if (length > remaining()) return run_out("a length beyond the end"), std::string_view{};
  const auto taken = bytes_.substr(position_, static_cast<size_t>(length));
  position_ += static_cast<size_t>(length);
  return taken;
}

// Every item takes at least one byte, so containers together cannot owe more items than bytes remain.
uint32_t msgpack_reader::open_container(uint64_t count, uint64_t items) {
  if (!ok()) return 0;
  if (pending_ + items > remaining()) return run_out("a container longer than the input"), 0;
  if (items > 0 && depth_ == msgpack_depth_max) return fail("nested too deep"), 0;
  if (items > 0) {
    left_[depth_++] = items;
    pending_ += items;
  }
  return static_cast<uint32_t>(count);
}

void msgpack_reader::close_finished_containers() {
  while (depth_ > 0 && left_[depth_ - 1] == 0) --depth_;
}

void msgpack_reader::read(msgpack_token& token) {
  if (at_end()) {
    if (pending_ > 0) run_out("truncated");
    return;
  }
  close_finished_containers();
  if (depth_ > 0) {
    --left_[depth_ - 1];
    --pending_;
  }
  const auto lead = static_cast<uint8_t>(bytes_[position_++]);
  const auto integer = [&](uint64_t value) {
    token.kind = msgpack_kind::uint;
    token.uint = value;
    token.sint = value <= INT64_MAX ? static_cast<int64_t>(value) : INT64_MAX;
  };
  const auto signed_integer = [&](int64_t value) {
    if (value >= 0) return integer(static_cast<uint64_t>(value));
    token.kind = msgpack_kind::sint;
    token.sint = value;
  };
  const auto text = [&](msgpack_kind kind, uint64_t length) {
    token.kind = kind;
    token.bytes = take_bytes(length);
  };
  const auto extension = [&](uint64_t length) {
    token.kind = msgpack_kind::ext;
    token.ext_type = static_cast<int8_t>(take_big_endian(1));
    token.bytes = take_bytes(length);
  };
  const auto array = [&](uint64_t count) {
    token.kind = msgpack_kind::array;
    token.count = open_container(count, count);
  };
  const auto map = [&](uint64_t count) {
    token.kind = msgpack_kind::map;
    token.count = open_container(count, count * 2);
  };
  const auto boolean = [&](bool value) {
    token.kind = msgpack_kind::boolean;
    token.boolean = value;
  };
  if (lead <= 0x7f) {
    integer(lead);
  } else if (lead <= 0x8f) {
    map(lead & 0x0f);
  } else if (lead <= 0x9f) {
    array(lead & 0x0f);
  } else if (lead <= 0xbf) {
    text(msgpack_kind::str, lead & 0x1f);
  } else if (lead >= 0xe0) {
    signed_integer(static_cast<int8_t>(lead));
  } else {
    switch (lead) {
    case 0xc0: token.kind = msgpack_kind::nil; break;
    case 0xc1: fail("a byte that is never used"); break;
    case 0xc2: boolean(false); break;
    case 0xc3: boolean(true); break;
    case 0xc4: text(msgpack_kind::bin, take_big_endian(1)); break;
    case 0xc5: text(msgpack_kind::bin, take_big_endian(2)); break;
    case 0xc6: text(msgpack_kind::bin, take_big_endian(4)); break;
    case 0xc7: extension(take_big_endian(1)); break;
    case 0xc8: extension(take_big_endian(2)); break;
    case 0xc9: extension(take_big_endian(4)); break;
    case 0xca:
      token.kind = msgpack_kind::float32;
      token.number = std::bit_cast<float>(static_cast<uint32_t>(take_big_endian(4)));
      break;
    case 0xcb:
      token.kind = msgpack_kind::float64;
      token.number = std::bit_cast<double>(take_big_endian(8));
      break;
    case 0xcc: integer(take_big_endian(1)); break;
    case 0xcd: integer(take_big_endian(2)); break;
    case 0xce: integer(take_big_endian(4)); break;
    case 0xcf: integer(take_big_endian(8)); break;
    case 0xd0: signed_integer(static_cast<int8_t>(take_big_endian(1))); break;
    case 0xd1: signed_integer(static_cast<int16_t>(take_big_endian(2))); break;
    case 0xd2: signed_integer(static_cast<int32_t>(take_big_endian(4))); break;
    case 0xd3: signed_integer(static_cast<int64_t>(take_big_endian(8))); break;
    case 0xd4: extension(1); break;
    case 0xd5: extension(2); break;
    case 0xd6: extension(4); break;
    case 0xd7: extension(8); break;
    case 0xd8: extension(16); break;
    case 0xd9: text(msgpack_kind::str, take_big_endian(1)); break;
    case 0xda: text(msgpack_kind::str, take_big_endian(2)); break;
    case 0xdb: text(msgpack_kind::str, take_big_endian(4)); break;
    case 0xdc: array(take_big_endian(2)); break;
    case 0xdd: array(take_big_endian(4)); break;
    case 0xde: map(take_big_endian(2)); break;
    case 0xdf: map(take_big_endian(4)); break;
    default: fail("a byte that is never used"); break;
    }
  }
  if (pending_ > remaining()) run_out("truncated");
  if (ok()) close_finished_containers();
  else token = {};
}

msgpack_token msgpack_reader::expect(msgpack_kind kind, const char* what) {
  auto token = next();
  if (token.kind == kind) return token;
  fail(what);
  return {};
}

void msgpack_reader::get_nil() { expect(msgpack_kind::nil, "expected nil"); }

bool msgpack_reader::get_bool() { return expect(msgpack_kind::boolean, "expected a boolean").boolean; }

uint64_t msgpack_reader::get_any_uint() { return expect(msgpack_kind::uint, "expected an unsigned integer").uint; }

int64_t msgpack_reader::get_int() {
  const auto token = next();
  if (token.kind == msgpack_kind::sint) return token.sint;
  if (token.kind == msgpack_kind::uint && token.uint <= INT64_MAX) return token.sint;
  return fail("expected a 64-bit signed integer"), 0;
}

double msgpack_reader::get_double() {
  const auto token = next();
  switch (token.kind) {
  case msgpack_kind::float32:
  case msgpack_kind::float64: return token.number;
  case msgpack_kind::uint: return static_cast<double>(token.uint);
  case msgpack_kind::sint: return static_cast<double>(token.sint);
  default: return fail("expected a number"), 0;
  }
}

std::string_view msgpack_reader::get_str() { return expect(msgpack_kind::str, "expected a string").bytes; }

std::string_view msgpack_reader::get_any_bin() { return expect(msgpack_kind::bin, "expected a bin").bytes; }

absl::int128 msgpack_reader::get_int128() {
  const auto bytes = get_bin();
  if (!ok()) return 0;
  if (bytes.size() != 16) return fail("expected a bin of 16 bytes"), 0;
  absl::uint128 value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return static_cast<absl::int128>(value);
}

uint32_t msgpack_reader::get_array_header() { return expect(msgpack_kind::array, "expected an array").count; }

uint32_t msgpack_reader::get_map_header() { return expect(msgpack_kind::map, "expected a map").count; }

bool msgpack_reader::next_is_nil() const { return !at_end() && static_cast<uint8_t>(bytes_[position_]) == 0xc0; }

void msgpack_reader::skip() {
  uint64_t values = 1;
  while (values > 0) {
    const auto token = next();
    if (token.kind == msgpack_kind::end) return run_out("truncated");
    --values;
    if (token.kind == msgpack_kind::array) values += token.count;
    if (token.kind == msgpack_kind::map) values += uint64_t{token.count} * 2;
  }
}

} // namespace levada
