#include "runtime/connectors/file_reader.hpp"

#include <algorithm>
#include <cstring>

namespace levada {

status file_reader::open(file_system& files, const std::string& path, uint64_t offset) {
  auto opened = files.open(path, open_mode::read);
  if (!opened.ok()) return opened.error();
  file_ = std::move(*opened);
  path_ = path;
  begin_ = end_ = 0;
  offset_ = offset;
  at_end_ = false;
  return offset > 0 ? file_->seek(offset) : status{};
}

void file_reader::consume(size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
  check(begin_ <= end_);
}

file_reader::buffer file_reader::take_buffer(size_t bytes) {
  for (buffer& each : kept_) {
    if (each.memory.use_count() != 1 || each.bytes < bytes) continue;
    // use_count() orders nothing; giving up a reference does: what another thread read in here is behind us now.
    std::shared_ptr<char[]>(each.memory).reset();
    return each;
  }
  buffer fresh{std::make_shared_for_overwrite<char[]>(bytes + chunk_padding), bytes};
  std::memset(fresh.memory.get() + bytes, 0, chunk_padding);
  if (kept_.size() == buffers_kept_max) kept_.erase(kept_.begin());
  kept_.push_back(fresh);
  return fresh;
}

status file_reader::fill() {
  size_t left = end_ - begin_;
  if (left >= record_bytes_max) {
    return {errc::malformed_record, "'" + path_ + "': byte " + std::to_string(offset_) + ": record longer than " +
                                        std::to_string(record_bytes_max) + " bytes"};
  }
  // A record that does not fit doubles its chunk, so that the bytes copied stay linear in its length.
  buffer next = take_buffer(std::max(chunk_bytes, left * 2));
  if (left > 0) std::memcpy(next.memory.get(), buffer_.get() + begin_, left);
  buffer_ = std::move(next.memory);
  begin_ = 0;
  end_ = left;
  at_end_ = false;
  while (end_ < next.bytes) {
    auto got = file_->read({buffer_.get() + end_, next.bytes - end_});
    if (!got.ok()) return got.error();
    if (*got == 0) {
      at_end_ = true;
      break;
    }
    end_ += *got;
  }
  std::memset(buffer_.get() + end_, 0, chunk_padding);
  return {};
}

result<std::string> file_reader::head(size_t count) {
  std::string bytes(count, '\0');
  auto got = file_->read_at(0, bytes);
  if (!got.ok()) return got.error();
  bytes.resize(*got);
  return bytes;
}

} // namespace levada
