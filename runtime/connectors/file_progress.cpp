#include "runtime/connectors/file_progress.hpp"

#include <charconv>

#include "absl/strings/escaping.h"

namespace levada {

namespace {

bool is_hex(std::string_view text) {
  return text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view next_word(std::string_view& line) {
  size_t end = std::min(line.find(' '), line.size());
  std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool parse_number(std::string_view word, uint64_t& number) {
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc{} && end == word.data() + word.size();
}

} // namespace

std::string save_progress(const file_progress_map& progress) {
  std::string text;
  for (const auto& [path, each] : progress) {
    text += std::to_string(each.offset) + ' ' + std::to_string(each.inode) + ' ' + absl::BytesToHexString(each.head) +
            ' ' + absl::CEscape(path) + '\n';
  }
  return text;
}

result<file_progress_map> load_progress(std::string_view text) {
  file_progress_map progress;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    file_progress each;
    bool good = parse_number(next_word(line), each.offset) && parse_number(next_word(line), each.inode);
    std::string_view head = next_word(line);
    std::string path;
    good = good && is_hex(head) && absl::CUnescape({line.data(), line.size()}, &path) && !path.empty();
    if (!good) return status{errc::corrupt_value, "the saved position of a filesystem source cannot be read"};
    each.head = absl::HexStringToBytes({head.data(), head.size()});
    progress[path] = std::move(each);
  }
  return progress;
}

} // namespace levada
