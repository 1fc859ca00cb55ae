// REGEXP, REGEXP_EXTRACT, REGEXP_REPLACE, REGEXP_COUNT over RE2: linear time, and of Java's syntax all but look-around,
// back-references and possessive quantifiers, which a literal pattern is refused for when it is bound.
#include <memory>

#include <re2/re2.h>

#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/utf8.hpp"

namespace levada {

namespace {

using text = std::string_view;

re2::StringPiece piece(text s) { return {s.data(), s.size()}; }

result<std::shared_ptr<const RE2>> compile(text pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_shared<RE2>(piece(pattern), options);
  if (compiled->ok()) return std::shared_ptr<const RE2>{std::move(compiled)};
  return status{errc::unsupported, "the pattern '" + std::string{pattern} + "' is not supported: " + compiled->error() +
                                       "; look-around, back-references and possessive quantifiers of Java have no "
                                       "counterpart here"};
}

// The compiled pattern of each row: a literal's, or that of the last row while the text stays the same.
class pattern_source {
 public:
  pattern_source(std::shared_ptr<const RE2> literal, const column& patterns)
      : compiled_(std::move(literal)), is_literal_(compiled_ != nullptr), patterns_(patterns) {}

  result<const RE2*> at(uint32_t row) {
    if (is_literal_) return compiled_.get();
    text pattern = patterns_[row];
    if (!compiled_ || text{compiled_->pattern()} != pattern) {
      auto compiled = compile(pattern);
      if (!compiled.ok()) return compiled.error();
      compiled_ = std::move(*compiled);
    }
    return compiled_.get();
  }

 private:
  std::shared_ptr<const RE2> compiled_;
  bool is_literal_;
  operand<text> patterns_;
};

bool finds(const RE2& pattern, text s) { return !pattern.pattern().empty() && RE2::PartialMatch(piece(s), pattern); }

std::optional<std::string> extract(const RE2& pattern, text s, int32_t group) {
  if (group < 0 || group > pattern.NumberOfCapturingGroups()) return std::nullopt;
  std::vector<re2::StringPiece> groups(static_cast<size_t>(group) + 1);
  if (!pattern.Match(piece(s), 0, s.size(), RE2::UNANCHORED, groups.data(), group + 1)) return std::nullopt;
  const auto& found = groups[static_cast<size_t>(group)];
  if (!found.data()) return std::nullopt;
  return std::string{found.data(), found.size()};
}

// Calls f(start, size) for each match, left to right; an empty match moves on by a character, as in Java.
template <class F>
void for_each_match(const RE2& pattern, text s, F&& f) {
  size_t at = 0;
  while (at <= s.size()) {
    re2::StringPiece found;
    if (!pattern.Match(piece(s), at, s.size(), RE2::UNANCHORED, &found, 1)) return;
    auto start = static_cast<size_t>(found.data() - s.data());
    f(start, found.size());
    at = start + found.size();
    if (found.empty()) {
      if (at >= s.size()) return;
      utf8_next(s, at);
    }
  }
}

// The replacement is taken as it is: $1 has no meaning, as in Flink.
std::string replace_all(const RE2& pattern, text s, text replacement) {
  std::string out;
  size_t done = 0;
  for_each_match(pattern, s, [&](size_t start, size_t size) {
    out += s.substr(done, start - done);
    out += replacement;
    done = start + size;
  });
  out += s.substr(done);
  return out;
}

int32_t count_matches(const RE2& pattern, text s) {
  int32_t count = 0;
  for_each_match(pattern, s, [&](size_t, size_t) { ++count; });
  return count;
}

// f(pattern, string, in, row) -> value; argument 0 is the string, 1 the pattern.
template <class F>
kernel with_pattern(std::shared_ptr<const RE2> literal, F f) {
  return [literal = std::move(literal), f](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    operand<text> texts{*in.args[0]};
    pattern_source patterns{literal, *in.args[1]};
    for (uint32_t i = 0; i < in.rows.count; ++i) {
      uint32_t row = in.rows[i];
      if (out.is_null(row)) continue;
      auto pattern = patterns.at(row);
      if (!pattern.ok()) return pattern.error();
      if (status s = store_outcome(out, row, f(**pattern, texts[row], in, row)); !s.ok()) return s;
    }
    return {};
  };
}

template <class F>
function_definition regexp_function(std::string name, std::string signature, std::string summary, overload shape, F f) {
  function_definition definition =
      overloaded(std::move(name), std::move(signature), std::move(summary), {std::move(shape)});
  definition.bind = [plain = definition.bind, f](const bind_request& request) -> result<binding> {
    auto bound = plain(request);
    if (!bound.ok()) return bound;
    std::shared_ptr<const RE2> literal;
    if (auto pattern = literal_text(request, 1, "the pattern"); pattern.ok()) {
      auto compiled = compile(*pattern);
      if (!compiled.ok()) return compiled.error();
      literal = std::move(*compiled);
    }
    bound->run = with_pattern(std::move(literal), f);
    return bound;
  };
  return definition;
}

} // namespace

namespace functions {

void register_regexp(registry& into) {
  const data_type string = data_type::string();
  const data_type integer = data_type::integer();
  into.add(regexp_function("REGEXP", "REGEXP(string, pattern)", "TRUE when a part of the string matches.",
                           {{string, string}, data_type::boolean(), {}},
                           [](const RE2& pattern, text s, const kernel_args&, uint32_t) { return finds(pattern, s); }));
  into.add(regexp_function("REGEXP_REPLACE", "REGEXP_REPLACE(string, pattern, replacement)",
                           "Each match replaced by a text.", {{string, string, string}, string, {}},
                           [](const RE2& pattern, text s, const kernel_args& in, uint32_t row) {
                             return replace_all(pattern, s, operand<text>{*in.args[2]}[row]);
                           }));
  into.add(regexp_function(
      "REGEXP_COUNT", "REGEXP_COUNT(string, pattern)", "Number of matches.", {{string, string}, integer, {}},
      [](const RE2& pattern, text s, const kernel_args&, uint32_t) { return count_matches(pattern, s); }));

  auto group_of = [](const RE2& pattern, text s, const kernel_args& in, uint32_t row) {
    return extract(pattern, s, in.args.size() > 2 ? operand<int32_t>{*in.args[2]}[row] : 0);
  };
  auto two = regexp_function("REGEXP_EXTRACT", "REGEXP_EXTRACT(string, pattern[, group])",
                             "The first match, or a group of it; NULL without one.",
                             {{string, string}, string, {}, true}, group_of);
  auto three = regexp_function("REGEXP_EXTRACT", two.signature, two.summary,
                               {{string, string, integer}, string, {}, true}, group_of);
  two.bind = [shorter = two.bind, longer = three.bind](const bind_request& request) {
    return request.types.size() == 2 ? shorter(request) : longer(request);
  };
  into.add(std::move(two));
}

} // namespace functions

} // namespace levada
