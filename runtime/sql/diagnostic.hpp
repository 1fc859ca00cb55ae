// What is wrong with a text, where, and what to write instead. Positions are byte offsets into one source;
// lines and columns (from 1, columns count code points) are computed only when a diagnostic is rendered.
// Values, single-threaded.
#pragma once

#include "platform/status.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace levada {

// A run of bytes in a source_text.
struct source_span {
  uint32_t offset = 0;
  uint32_t length = 0;

  uint32_t end() const { return offset + length; }
};

// From the start of the first to the end of the last.
source_span cover(source_span first, source_span last);

struct source_position {
  uint32_t line = 1;
  uint32_t column = 1;
};

// A named text, or several in a row, cut after max_source_bytes: truncated() then says so and the parser refuses it.
class source_text {
 public:
  static constexpr size_t max_source_bytes = size_t{8} << 20;

  source_text(std::string file_name, std::string_view text);
  // What follows is from another file: lines count anew, under its name.
  void append(std::string file_name, std::string_view text);

  const std::string& file_name(uint32_t offset) const { return part_at(offset).file_name; }
  bool truncated() const { return truncated_; }
  std::string_view text() const { return text_; }
  std::string_view slice(source_span span) const;

  source_position locate(uint32_t offset) const;
  // The whole line that contains the offset, without its line end.
  std::string_view line_at(uint32_t offset) const;

 private:
  struct part {
    std::string file_name;
    uint32_t begin;
    size_t first_line;
  };

  size_t line_index(uint32_t offset) const;
  const part& part_at(uint32_t offset) const;

  std::vector<part> parts_; // in order, the first begins at 0
  std::string text_;
  std::vector<uint32_t> line_starts_;
  bool truncated_ = false;
};

enum class severity : uint8_t { error, warning };

struct diagnostic {
  severity level = severity::error;
  errc code = errc::syntax_error;
  source_span span;
  std::string message;
  std::string hint; // what is supported instead; empty: no help line
};

// "file:line:column: error LV0400: message", the source line, a caret under the span and, if there is a hint,
// "help: hint"; every line ends in '\n'.
std::string render(const source_text& source, const diagnostic& what);

// Collects what one run over a source finds. Bounded: the first of the text are kept, further errors only counted; a
// second error at the same offset is dropped as a consequence of the first.
class diagnostics {
 public:
  static constexpr size_t max_kept = 20;

  void error(errc code, source_span span, std::string message, std::string hint = {});
  void warning(errc code, source_span span, std::string message, std::string hint = {});

  bool failed() const { return errors_ > 0; }
  size_t error_count() const { return errors_; }
  std::span<const diagnostic> all() const { return kept_; }

  // Everything kept, in the order of the text, then "N more errors" if any were only counted.
  std::string render(const source_text& source) const;

  // ok, or the first error as "file:line:column: message".
  status first_error(const source_text& source) const;

 private:
  void add(diagnostic what);

  std::vector<diagnostic> kept_;
  size_t errors_ = 0;
  size_t dropped_ = 0;
};

} // namespace levada
