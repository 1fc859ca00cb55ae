#include "runtime/sql/diagnostic.hpp"

#include <algorithm>
#include <utility>

namespace levada {

namespace {

// A line of noise must not flood the terminal: at most this many code points are shown around the caret.
constexpr size_t shown_before = 90;
constexpr size_t shown_after = 90;

// Bytes of the code point at text[at]; 1 for anything malformed, so that every byte is counted once.
size_t code_point_size(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  size_t size = 1;
  if (lead >= 0xC2 && lead < 0xE0) size = 2;
  else if (lead >= 0xE0 && lead < 0xF0) size = 3;
  else if (lead >= 0xF0 && lead < 0xF5) size = 4;
  if (at + size > text.size()) return 1;
  for (size_t i = 1; i < size; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 1;
  return size;
}

size_t count_code_points(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at += code_point_size(text, at)) ++count;
  return count;
}

// Control characters and malformed bytes could change the terminal, or hide the place that is meant.
std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t size = code_point_size(text, at);
    const auto lead = static_cast<unsigned char>(text[at]);
    const bool c1 = size == 2 && lead == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    const bool control = size == 1 && ((lead < 0x20 && lead != '\t') || lead >= 0x7F);
    if (c1 || control) out += "\xEF\xBF\xBD";
    else out += text.substr(at, size);
    at += size;
  }
  return out;
}

// Blank of the same width: tabs stay tabs, every other code point becomes a space.
std::string blank(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += code_point_size(text, at)) out += text[at] == '\t' ? '\t' : ' ';
  return out;
}

// The last `count` code points of text.
std::string_view keep_tail(std::string_view text, size_t count) {
  size_t skip = count_code_points(text);
  skip = skip > count ? skip - count : 0;
  size_t at = 0;
  for (; skip > 0; --skip) at += code_point_size(text, at);
  return text.substr(at);
}

std::string_view keep_head(std::string_view text, size_t count) {
  size_t at = 0;
  for (; count > 0 && at < text.size(); --count) at += code_point_size(text, at);
  return text.substr(0, at);
}

std::string header(const source_text& source, const diagnostic& what) {
  const auto where = source.locate(what.span.offset);
  return source.file_name(what.span.offset) + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) +
         ": ";
}

} // namespace

source_span cover(source_span first, source_span last) {
  const uint32_t begin = std::min(first.offset, last.offset);
  return {begin, std::max(first.end(), last.end()) - begin};
}

source_text::source_text(std::string file_name, std::string_view text) { append(std::move(file_name), text); }

void source_text::append(std::string file_name, std::string_view text) {
  if (text_.empty()) line_starts_ = {0};
  if (!text_.empty() && text_.back() != '\n') {
    text_ += '\n';
    line_starts_.push_back(static_cast<uint32_t>(text_.size()));
  }
  const size_t begin = text_.size();
  text_ += text.substr(0, max_source_bytes - std::min(begin, max_source_bytes));
  truncated_ = truncated_ || text_.size() - begin < text.size();
  parts_.push_back({std::move(file_name), static_cast<uint32_t>(begin), line_starts_.size() - 1});
  for (size_t at = begin; at < text_.size(); ++at)
    if (text_[at] == '\n') line_starts_.push_back(static_cast<uint32_t>(at + 1));
}

const source_text::part& source_text::part_at(uint32_t offset) const {
  const auto after =
      std::upper_bound(parts_.begin(), parts_.end(), offset, [](uint32_t at, const part& of) { return at < of.begin; });
  return *(after - 1);
}

std::string_view source_text::slice(source_span span) const {
  const size_t begin = std::min<size_t>(span.offset, text_.size());
  return std::string_view{text_}.substr(begin, span.length);
}

size_t source_text::line_index(uint32_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<size_t>(after - line_starts_.begin()) - 1;
}

source_position source_text::locate(uint32_t offset) const {
  const size_t at = std::min<size_t>(offset, text_.size());
  const size_t line = line_index(static_cast<uint32_t>(at));
  const size_t start = line_starts_[line];
  const size_t column = count_code_points(std::string_view{text_}.substr(start, at - start)) + 1;
  return {static_cast<uint32_t>(line + 1 - part_at(offset).first_line), static_cast<uint32_t>(column)};
}

std::string_view source_text::line_at(uint32_t offset) const {
  const size_t line = line_index(std::min(offset, static_cast<uint32_t>(text_.size())));
  const size_t start = line_starts_[line];
  size_t end = line + 1 < line_starts_.size() ? line_starts_[line + 1] - 1 : text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  return std::string_view{text_}.substr(start, end - start);
}

std::string render(const source_text& source, const diagnostic& what) {
  std::string out = header(source, what);
  out += what.level == severity::error ? "error " : "warning ";
  out += code_text(what.code) + ": " + what.message + "\n";

  const std::string_view line = source.line_at(what.span.offset);
  const size_t start = static_cast<size_t>(line.data() - source.text().data());
  const size_t at = std::min<size_t>(what.span.offset - std::min<size_t>(what.span.offset, start), line.size());
  const std::string_view before = keep_tail(line.substr(0, at), shown_before);
  const std::string_view after = keep_head(line.substr(at), shown_after);
  out += printable(before) + printable(after) + "\n";

  const size_t marked = count_code_points(after.substr(0, std::min<size_t>(what.span.length, after.size())));
  out += blank(before) + "^" + std::string(marked > 1 ? marked - 1 : 0, '~') + "\n";
  if (!what.hint.empty()) out += "help: " + what.hint + "\n";
  return out;
}

void diagnostics::error(errc code, source_span span, std::string message, std::string hint) {
  add({severity::error, code, span, std::move(message), std::move(hint)});
}

void diagnostics::warning(errc code, source_span span, std::string message, std::string hint) {
  add({severity::warning, code, span, std::move(message), std::move(hint)});
}

void diagnostics::add(diagnostic what) {
  const auto same_place = [&](const diagnostic& kept) {
    return kept.level == severity::error && kept.span.offset == what.span.offset;
  };
  const bool is_error = what.level == severity::error;
  if (is_error && std::any_of(kept_.begin(), kept_.end(), same_place)) return;
  if (is_error) ++errors_;
  if (kept_.size() >= max_kept) {
    if (what.span.offset >= kept_.back().span.offset) {
      if (is_error) ++dropped_;
      return;
    }
    if (kept_.back().level == severity::error) ++dropped_;
    kept_.pop_back();
  }
  const auto before = [](uint32_t offset, const diagnostic& kept) { return offset < kept.span.offset; };
  const auto place = std::upper_bound(kept_.begin(), kept_.end(), what.span.offset, before);
  kept_.insert(place, std::move(what));
}

std::string diagnostics::render(const source_text& source) const {
  std::string out;
  for (const auto& what : kept_) out += levada::render(source, what);
  if (dropped_ > 0) out += std::to_string(dropped_) + (dropped_ == 1 ? " more error\n" : " more errors\n");
  return out;
}

status diagnostics::first_error(const source_text& source) const {
  for (const auto& what : kept_)
    if (what.level == severity::error) return {what.code, header(source, what) + what.message};
  if (errors_ > 0) return {errc::invalid_query, source.file_name(0) + ": more errors than can be shown"};
  return {};
}

} // namespace levada
