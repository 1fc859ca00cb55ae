// Functions over whole strings: length, case, order, repetition, concatenation.
#include <algorithm>

#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/utf8.hpp"

namespace levada {

namespace {

using text = std::string_view;

constexpr size_t text_bytes_max = size_t{256} * 1024 * 1024; // of one value that a function makes

const data_type string = data_type::string();

int32_t length_of(text s) { return static_cast<int32_t>(utf8_count(s)); }

std::string upper_of(text s) {
  std::string out;
  out.reserve(s.size());
  append_upper(s, out);
  return out;
}

std::string lower_of(text s) {
  std::string out;
  out.reserve(s.size());
  append_lower(s, out);
  return out;
}

// ASCII words only, as in Flink: any other character ends a word.
std::string capitalised(text s) {
  std::string out;
  out.reserve(s.size());
  bool inside = false;
  for (char c : s) {
    bool is_lower = c >= 'a' && c <= 'z';
    bool is_upper = c >= 'A' && c <= 'Z';
    if (!inside && is_lower) c = static_cast<char>(c - 32);
    if (inside && is_upper) c = static_cast<char>(c + 32);
    out += c;
    inside = is_lower || is_upper || (c >= '0' && c <= '9');
  }
  return out;
}

std::string reversed(text s) {
  std::string out;
  out.reserve(s.size());
  size_t end = s.size();
  for (size_t i = s.size(); i-- > 0;) {
    if (!utf8_starts(s[i]) && i > 0) continue;
    out += s.substr(i, end - i);
    end = i;
  }
  return out;
}

result<std::string> repeated(text s, int32_t times) {
  std::string out;
  if (times <= 0) return out;
  if (s.size() * static_cast<uint64_t>(times) > text_bytes_max) {
    return status{errc::value_out_of_range, "the repeated text would exceed 256 MB"};
  }
  out.reserve(s.size() * static_cast<size_t>(times));
  for (int32_t i = 0; i < times; ++i) out += s;
  return out;
}

std::string replaced(text s, text from, text to) {
  std::string out;
  if (from.empty()) {
    // Java: before each character and at the end.
    for (char c : s) {
      if (utf8_starts(c)) out += to;
      out += c;
    }
    out += to;
    return out;
  }
  size_t at = 0;
  for (size_t found = s.find(from); found != text::npos; found = s.find(from, at)) {
    out += s.substr(at, found - at);
    out += to;
    at = found + from.size();
  }
  out += s.substr(at);
  return out;
}

status all_strings(std::string_view name, std::string_view signature, const bind_request& request, size_t least) {
  bool ok = request.types.size() >= least;
  for (const auto& type : request.types) ok = ok && (type.is_string() || type.kind() == type_kind::null);
  return ok ? status{} : bad_arguments(name, signature, request.types);
}

std::vector<data_type> string_arguments(const bind_request& request) {
  std::vector<data_type> arguments;
  for (const auto& type : request.types) arguments.push_back(argument_type(type, string));
  return arguments;
}

status concat(const kernel_args& in, column& out) {
  propagate_nulls(in, out);
  std::string all;
  in.rows.for_each([&](uint32_t row) {
    if (out.is_null(row)) return;
    all.clear();
    for (const column* arg : in.args) all += operand<text>{*arg}[row];
    store(out, row, all);
  });
  return {};
}

// NULL values are left out; a NULL separator makes the result NULL.
status concat_with_separator(const kernel_args& in, column& out) {
  std::string all;
  in.rows.for_each([&](uint32_t row) {
    if (in.args[0]->is_null(row)) return out.set_null(row);
    all.clear();
    bool first = true;
    for (const column* arg : in.args.subspan(1)) {
      if (arg->is_null(row)) continue;
      if (!first) all += operand<text>{*in.args[0]}[row];
      all += operand<text>{*arg}[row];
      first = false;
    }
    store(out, row, all);
  });
  return {};
}

result<binding> bind_concat(const bind_request& request) {
  if (status s = all_strings("CONCAT", "CONCAT(string, ...)", request, 1); !s.ok()) return s;
  return binding{string.as_nullable(any_nullable(request.types)), string_arguments(request), concat};
}

result<binding> bind_concat_ws(const bind_request& request) {
  if (status s = all_strings("CONCAT_WS", "CONCAT_WS(separator, string, ...)", request, 1); !s.ok()) return s;
  return binding{string.as_nullable(any_nullable(request.types)), string_arguments(request), concat_with_separator};
}

result<binding> bind_bars(const bind_request& request) {
  if (status s = all_strings("||", "string || string", request, 2); !s.ok()) return s;
  bool fixed = true;
  int64_t length = 0;
  for (const auto& type : request.types) {
    fixed = fixed && type.kind() == type_kind::character;
    length += type.length();
  }
  auto limited = static_cast<int32_t>(std::min<int64_t>(length, string_length_max));
  data_type type = fixed ? data_type::character(limited) : data_type::varchar(limited);
  return binding{type.as_nullable(any_nullable(request.types)), string_arguments(request), concat};
}

} // namespace

namespace functions {

void register_text(registry& into) {
  const data_type integer = data_type::integer();
  for (const char* name : {"CHAR_LENGTH", "CHARACTER_LENGTH"}) {
    into.add(overloaded(name, std::string{name} + "(string)", "Number of characters.",
                        {{{string}, integer, lift<text>(length_of)}}));
  }
  overload keeps_type{{string}, string, lift<text>(upper_of)};
  keeps_type.length = text_length::of_first_argument;
  into.add(overloaded("UPPER", "UPPER(string)", "In upper case.", {keeps_type}));
  keeps_type.run = lift<text>(lower_of);
  into.add(overloaded("LOWER", "LOWER(string)", "In lower case.", {keeps_type}));
  keeps_type.run = lift<text>(capitalised);
  into.add(overloaded("INITCAP", "INITCAP(string)", "Each word with a capital and lower case letters.", {keeps_type}));
  into.add(overloaded("REVERSE", "REVERSE(string)", "Characters in reverse order.",
                      {{{string}, string, lift<text>(reversed), true}}));
  into.add(overloaded("REPEAT", "REPEAT(string, times)", "The string a number of times in a row.",
                      {{{string, integer}, string, lift<text, int32_t>(repeated)}}));
  into.add(overloaded("REPLACE", "REPLACE(string, search, replacement)", "Each occurrence of a text replaced.",
                      {{{string, string, string}, string, lift<text, text, text>(replaced)}}));
  into.add(function_definition{"CONCAT", "CONCAT(string, ...)", "One after the other; NULL if one is.", bind_concat});
  into.add(function_definition{"CONCAT_WS", "CONCAT_WS(separator, string, ...)",
                               "One after the other with a separator in between; NULLs are left out.", bind_concat_ws});
  into.add(function_definition{"||", "string || string", "One after the other; NULL if one is.", bind_bars});
}

} // namespace functions

} // namespace levada
