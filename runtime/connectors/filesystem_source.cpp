#include <algorithm>
#include <deque>

#include "platform/clock.hpp"
#include "runtime/connectors/file_listing.hpp"
#include "runtime/connectors/file_progress.hpp"
#include "runtime/connectors/file_reader.hpp"
#include "runtime/connectors/filesystem.hpp"
#include "runtime/connectors/table_format.hpp"

namespace levada {

namespace {

// Chunks read in one poll: it must come to an end even where no record is good.
constexpr int fills_per_poll_max = 16;

struct reading_options {
  std::string path;
  std::string pattern;
  int64_t monitor_interval_us = 0; // 0: the files that are there at the start, and then the end
};

result<reading_options> read_options(table_options& options) {
  reading_options reading;
  auto path = options.require_text("path");
  if (!path.ok()) return path.error();
  auto local = local_path(*path);
  if (!local.ok()) return local.error();
  reading.path = std::move(*local);
  reading.pattern = options.text("source.path.regex-pattern").value_or("");
  auto interval = options.duration_ms("source.monitor-interval", 0);
  if (!interval.ok()) return interval.error();
  reading.monitor_interval_us = *interval * 1000;
  static_cast<void>(options.text("source.report-statistics"));
  return reading;
}

class filesystem_source final : public source {
 public:
  filesystem_source(std::shared_ptr<file_system> files, file_listing listing, table_decoder decoder,
                    const clock_source* clock, int64_t interval_us)
      : files_(std::move(files)), listing_(std::move(listing)), decoder_(std::move(decoder)), clock_(clock),
        interval_us_(interval_us) {
    if (!watching()) return;
    if (auto made = directory_watch::make(); made.ok()) changes_ = std::move(*made);
  }

  status open(std::string_view position) override;
  result<poll_state> poll(decode_target& into) override;
  readiness wait() override;
  std::string position() override;
  const source_counters& counters() const override { return counters_; }
  void close() override { reader_.close(); }

 private:
  bool watching() const { return interval_us_ > 0; }
  status scan();
  bool scan_is_due();
  // Opens the next file that has something to read. False: there is none.
  result<bool> open_next();
  status start(const listed_file& from);
  // Whether the bytes read before are still what the file begins with.
  result<bool> same_file(const listed_file& from, const file_progress& before);
  // One chunk's records into `into`. False: the file needs more bytes or has ended.
  result<bool> decode_pending(decode_target& into);
  void append_metadata(decode_target& into);
  status remember();

  std::shared_ptr<file_system> files_;
  file_listing listing_;
  table_decoder decoder_;
  const clock_source* clock_;
  int64_t interval_us_;

  std::deque<listed_file> queue_;
  listed_file current_;
  file_reader reader_;
  // Not watching: only the file read last, as those before it in the order are done. Watching: all that still exist.
  file_progress_map progress_;
  std::map<std::string, uint64_t> unfinished_; // files that ended within a record -> size when last seen
  int64_t next_scan_us_ = -1;
  std::unique_ptr<directory_watch> changes_; // null: nobody tells, so the path is looked at at every interval
  bool changed_ = false;                     // since the latest scan
  source_counters counters_;
};

status filesystem_source::open(std::string_view position) {
  auto progress = load_progress(position);
  if (!progress.ok()) return progress.error();
  progress_ = std::move(*progress);
  return scan();
}

readiness filesystem_source::wait() {
  // Told of a change or waiting for a file to stand still: not before the interval is over. Otherwise, asleep.
  if (changes_ && !changed_ && unfinished_.empty()) return {changes_->descriptor(), directory_watch::events(), -1};
  return {-1, 0, next_scan_us_};
}

bool filesystem_source::scan_is_due() {
  if (!watching() || reader_.is_open() || !queue_.empty()) return false;
  if (changes_ && changes_->drain()) changed_ = true;
  if (changes_ && !changed_ && unfinished_.empty()) return false;
  return clock_->monotonic_us() >= next_scan_us_;
}

status filesystem_source::scan() {
  changed_ = false;
  auto found = listing_.list(changes_.get());
  if (changes_ && found.error().code() == errc::unsupported) {
    changes_.reset();
    found = listing_.list();
  }
  if (!found.ok()) return found.error();
  if (!watching()) {
    std::string last = progress_.empty() ? std::string{} : progress_.begin()->first;
    for (auto& each : *found) {
      if (each.path < last) continue;
      counters_.bytes_total += each.info.bytes;
      queue_.push_back(std::move(each));
    }
    return {};
  }
  next_scan_us_ = clock_->monotonic_us() + interval_us_;
  file_progress_map still_there;
  for (auto& each : *found) {
    auto before = progress_.find(each.path);
    bool known = before != progress_.end();
    auto waiting = unfinished_.find(each.path);
    bool grown = known && (each.info.bytes != before->second.offset || each.info.inode != before->second.inode);
    if (known) still_there[each.path] = std::move(before->second);
    if (!known || grown || waiting != unfinished_.end()) queue_.push_back(std::move(each));
  }
  progress_ = std::move(still_there);
  std::erase_if(unfinished_, [&](const auto& each) { return !progress_.contains(each.first); });
  return {};
}

result<bool> filesystem_source::same_file(const listed_file& from, const file_progress& before) {
  if (from.info.bytes < before.offset) return false;
  auto head = reader_.head(before.head.size());
  if (!head.ok()) return head.error();
  return *head == before.head;
}

status filesystem_source::start(const listed_file& from) {
  file_progress before;
  if (auto it = progress_.find(from.path); it != progress_.end()) before = it->second;
  if (auto s = reader_.open(*files_, from.path, before.offset); !s.ok()) return s;
  if (before.offset > 0) {
    auto same = same_file(from, before);
    if (!same.ok()) return same.error();
    if (!*same && !watching()) {
      reader_.close();
      return {errc::state_mismatch, "'" + from.path +
                                        "' is no longer the file that was being read: it is shorter or "
                                        "begins with other bytes; --fresh starts over"};
    }
    if (!*same) {
      if (auto s = reader_.open(*files_, from.path, 0); !s.ok()) return s;
    }
  }
  current_ = from;
  if (!watching()) {
    progress_.clear();
    counters_.bytes += reader_.offset();
  }
  return remember();
}

result<bool> filesystem_source::open_next() {
  while (!queue_.empty()) {
    listed_file next = std::move(queue_.front());
    queue_.pop_front();
    status s = start(next);
    if (s.ok()) return true;
    // A watched directory is not ours: files come and go.
    if (!(watching() && s.code() == errc::not_found)) return s;
  }
  return false;
}

status filesystem_source::remember() {
  file_progress& now = progress_[current_.path];
  now.inode = current_.info.inode;
  now.offset = reader_.offset();
  size_t head_bytes = static_cast<size_t>(std::min<uint64_t>(now.offset, file_progress::head_bytes));
  if (now.head.size() == head_bytes) return {};
  auto head = reader_.head(head_bytes);
  if (!head.ok()) return head.error();
  now.head = std::move(*head);
  return {};
}

void filesystem_source::append_metadata(decode_target& into) {
  for (const auto& wanted : decoder_.metadata()) {
    column& to = into.columns[wanted.target];
    while (to.size() < into.rows) {
      if (wanted.key == "file.path") to.push_string(current_.path);
      else if (wanted.key == "file.name") to.push_string(current_.path.substr(current_.path.rfind('/') + 1));
      else if (wanted.key == "file.size") to.push(static_cast<int64_t>(current_.info.bytes));
      else to.push(current_.info.modified_us / 1000 * 1000);
    }
  }
}

result<bool> filesystem_source::decode_pending(decode_target& into) {
  // Where a file may still be written to, its last line waits until it has stood still for one interval.
  bool whole = reader_.at_end();
  if (whole && watching()) {
    auto seen = unfinished_.find(current_.path);
    whole = seen != unfinished_.end() && seen->second == reader_.offset() + reader_.pending_bytes();
  }
  uint32_t rows_before = into.rows;
  auto done = decoder_.decode(reader_.pending(), whole, into);
  append_metadata(into);
  counters_.rows += into.rows - rows_before;
  if (!done.ok()) return malformed_at(done.error(), "'" + current_.path + "'", reader_.offset());
  counters_.malformed += done->skipped;
  counters_.bytes += done->consumed;
  reader_.consume(done->consumed);
  return done->consumed > 0;
}

result<poll_state> filesystem_source::poll(decode_target& into) {
  if (scan_is_due()) {
    if (auto s = scan(); !s.ok()) return s;
  }
  int fills = 0;
  while (into.rows < into.rows_max) {
    if (!reader_.is_open()) {
      auto opened = open_next();
      if (!opened.ok()) return opened.error();
      if (!*opened) return watching() ? poll_state::idle : poll_state::finished;
    }
    if (reader_.pending_bytes() > 0) {
      auto progressed = decode_pending(into);
      if (!progressed.ok()) return progressed.error();
      if (*progressed) continue;
    }
    if (reader_.at_end()) {
      uint64_t size = reader_.offset() + reader_.pending_bytes();
      if (reader_.pending_bytes() > 0) unfinished_[current_.path] = size;
      else unfinished_.erase(current_.path);
      if (auto s = remember(); !s.ok()) return s;
      reader_.close();
      continue;
    }
    if (++fills > fills_per_poll_max) break;
    if (auto s = reader_.fill(); !s.ok()) return s;
  }
  return poll_state::more;
}

std::string filesystem_source::position() {
  if (reader_.is_open()) {
    // A failed read of the head only makes the file harder to recognise; the next poll meets the same error.
    static_cast<void>(remember());
  }
  return save_progress(progress_);
}

} // namespace

result<std::unique_ptr<source>> make_filesystem_source(const source_spec& spec, std::shared_ptr<file_system> files) {
  auto reading = read_options(*spec.table.options);
  if (!reading.ok()) return reading.error();
  auto listing = file_listing::make(files, reading->path, reading->pattern);
  if (!listing.ok()) return listing.error();
  auto decoder = table_decoder::make(spec);
  if (!decoder.ok()) return decoder.error();
  return std::unique_ptr<source>(new filesystem_source(std::move(files), std::move(*listing), std::move(*decoder),
                                                       spec.table.clock, reading->monitor_interval_us));
}

} // namespace levada
