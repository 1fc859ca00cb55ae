#include "storage/quota.hpp"

#include <algorithm>

#include "platform/byte_count.hpp"

namespace levada {

namespace {

using limits = epoch_store_limits;

constexpr uint64_t page_bytes = 4096;

} // namespace

uint64_t payload_bytes(const epoch_commit& epoch) {
  uint64_t bytes = 0;
  for (const auto& delta : epoch.deltas) bytes += delta.bytes.size();
  for (const auto& value : epoch.values) bytes += value.bytes.size();
  for (const auto& letter : epoch.dead_letters) bytes += letter.payload.size();
  return bytes;
}

quota_step quota_step_of(double share) {
  if (share >= limits::reserve_share) return quota_step::reserve;
  if (share >= limits::withhold_share) return quota_step::withhold_acks;
  return share >= limits::warn_share ? quota_step::warn : quota_step::ample;
}

status quota_exceeded(const epoch_commit& epoch, const epoch_usage& use, uint64_t live_before, uint64_t wanted) {
  const auto share = epoch.may_use_reserve ? 1 : limits::reserve_share;
  const auto room = static_cast<uint64_t>(static_cast<double>(use.quota_bytes) * share);
  std::string text = "epoch " + std::to_string(epoch.epoch) + " (" + byte_count_text(payload_bytes(epoch)) +
                     ") needs " + byte_count_text(wanted > room ? wanted - room : page_bytes) +
                     " more than there is: " + byte_count_text(live_before) + " of state.quota, " +
                     byte_count_text(use.quota_bytes) + ", are used";
  if (!epoch.may_use_reserve) text += " and the last tenth is kept to drain";
  if (use.largest_bytes > 0)
    text += "; the largest part by '" + use.largest_store + "' (" + byte_count_text(use.largest_bytes) + ")";
  return {errc::store_full, std::move(text)};
}

// LMDB finds out that the disk is full when it is too late to go on, so look before. An epoch needs no room on
// the disk if there is enough inside the file; the pages of the last two epochs are not free yet, hence twice.
status check_disk(file_system& files, const std::string& directory, const lmdb_env& env, const epoch_commit& epoch,
                  uint64_t live_bytes) {
  uint64_t bytes = limits::disk_margin_bytes + payload_bytes(epoch);
  for (const auto& delta : epoch.deltas)
    bytes += std::max<uint64_t>(limits::fold_bytes_min, delta.bytes.size() * limits::fold_factor);
  const uint64_t file_bytes = env.file_bytes();
  if (file_bytes >= live_bytes + 2 * bytes || file_bytes >= env.map_bytes()) return {};
  auto space = files.space(directory);
  if (!space.ok()) return space.error();
  const uint64_t wanted = std::min(bytes, env.map_bytes() - file_bytes);
  if (space->free_bytes >= wanted) return {};
  return {errc::no_space, directory + ": the disk has " + byte_count_text(space->free_bytes) + " left, epoch " +
                              std::to_string(epoch.epoch) + " may need " + byte_count_text(wanted)};
}

} // namespace levada
