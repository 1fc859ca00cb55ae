#include "storage/record.hpp"

#include "storage/crc32c.hpp"

namespace levada {

namespace {

constexpr size_t crc_bytes = 4;

void append_big_endian(std::string& key, uint64_t value, int width) {
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) key.push_back(static_cast<char>(value >> shift & 0xff));
}

uint64_t read_big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

std::string prefix(char tag, std::string_view store) {
  check(store.size() <= 0xff);
  std::string key(1, tag);
  key.push_back(static_cast<char>(store.size()));
  return key.append(store);
}

} // namespace

std::string state_file(std::string_view directory) { return std::string(directory) + "/epochs.mdb"; }

std::string manifest_key() { return "m"; }
std::string value_key(std::string_view id) { return std::string("v").append(id); }
std::string store_key(std::string_view id) { return std::string("s").append(id); }
std::string base_prefix(std::string_view store) { return prefix('b', store); }
std::string delta_prefix(std::string_view store) { return prefix('d', store); }

std::string base_key(std::string_view store, uint16_t group, uint16_t part) {
  auto key = base_prefix(store);
  append_big_endian(key, group, 2);
  append_big_endian(key, part, 2);
  return key;
}

std::string delta_key(std::string_view store, uint64_t epoch, uint16_t part) {
  auto key = delta_prefix(store);
  append_big_endian(key, epoch, 8);
  append_big_endian(key, part, 2);
  return key;
}

std::string dead_letter_key(uint64_t sequence) {
  std::string key = "q";
  append_big_endian(key, sequence, 8);
  return key;
}

uint16_t group_of_base_key(std::string_view key) {
  check(key.size() >= 4);
  return static_cast<uint16_t>(read_big_endian(key.substr(key.size() - 4, 2)));
}

uint64_t epoch_of_delta_key(std::string_view key) {
  check(key.size() >= 10);
  return read_big_endian(key.substr(key.size() - 10, 8));
}

uint64_t sequence_of_dead_letter_key(std::string_view key) { return read_big_endian(key.substr(1)); }

std::string chunk_name(std::string_view store, std::string_view key) {
  const auto name = "store '" + std::string(store) + "', ";
  if (key.starts_with('b')) return name + "base of key group " + std::to_string(group_of_base_key(key));
  return name + "epoch " + std::to_string(epoch_of_delta_key(key));
}

result<uint32_t> put_record(lmdb_transaction& into, std::string_view key, std::string_view payload) {
  const uint32_t crc = crc32c(payload, crc32c(key));
  char trailer[crc_bytes];
  for (size_t i = 0; i < crc_bytes; ++i) trailer[i] = static_cast<char>(crc >> (8 * i) & 0xff);
  if (auto put = into.put(key, payload, {trailer, crc_bytes}); !put.ok()) return put;
  return crc;
}

uint32_t stored_crc(std::string_view value) {
  if (value.size() < crc_bytes) return 0;
  uint32_t crc = 0;
  for (size_t i = 0; i < crc_bytes; ++i)
    crc |= uint32_t{static_cast<uint8_t>(value[value.size() - crc_bytes + i])} << (8 * i);
  return crc;
}

std::string_view payload_of(std::string_view value) {
  return value.size() < crc_bytes ? std::string_view{} : value.substr(0, value.size() - crc_bytes);
}

result<std::string_view> checked_payload(std::string_view key, std::string_view value, std::string_view what) {
  const auto payload = payload_of(value);
  if (value.size() >= crc_bytes && crc32c(payload, crc32c(key)) == stored_crc(value)) return payload;
  return status{errc::corrupt_value, std::string(what) + ": the checksum does not match"};
}

} // namespace levada
