#include "storage/dead_letters.hpp"

#include <algorithm>
#include <string>

#include "storage/msgpack.hpp"
#include "storage/record.hpp"

namespace levada {

namespace {

using limits = epoch_store_limits;

std::string encode(int64_t wall_time_us, const dead_letter& letter) {
  std::string bytes;
  msgpack_writer out(bytes);
  out.put_int(wall_time_us);
  out.put_str(letter.source);
  out.put_str(letter.position);
  out.put_str(letter.reason);
  out.put_bin(std::string_view(letter.payload).substr(0, limits::dead_letter_bytes_max));
  return bytes;
}

status drop_oldest(lmdb_transaction& from, manifest& state) {
  const auto key = dead_letter_key(state.first_letter);
  auto value = from.get(key);
  if (!value.ok()) return value.error();
  if (!value->has_value())
    return {errc::corrupt_value, "dead letter " + std::to_string(state.first_letter) + " is missing"};
  state.letter_bytes -= std::min<uint64_t>(state.letter_bytes, payload_of(**value).size());
  state.letters.remove(stored_crc(**value));
  ++state.first_letter;
  ++state.letters_dropped;
  return from.erase(key);
}

} // namespace

status append_dead_letters(lmdb_transaction& into, manifest& state, int64_t wall_time_us,
                           const std::vector<dead_letter>& letters) {
  for (const auto& letter : letters) {
    const auto bytes = encode(wall_time_us, letter);
    auto crc = put_record(into, dead_letter_key(state.first_letter + state.letters.count), bytes);
    if (!crc.ok()) return crc.error();
    state.letters.add(*crc);
    state.letter_bytes += bytes.size();
    while (state.letters.count > 1 &&
           (state.letters.count > limits::dead_letters_max || state.letter_bytes > limits::dead_letters_bytes_max))
      if (auto dropped = drop_oldest(into, state); !dropped.ok()) return dropped;
  }
  return {};
}

status read_dead_letters(const lmdb_transaction& from, const manifest& state, const dead_letter_callback& letter) {
  tally seen;
  lmdb_cursor cursor(from, "q");
  while (cursor.next()) {
    const auto sequence = sequence_of_dead_letter_key(cursor.key());
    const auto name = "dead letter " + std::to_string(sequence);
    auto payload = checked_payload(cursor.key(), cursor.value(), name);
    if (!payload.ok()) return payload.error();
    seen.add(stored_crc(cursor.value()));
    msgpack_reader in(*payload);
    const auto wall_time_us = in.get_int();
    dead_letter found;
    found.source = in.get_str();
    found.position = in.get_str();
    found.reason = in.get_str();
    found.payload = in.get_bin();
    if (!in.ok()) return in.failure().at(name);
    letter(sequence, wall_time_us, found);
  }
  if (!cursor.failure().ok()) return cursor.failure();
  if (seen == state.letters) return {};
  return {errc::corrupt_value, std::to_string(seen.count) + " dead letters found where the manifest counts " +
                                   std::to_string(state.letters.count)};
}

} // namespace levada
