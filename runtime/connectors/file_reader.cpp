#include "runtime/connectors/file_reader.hpp"

namespace levada {

status file_reader::open(file_system& files, const std::string& path, uint64_t offset) {
  auto opened = files.open(path, open_mode::read);
  if (!opened.ok()) return opened.error();
  file_ = std::move(*opened);
  path_ = path;
  buffer_.clear();
  offset_ = offset;
  at_end_ = false;
  return offset > 0 ? file_->seek(offset) : status{};
}

void file_reader::consume(size_t bytes) {
  buffer_.consume(bytes);
  offset_ += bytes;
}

status file_reader::fill() {
  std::span<char> room = buffer_.room();
  if (room.empty()) {
    return {errc::malformed_record, "'" + path_ + "': byte " + std::to_string(offset_) + ": record longer than " +
                                        std::to_string(record_bytes_max) + " bytes"};
  }
  size_t filled = 0;
  at_end_ = false;
  while (filled < room.size()) {
    auto got = file_->read(room.subspan(filled));
    if (!got.ok()) return got.error();
    if (*got == 0) {
      at_end_ = true;
      break;
    }
    filled += *got;
  }
  buffer_.added(filled);
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
