// Functions that cut strings, fill them up, or look into them.
#include <algorithm>

#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/utf8.hpp"

namespace levada {

namespace {

using text = std::string_view;

constexpr int32_t padded_max = 64 * 1024 * 1024; // characters LPAD and RPAD make at most

const data_type string = data_type::string();
const data_type integer = data_type::integer();

// Characters [begin, begin + count), counted from zero.
text slice(text s, int64_t begin, int64_t count) {
  text rest = s.substr(utf8_offset(s, begin));
  return utf8_prefix(rest, count);
}

// 1-based; 0 is as 1; a negative start counts from the end, and before the first character nothing is found.
std::optional<text> substring(text s, int64_t start, int64_t count) {
  if (count < 0) return std::nullopt;
  int64_t begin = start > 0 ? start - 1 : 0;
  if (start < 0) {
    begin = utf8_count(s) + start;
    if (begin < 0) return text{};
  }
  return slice(s, begin, count);
}

std::optional<text> substring_to_end(text s, int32_t start) {
  return substring(s, start, std::numeric_limits<int32_t>::max());
}

std::optional<text> substring_of(text s, int32_t start, int32_t count) { return substring(s, start, count); }

text left_of(text s, int32_t count) { return utf8_prefix(s, count); }

text right_of(text s, int32_t count) {
  if (count <= 0) return {};
  return s.substr(utf8_offset(s, std::max<int64_t>(0, utf8_count(s) - count)));
}

// Start and count in characters of what is replaced; the tail is kept only for a positive count within the string.
std::string overlaid(text s, text replacement, int32_t start, int64_t count) {
  int64_t length = utf8_count(s);
  if (start <= 0 || start > length) return std::string{s};
  std::string out{utf8_prefix(s, start - 1)};
  out += replacement;
  if (count > 0 && start + count <= length) out += s.substr(utf8_offset(s, start - 1 + count));
  return out;
}

bool is_one_of(text character, text set) {
  for (size_t i = 0; i < set.size();) {
    size_t start = i;
    utf8_next(set, i);
    if (set.substr(start, i - start) == character) return true;
  }
  return false;
}

text trim_leading(text s, text set) {
  while (!s.empty()) {
    size_t next = 0;
    utf8_next(s, next);
    if (!is_one_of(s.substr(0, next), set)) break;
    s.remove_prefix(next);
  }
  return s;
}

text trim_trailing(text s, text set) {
  while (!s.empty()) {
    size_t last = s.size() - 1;
    while (last > 0 && !utf8_starts(s[last])) --last;
    if (!is_one_of(s.substr(last), set)) break;
    s = s.substr(0, last);
  }
  return s;
}

text trim_both(text s, text set) { return trim_trailing(trim_leading(s, set), set); }

std::optional<std::string> padding(text s, int32_t length, text pad) {
  if (length < 0 || length > padded_max || pad.empty()) return std::nullopt;
  int64_t missing = length - utf8_count(s);
  std::string out;
  if (missing <= 0) return out;
  int64_t pad_length = utf8_count(pad);
  for (; missing >= pad_length; missing -= pad_length) out += pad;
  out += utf8_prefix(pad, missing);
  return out;
}

std::optional<std::string> pad_left(text s, int32_t length, text pad) {
  auto fill = padding(s, length, pad);
  if (fill) *fill += utf8_prefix(s, length);
  return fill;
}

std::optional<std::string> pad_right(text s, int32_t length, text pad) {
  auto fill = padding(s, length, pad);
  if (!fill) return fill;
  return std::string{utf8_prefix(s, length)} + *fill;
}

// 0-based. An empty delimiter splits at white space.
std::optional<text> split_index(text s, text delimiter, int32_t index) {
  if (index < 0 || s.empty()) return std::nullopt;
  for (;; --index) {
    size_t found = delimiter.empty() ? s.find_first_of(" \t\n\r\f\v") : s.find(delimiter);
    if (index == 0) return s.substr(0, found);
    if (found == text::npos) return std::nullopt;
    s.remove_prefix(found + std::max<size_t>(1, delimiter.size()));
  }
}

std::optional<text> split_index_by_code(text s, int32_t delimiter, int32_t index) {
  if (delimiter < 0 || delimiter > 255) return std::nullopt;
  std::string character;
  utf8_append(static_cast<uint32_t>(delimiter), character);
  return split_index(s, character, index);
}

int32_t position_from(text search, text s, int32_t start) {
  if (search.empty()) return 1;
  size_t from = start <= 1 ? 0 : utf8_offset(s, start - 1);
  size_t found = s.find(search, from);
  return found == text::npos ? 0 : static_cast<int32_t>(utf8_count(s.substr(0, found))) + 1;
}

overload shortened(std::vector<data_type> parameters, kernel run) {
  overload o{std::move(parameters), string, std::move(run)};
  o.length = text_length::at_most_first_argument;
  return o;
}

overload shortened_or_null(std::vector<data_type> parameters, kernel run) {
  overload o = shortened(std::move(parameters), std::move(run));
  o.may_be_null = true;
  return o;
}

kernel trim_kernel(std::string_view side) {
  if (side == "LEADING") return lift<text, text>(trim_leading);
  if (side == "TRAILING") return lift<text, text>(trim_trailing);
  return lift<text, text>(trim_both);
}

// TRIM(string), or TRIM('BOTH'|'LEADING'|'TRAILING', characters, string) as the parser writes TRIM(LEADING c FROM s).
result<binding> bind_trim(const bind_request& request) {
  constexpr std::string_view signature = "TRIM([BOTH | LEADING | TRAILING] [characters FROM] string)";
  for (const auto& type : request.types) {
    if (!type.is_string() && type.kind() != type_kind::null) return bad_arguments("TRIM", signature, request.types);
  }
  data_type result = data_type::varchar(request.types.empty() ? 1 : std::max(1, request.types.back().length()));
  result = result.as_nullable(any_nullable(request.types));
  if (request.types.size() == 1) {
    return binding{
        result, {argument_type(request.types[0], string)}, lift<text>([](text s) { return trim_both(s, " "); })};
  }
  if (request.types.size() != 3) return bad_arguments("TRIM", signature, request.types);
  auto side = literal_text(request, 0, "the side to TRIM");
  if (!side.ok()) return side.error();
  kernel run = [trim = trim_kernel(*side)](const kernel_args& in, column& out) {
    const column* swapped[] = {in.args[2], in.args[1]};
    return trim({swapped, in.rows, in.physical_rows, in.context}, out);
  };
  return binding{result,
                 {request.types[0], argument_type(request.types[1], string), argument_type(request.types[2], string)},
                 std::move(run)};
}

void add_trim(registry& into, const char* name, const char* summary, text (*trim)(text, text), bool keeps_length) {
  overload blanks{{string}, string, lift<text>([trim](text s) { return trim(s, " "); })};
  overload characters{{string, string}, string, lift<text, text>(trim)};
  if (keeps_length) blanks.length = characters.length = text_length::at_most_first_argument;
  into.add(overloaded(name, std::string{name} + "(string[, characters])", summary, {blanks, characters}));
}

} // namespace

namespace functions {

void register_text_part(registry& into) {
  for (const char* name : {"SUBSTRING", "SUBSTR"}) {
    into.add(overloaded(name, std::string{name} + "(string, start[, length])",
                        "Part of a string from a 1-based start; a negative start counts from the end.",
                        {shortened_or_null({string, integer}, lift<text, int32_t>(substring_to_end)),
                         shortened_or_null({string, integer, integer}, lift<text, int32_t, int32_t>(substring_of))}));
  }
  into.add(overloaded("LEFT", "LEFT(string, length)", "The first characters.",
                      {shortened_or_null({string, integer}, lift<text, int32_t>(left_of))}));
  into.add(overloaded("RIGHT", "RIGHT(string, length)", "The last characters.",
                      {shortened_or_null({string, integer}, lift<text, int32_t>(right_of))}));
  into.add(overloaded("OVERLAY", "OVERLAY(string PLACING replacement FROM start [FOR length])",
                      "Part of a string replaced.",
                      {{{string, string, integer}, string, lift<text, text, int32_t>([](text s, text r, int32_t start) {
                          return overlaid(s, r, start, utf8_count(r));
                        })},
                       {{string, string, integer, integer}, string, lift<text, text, int32_t, int32_t>(overlaid)}}));
  into.add(function_definition{"TRIM", "TRIM([BOTH | LEADING | TRAILING] [characters FROM] string)",
                               "Without the given characters, or blanks, at its ends.", bind_trim});
  add_trim(into, "LTRIM", "Without blanks or the given characters at the start.", trim_leading, true);
  add_trim(into, "RTRIM", "Without blanks or the given characters at the end.", trim_trailing, true);
  add_trim(into, "BTRIM", "Without blanks or the given characters at both ends.", trim_both, false);
  into.add(overloaded("LPAD", "LPAD(string, length, padding)", "Filled up or cut to a length, on the left.",
                      {{{string, integer, string}, string, lift<text, int32_t, text>(pad_left), true}}));
  into.add(overloaded("RPAD", "RPAD(string, length, padding)", "Filled up or cut to a length, on the right.",
                      {{{string, integer, string}, string, lift<text, int32_t, text>(pad_right), true}}));
  into.add(overloaded("SPLIT_INDEX", "SPLIT_INDEX(string, delimiter, index)",
                      "The part at a 0-based index between delimiters.",
                      {{{string, string, integer}, string, lift<text, text, int32_t>(split_index), true},
                       {{string, integer, integer}, string, lift<text, int32_t, int32_t>(split_index_by_code), true}}));

  kernel position = lift<text, text>([](text search, text s) { return position_from(search, s, 1); });
  into.add(overloaded("POSITION", "POSITION(search IN string)", "1-based position of a text, 0 when absent.",
                      {{{string, string}, integer, position}}));
  into.add(overloaded("LOCATE", "LOCATE(search, string[, start])", "1-based position of a text, 0 when absent.",
                      {{{string, string}, integer, position},
                       {{string, string, integer}, integer, lift<text, text, int32_t>(position_from)}}));
  into.add(overloaded("INSTR", "INSTR(string, search)", "1-based position of a text, 0 when absent.",
                      {{{string, string}, integer, lift<text, text>([](text s, text search) {
                          return position_from(search, s, 1);
                        })}}));
  const data_type boolean = data_type::boolean();
  into.add(
      overloaded("STARTSWITH", "STARTSWITH(string, start)", "TRUE when a string starts with a text.",
                 {{{string, string}, boolean, lift<text, text>([](text s, text t) { return s.starts_with(t); })}}));
  into.add(overloaded("ENDSWITH", "ENDSWITH(string, end)", "TRUE when a string ends with a text.",
                      {{{string, string}, boolean, lift<text, text>([](text s, text t) { return s.ends_with(t); })}}));
}

} // namespace functions

} // namespace levada
