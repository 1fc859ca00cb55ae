#include "runtime/connectors/part_files.hpp"

#include <charconv>
#include <random>

namespace levada {

namespace {

std::string draw_run() {
  std::random_device random;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string run;
  for (int i = 0; i < 12; ++i) run += digits[random() % digits.size()];
  return run;
}

} // namespace

std::string part_files::visible_path(uint64_t number) const {
  if (!options_.single_file.empty()) return options_.directory + "/" + options_.single_file;
  return options_.directory + "/part-" + run_ + "-" + std::to_string(number);
}

std::string part_files::hidden_path(uint64_t number) const {
  return options_.directory + "/.part-" + run_ + "-" + std::to_string(number) + ".inprogress";
}

result<part_files::place> part_files::parse(std::string_view position) {
  place last;
  status unreadable{errc::corrupt_value, "the saved position of a filesystem sink cannot be read"};
  size_t end = position.find(' ');
  if (end == std::string_view::npos) return unreadable;
  last.run = position.substr(0, end);
  const char* stop = position.data() + position.size();
  auto number = std::from_chars(position.data() + end + 1, stop, last.number);
  if (number.ec != std::errc{} || number.ptr == stop) return unreadable;
  auto length = std::from_chars(number.ptr + 1, stop, last.length);
  if (length.ec != std::errc{} || length.ptr != stop) return unreadable;
  return last;
}

status part_files::open(std::string_view position) {
  if (auto s = files_->make_directories(options_.directory); !s.ok()) return s;
  if (!position.empty()) {
    auto last = parse(position);
    if (!last.ok()) return last.error();
    return go_on_from(*last);
  }
  run_ = draw_run();
  if (options_.single_file.empty()) return {};
  if (auto s = open_file(true); !s.ok()) return s;
  return file_->truncate(0);
}

status part_files::go_on_from(const place& last) {
  run_ = last.run;
  number_ = last.number;
  length_ = last.length;
  first_hidden_ = 0;
  if (options_.single_file.empty()) {
    auto names = files_->list(options_.directory);
    if (!names.ok()) return names.error();
    std::string visible = "part-" + run_ + "-";
    std::string hidden = "." + visible;
    for (const std::string& name : *names) {
      bool is_hidden = name.compare(0, hidden.size(), hidden) == 0;
      if (!is_hidden && name.compare(0, visible.size(), visible) != 0) continue;
      const char* digits = name.data() + (is_hidden ? hidden : visible).size();
      uint64_t number = 0;
      if (std::from_chars(digits, name.data() + name.size(), number).ec != std::errc{}) continue;
      if (number < last.number || (number == last.number && last.length > 0)) continue;
      if (auto s = files_->remove(options_.directory + "/" + name); !s.ok()) return s;
    }
    if (last.number > 0 || last.length > 0) {
      if (auto s = reveal_up_to(last.length > 0 ? last.number : last.number - 1); !s.ok()) return s;
    }
  }
  if (length_ == 0 && options_.single_file.empty()) return {};
  if (auto s = open_file(false); !s.ok()) {
    if (s.code() != errc::not_found) return s;
    return {errc::state_mismatch,
            "'" + visible_path(number_) + "', which was being written, is gone; --fresh starts over"};
  }
  auto info = file_->info();
  if (!info.ok()) return info.error();
  if (info->bytes < length_) {
    return {errc::state_mismatch, "'" + visible_path(number_) +
                                      "' is shorter than what was committed to it; --fresh "
                                      "starts over"};
  }
  if (auto s = file_->truncate(length_); !s.ok()) return s;
  return file_->seek(length_);
}

status part_files::open_file(bool fresh) {
  bool hide = fresh && options_.hide_uncommitted && options_.single_file.empty();
  std::string path = hide ? hidden_path(number_) : visible_path(number_);
  auto opened = files_->open(path, fresh ? open_mode::write_or_create : open_mode::write_existing);
  if (!opened.ok()) return opened.error();
  if (!options_.single_file.empty()) {
    // Two writers of one file, of one query even, would overwrite each other.
    if (auto s = (*opened)->try_lock(); !s.ok()) return s;
  }
  file_ = std::move(*opened);
  directory_dirty_ |= fresh;
  return {};
}

status part_files::append(std::string_view records) {
  if (records.empty()) return {};
  if (file_ && length_ >= options_.file_bytes_max && options_.single_file.empty()) {
    if (auto s = roll(); !s.ok()) return s;
  }
  if (!file_) {
    if (auto s = open_file(true); !s.ok()) return s;
  }
  if (auto s = file_->write(records); !s.ok()) {
    static_cast<void>(file_->truncate(length_));
    static_cast<void>(file_->seek(length_));
    return s;
  }
  length_ += records.size();
  return {};
}

status part_files::roll() {
  // The position names one part only: those before it must be durable.
  if (auto s = sync(); !s.ok()) return s;
  file_.reset();
  ++number_;
  length_ = 0;
  return {};
}

status part_files::sync() {
  if (file_) {
    if (auto s = file_->sync_data(); !s.ok()) return s;
  }
  if (!directory_dirty_) return {};
  directory_dirty_ = false;
  return files_->sync_directory(options_.directory);
}

std::string part_files::position() {
  asked_position_ = true;
  return run_ + " " + std::to_string(number_) + " " + std::to_string(length_);
}

status part_files::reveal_up_to(uint64_t number) {
  if (!options_.hide_uncommitted || !options_.single_file.empty()) return {};
  bool revealed = false;
  for (; first_hidden_ <= number; ++first_hidden_) {
    status s = files_->rename(hidden_path(first_hidden_), visible_path(first_hidden_));
    // Already revealed before a restart.
    if (!s.ok() && s.code() != errc::not_found) return s;
    revealed |= s.ok();
  }
  return revealed ? files_->sync_directory(options_.directory) : status{};
}

status part_files::committed(std::string_view position) {
  auto last = parse(position);
  if (!last.ok()) return last.error();
  if (last->length > 0) return reveal_up_to(last->number);
  return last->number > 0 ? reveal_up_to(last->number - 1) : status{};
}

status part_files::close() {
  status s = sync();
  if (s.ok() && !asked_position_ && length_ > 0) s = reveal_up_to(number_);
  file_.reset();
  return s;
}

} // namespace levada
