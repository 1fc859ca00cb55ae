#include "actors/quota_watch.hpp"

#include <utility>

#include "platform/byte_count.hpp"

namespace levada {

namespace {

constexpr const char* way_out =
    "raise state.quota, or keep less state (shorter windows, fewer keys, a smaller DISTINCT)";

} // namespace

void quota_watch::warn(const std::string& text) const {
  if (warn_) warn_(job_ + ": " + text);
}

void quota_watch::committed(const epoch_usage& usage) {
  if (usage.step == quota_step::ample || std::exchange(warned_, true)) return;
  std::string text = "the state uses " + byte_count_text(usage.live_bytes) + " of its quota of " +
                     byte_count_text(usage.quota_bytes) + " (" + std::to_string(static_cast<int>(usage.share * 100)) +
                     " %)";
  if (usage.largest_bytes > 0)
    text += ", the largest part by '" + usage.largest_store + "' (" + byte_count_text(usage.largest_bytes) + ")";
  warn(text + "; at " + std::to_string(static_cast<int>(epoch_store_limits::reserve_share * 100)) +
       " % the job stops: " + way_out);
}

void quota_watch::paused(const status& why) {
  if (std::exchange(paused_, true)) return;
  warn(std::string(why.message()) + "; reading pauses and nothing is acknowledged until there is room: free some");
}

void quota_watch::resumed() {
  if (std::exchange(paused_, false)) warn("there is room on the disk again, reading goes on");
}

status quota_watch::give_up(const status& refused, bool committed, uint64_t last_epoch) {
  std::string text(refused.message());
  if (committed) text += "; it was written into that tenth, and the job stops before it is used up";
  text += refused.code() == errc::no_space ? ". Free some" : std::string(". Mend it: ") + way_out;
  return {refused.code(),
          text + ", and start again: the job goes on from epoch " + std::to_string(last_epoch) + ", nothing is lost"};
}

} // namespace levada
