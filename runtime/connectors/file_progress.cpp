#include "runtime/connectors/file_progress.hpp"

#include <charconv>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"

namespace levada {

namespace {

// Without blanks and line ends, so that lines and words stay what they are.
std::string escaped(const std::string& text) {
  if (text.empty()) return "-";
  return absl::StrReplaceAll(absl::CHexEscape(text), {{" ", "\\x20"}, {"-", "\\x2d"}});
}

bool unescaped(std::string_view text, std::string& out) {
  out.clear();
  return text == "-" || absl::CUnescape({text.data(), text.size()}, &out);
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
    text += std::to_string(each.offset) + ' ' + std::to_string(each.inode) + ' ' + escaped(each.head) + ' ' +
            escaped(path) + '\n';
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
    std::string path;
    bool good = parse_number(next_word(line), each.offset) && parse_number(next_word(line), each.inode) &&
                unescaped(next_word(line), each.head) && unescaped(next_word(line), path) && line.empty();
    if (!good) return status{errc::corrupt_value, "the saved position of a filesystem source cannot be read"};
    progress[path] = std::move(each);
  }
  return progress;
}

} // namespace levada
