#include "storage/manifest.hpp"

#include "storage/msgpack.hpp"

namespace levada {

namespace {

void put(msgpack_writer& out, const tally& sums) {
  out.put_uint(sums.count);
  out.put_uint(sums.digest);
}

tally get_tally(msgpack_reader& in) {
  tally sums;
  sums.count = in.get_uint();
  sums.digest = in.get_uint();
  return sums;
}

} // namespace

std::string encode(const store_record& record) {
  std::string bytes;
  msgpack_writer out(bytes);
  out.put_uint(record.schema);
  out.put_uint(record.base_bytes);
  out.put_uint(record.delta_bytes);
  put(out, record.chunks);
  out.put_bool(record.folding);
  out.put_uint(record.fold_group);
  out.put_uint(record.fold_epoch);
  return bytes;
}

result<store_record> decode_store_record(std::string_view bytes) {
  msgpack_reader in(bytes);
  store_record record;
  record.schema = static_cast<uint32_t>(in.get_uint());
  record.base_bytes = in.get_uint();
  record.delta_bytes = in.get_uint();
  record.chunks = get_tally(in);
  record.folding = in.get_bool();
  record.fold_group = static_cast<uint16_t>(in.get_uint());
  record.fold_epoch = in.get_uint();
  if (!in.ok()) return in.failure();
  return record;
}

std::string encode(const manifest& state) {
  std::string bytes;
  msgpack_writer out(bytes);
  out.put_uint(store_format);
  out.put_str(state.job);
  out.put_uint(state.epoch);
  out.put_int(state.wall_time_us);
  out.put_bool(state.finished);
  put(out, state.records);
  put(out, state.letters);
  out.put_uint(state.letter_bytes);
  out.put_uint(state.first_letter);
  out.put_uint(state.letters_dropped);
  return bytes;
}

result<manifest> decode_manifest(std::string_view bytes) {
  msgpack_reader in(bytes);
  const auto format = in.get_uint();
  if (in.ok() && format != store_format)
    return status{errc::state_mismatch, "the state is in format " + std::to_string(format) +
                                            ", this levada reads and writes format " + std::to_string(store_format)};
  manifest state;
  state.job = in.get_str();
  state.epoch = in.get_uint();
  state.wall_time_us = in.get_int();
  state.finished = in.get_bool();
  state.records = get_tally(in);
  state.letters = get_tally(in);
  state.letter_bytes = in.get_uint();
  state.first_letter = in.get_uint();
  state.letters_dropped = in.get_uint();
  if (!in.ok()) return in.failure();
  return state;
}

} // namespace levada
