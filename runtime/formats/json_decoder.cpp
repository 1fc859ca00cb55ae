// Lines of JSON into rows. A window of lines is indexed by simdjson in one go; what that yields counts only if every line
// turned out to be exactly one object. Else the window is read again line by line, which finds out what is wrong where.
#include <algorithm>
#include <cstring>

#include "runtime/formats/json_object.hpp"
#include "runtime/formats/text_cell.hpp"

namespace levada {

namespace {

constexpr size_t window_bytes = 64 * 1024; // its index stays in the second-level cache
constexpr size_t window_bytes_min = 1024;  // fewer are quicker line by line
// After a window that was no good as many bytes are read line by line, and twice as many each time, so that input full
// of errors is not read twice.
constexpr size_t suspect_bytes_min = window_bytes;
constexpr size_t suspect_bytes_max = 64 * window_bytes;

using lanes = uint8_t __attribute__((vector_size(16)));
constexpr size_t lane_count_max = 255;

// A call of memchr for every line costs more than the index of the window saves.
size_t count_newlines(std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  size_t count = 0;
  while (static_cast<size_t>(end - at) >= sizeof(lanes)) {
    size_t blocks = std::min(static_cast<size_t>(end - at) / sizeof(lanes), lane_count_max);
    lanes sums{};
    for (size_t i = 0; i < blocks; ++i, at += sizeof(lanes)) {
      lanes bytes;
      std::memcpy(&bytes, at, sizeof bytes);
      sums -= static_cast<lanes>(bytes == '\n');
    }
    for (size_t lane = 0; lane < sizeof(lanes); ++lane) count += sums[lane];
  }
  for (; at < end; ++at) count += *at == '\n';
  return count;
}

class json_decoder final : public decoder {
 public:
  json_decoder(json_object_shape shape, const json_read_options& options)
      : objects_(std::move(shape), options), ignore_errors_(options.ignore_parse_errors), messages_(options.messages) {}

  result<decode_result> decode(const chunk& input, bool end_of_input, decode_target& into) override;

 private:
  // The bytes of whole lines at the front of `text` whose rows were appended; 0: they must be read one by one.
  size_t read_window(std::string_view text, decode_target& into);
  bool read_lines(std::string_view& lines, decode_target& into);
  // Appends the rows of one document, or nothing and says why in failure_.
  bool read_document(std::string_view text, decode_target& into);
  bool read_row(ondemand::object& object, decode_target& into);
  static void take_back(decode_target& into, uint32_t rows);

  bool fail(std::string reason) {
    failure_ = std::move(reason);
    return false;
  }

  json_object_reader objects_;
  bool ignore_errors_;
  bool messages_;
  ondemand::parser parser_;
  std::string failure_;
  size_t suspect_bytes_ = 0; // still to be read line by line
  size_t next_suspect_bytes_ = suspect_bytes_min;
};

void json_decoder::take_back(decode_target& into, uint32_t rows) {
  into.rows = rows;
  for (column& c : into.columns) c.resize(rows);
}

// False: the text is not one object a line. `lines` is what has been read when the target is full.
bool json_decoder::read_lines(std::string_view& lines, decode_target& into) {
  ondemand::document_stream documents;
  // A constant size, unless a long line made the parser grow: it would allocate anew for every other one.
  size_t capacity = std::max(window_bytes, parser_.capacity());
  if (parser_.iterate_many(lines.data(), lines.size(), capacity).get(documents)) return false;
  uint32_t rows_before = into.rows;
  for (auto it = documents.begin(); it != documents.end(); ++it) {
    size_t place = it.current_index();
    if (place > 0 ? lines[place - 1] != '\n' : into.rows != rows_before) return false;
    if (into.rows == into.rows_max) {
      lines = lines.substr(0, place);
      break;
    }
    auto document = *it;
    ondemand::object object;
    if (document.get_object().get(object) || !read_row(object, into)) return false;
  }
  return count_newlines(lines) == into.rows - rows_before;
}

size_t json_decoder::read_window(std::string_view text, decode_target& into) {
  if (suspect_bytes_ > 0 || text.size() < window_bytes_min || text.front() != '{') return 0;
  text = text.substr(0, window_bytes);
  std::string_view lines = text.substr(0, text.rfind('\n') + 1);
  if (lines.empty()) return 0;
  uint32_t rows_before = into.rows;
  if (read_lines(lines, into)) {
    next_suspect_bytes_ = suspect_bytes_min;
    return lines.size();
  }
  take_back(into, rows_before);
  suspect_bytes_ = next_suspect_bytes_;
  next_suspect_bytes_ = std::min(next_suspect_bytes_ * 2, suspect_bytes_max);
  return 0;
}

result<decode_result> json_decoder::decode(const chunk& input, bool end_of_input, decode_target& into) {
  decode_result done;
  const char* begin = input.bytes.data();
  const char* end = begin + input.bytes.size();
  objects_.share_text(share_chunk(input, into));
  while (begin + done.consumed < end && into.rows < into.rows_max) {
    const char* line = begin + done.consumed;
    if (size_t bytes = read_window({line, static_cast<size_t>(end - line)}, into); bytes > 0) {
      done.consumed += bytes;
      continue;
    }
    const auto* newline = static_cast<const char*>(std::memchr(line, '\n', static_cast<size_t>(end - line)));
    if (!newline && !end_of_input) break;
    const char* stop = newline ? newline : end;
    std::string_view text = trimmed({line, static_cast<size_t>(stop - line)});
    size_t consumed = static_cast<size_t>((newline ? newline + 1 : end) - begin);
    if (!text.empty() && !read_document(text, into)) {
      std::string reason = failure_;
      size_t at = static_cast<size_t>(text.data() - begin);
      std::string_view rest = trimmed({line, static_cast<size_t>(end - line)});
      // Of a stream, only where its chunks end would decide.
      bool whole_message = messages_ && done.consumed == 0 && end_of_input;
      if (whole_message && rest.size() > text.size() && read_document(rest, into)) {
        consumed = input.bytes.size();
      } else if (ignore_errors_) {
        ++done.skipped;
      } else {
        return status{errc::malformed_record, "byte " + std::to_string(at) + ": " + reason};
      }
    }
    suspect_bytes_ -= std::min(suspect_bytes_, consumed - done.consumed);
    done.consumed = consumed;
  }
  return done;
}

bool json_decoder::read_document(std::string_view text, decode_target& into) {
  // On-Demand does not look behind what is asked for, so that a record cut short is found by its last byte.
  char last = text.front() == '[' ? ']' : '}';
  if (text.front() != '{' && text.front() != '[') return fail("expected a JSON object");
  if (text.back() != last) return fail("the JSON object has no end");
  ondemand::document document;
  if (auto error = parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING).get(document)) {
    return fail(simdjson::error_message(error));
  }
  if (last == '}') {
    ondemand::object object;
    if (auto error = document.get_object().get(object)) return fail(simdjson::error_message(error));
    return read_row(object, into);
  }
  ondemand::array array;
  if (auto error = document.get_array().get(array)) return fail(simdjson::error_message(error));
  uint32_t rows_before = into.rows;
  for (auto element : array) {
    ondemand::object object;
    bool good = !element.get_object().get(object) ? read_row(object, into) : fail("expected an array of JSON objects");
    if (good) continue;
    take_back(into, rows_before);
    return false;
  }
  return true;
}

bool json_decoder::read_row(ondemand::object& object, decode_target& into) {
  if (!objects_.read(object, into.columns, into.rows)) return fail(objects_.reason());
  ++into.rows;
  return true;
}

} // namespace

result<std::unique_ptr<decoder>> make_json_decoder(const std::vector<field>& needed, const json_read_options& options) {
  json_object_shape shape;
  if (auto s = make_json_shape(needed, shape); !s.ok()) return s;
  return std::unique_ptr<decoder>(new json_decoder(std::move(shape), options));
}

} // namespace levada
