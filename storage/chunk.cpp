#include "storage/chunk.hpp"

#include <utility>

namespace levada {

result<chunk_view> read_chunk(std::string_view payload) {
  msgpack_reader in(payload);
  chunk_view chunk;
  chunk.schema = static_cast<uint32_t>(in.get_uint());
  chunk.epoch = in.get_uint();
  const uint32_t numbers = in.get_array_header();
  uint64_t offset = 0;
  std::vector<std::pair<uint64_t, uint64_t>> places;
  for (uint32_t i = 0; i + 1 < numbers && in.ok(); i += 2) {
    const auto group = in.get_uint();
    const auto bytes = in.get_uint();
    if (group >= key_group_count || (i > 0 && group <= chunk.sections.back().group)) in.fail("a bad directory");
    if (bytes > payload.size()) in.fail("a bad directory");
    chunk.sections.push_back({static_cast<uint16_t>(group), {}});
    places.emplace_back(offset, bytes);
    offset += bytes;
  }
  const auto body = in.get_bin();
  if (chunk.sections.empty() || numbers % 2 != 0 || offset != body.size() || !in.at_end()) in.fail("a bad directory");
  if (!in.ok()) return in.failure();
  for (size_t i = 0; i < places.size(); ++i)
    chunk.sections[i].operations = body.substr(places[i].first, places[i].second);
  return chunk;
}

void chunk_builder::close() {
  if (open_.empty()) return;
  built_chunk closed;
  closed.first_group = open_.front().first;
  if (!done_.empty() && done_.back().first_group == closed.first_group)
    closed.part = static_cast<uint16_t>(done_.back().part + 1);
  closed.payload.reserve(body_.size() + open_.size() * 8 + 32);
  msgpack_writer out(closed.payload);
  out.put_uint(schema_);
  out.put_uint(epoch_);
  out.put_array_header(static_cast<uint32_t>(open_.size() * 2));
  for (const auto& [group, bytes] : open_) {
    out.put_uint(group);
    out.put_uint(bytes);
  }
  out.put_bin(body_);
  done_.push_back(std::move(closed));
  open_.clear();
  body_.clear();
}

void chunk_builder::add_group(uint16_t group, std::string_view operations) {
  if (operations.empty()) return;
  if (body_.size() + operations.size() > bytes_max_) close();
  if (operations.size() <= bytes_max_) {
    open_.emplace_back(group, operations.size());
    body_ += operations;
    return;
  }
  delta_reader in(operations);
  delta_operation operation;
  size_t begin = 0;
  while (in.next(operation)) {
    const bool last = in.position() == operations.size();
    if (in.position() - begin < bytes_max_ && !last) continue;
    const auto part = operations.substr(begin, in.position() - begin);
    open_.emplace_back(group, part.size());
    body_ += part;
    close();
    begin = in.position();
  }
  check(begin == operations.size());
}

std::vector<built_chunk> chunk_builder::finish() {
  close();
  return std::exchange(done_, {});
}

result<std::vector<std::string>> split_by_group(std::span<const std::string_view> deltas) {
  std::vector<std::string> groups(key_group_count);
  for (const auto delta : deltas) {
    delta_reader in(delta);
    delta_operation operation;
    size_t begin = 0;
    while (in.next(operation)) {
      groups[operation.key_group] += delta.substr(begin, in.position() - begin);
      begin = in.position();
    }
    if (!in.failure().ok()) return in.failure();
  }
  return groups;
}

} // namespace levada
