#include "runtime/operators/session_index.hpp"

namespace levada {

namespace {

constexpr int64_t unscheduled = INT64_MIN;

} // namespace

uint32_t session_index::next_firing_row(const batch& in, row_set rows, uint32_t from, const column& time) const {
  if (in.watermark_after <= in.watermark_before) return in.rows;
  int64_t timer = timers_.empty() ? watermark_end : alignment_->timer(timers_.top().end);
  for (uint32_t i = 0; i < rows.count; ++i) {
    int64_t before = watermark_before_row(in, rows[i]);
    if (before >= timer) break;
    if (time.is_null(rows[i])) continue;
    // Should a later row lengthen this session, the row found is early, which does no harm.
    int64_t own = alignment_->timer(alignment_->local(time.at<int64_t>(rows[i])) + gap_);
    if (own > before) timer = std::min(timer, own);
  }
  return in.watermark_after < timer ? in.rows : in.first_row_reaching(timer, from);
}

uint32_t session_index::open(uint32_t key, int64_t start, int64_t end) {
  uint32_t number;
  if (free_.empty()) {
    number = static_cast<uint32_t>(sessions_.size());
    sessions_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  if (first_.size() <= key) first_.resize(key + 1, none);
  uint32_t* link = &first_[key];
  while (*link != none && sessions_[*link].start < start) link = &sessions_[*link].next;
  sessions_[number] = {start, end, end, key, *link};
  *link = number;
  schedule(number);
  return number;
}

void session_index::close(uint32_t number) {
  session& s = sessions_[number];
  uint32_t* link = &first_[s.key];
  while (*link != number) link = &sessions_[*link].next;
  *link = s.next;
  s = session{};
  free_.push_back(number);
}

std::vector<uint32_t>& session_index::due(int64_t watermark) {
  due_.clear();
  while (!timers_.empty() && alignment_->timer(timers_.top().end) <= watermark) {
    timer_entry top = timers_.top();
    timers_.pop();
    session& s = sessions_[top.number];
    if (s.key == none || s.scheduled != top.end) continue;
    // A number used again, as when a restore replays a session, may have left an equal entry behind: once is enough.
    s.scheduled = unscheduled;
    if (alignment_->timer(s.end) <= watermark) due_.push_back(top.number);
    else schedule(top.number);
  }
  return due_;
}

void session_index::schedule(uint32_t number) {
  sessions_[number].scheduled = sessions_[number].end;
  timers_.push({sessions_[number].end, number});
}

size_t session_index::memory_bytes() const {
  return sessions_.capacity() * sizeof(session) + (free_.capacity() + first_.capacity()) * sizeof(uint32_t) +
         timers_.size() * sizeof(timer_entry);
}

} // namespace levada
