// string LIKE pattern [ESCAPE character]: % is any text, _ one character.
#include <memory>
#include <vector>

#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/utf8.hpp"

namespace levada {

namespace {

using text = std::string_view;

constexpr std::string_view signature = "string LIKE pattern [ESCAPE character]";

class like_pattern {
 public:
  // Without an escape character when `escape` is empty.
  static result<like_pattern> compile(text pattern, text escape) {
    if (utf8_count(escape) > 1) {
      return status{errc::invalid_argument, "the ESCAPE of LIKE must be one character: '" + std::string{escape} + "'"};
    }
    like_pattern compiled;
    for (size_t i = 0; i < pattern.size();) {
      size_t start = i;
      utf8_next(pattern, i);
      text c = pattern.substr(start, i - start);
      if (!escape.empty() && c == escape) {
        start = i;
        if (i < pattern.size()) utf8_next(pattern, i);
        c = pattern.substr(start, i - start);
        if (c != "%" && c != "_" && c != escape) {
          return status{errc::invalid_argument, "in the LIKE pattern '" + std::string{pattern} + "' '" +
                                                    std::string{escape} + "' escapes neither %, _ nor itself"};
        }
        compiled.add_text(c);
      } else if (c == "%") {
        compiled.add(part_kind::any_text);
      } else if (c == "_") {
        compiled.add(part_kind::any_character);
      } else {
        compiled.add_text(c);
      }
    }
    compiled.recognise_shape();
    return compiled;
  }

  bool matches(text s) const {
    switch (shape_) {
    case shape::equal: return s == needle();
    case shape::prefix: return s.starts_with(needle());
    case shape::suffix: return s.ends_with(needle());
    case shape::contains: return s.find(needle()) != text::npos;
    default: return matches_parts(s);
    }
  }

 private:
  enum class part_kind : uint8_t { literal, any_character, any_text };
  enum class shape : uint8_t { general, equal, prefix, suffix, contains };
  struct part {
    part_kind kind;
    std::string literal;
  };

  void add(part_kind kind) {
    if (kind == part_kind::any_text && !parts_.empty() && parts_.back().kind == kind) return;
    parts_.push_back({kind, {}});
  }
  void add_text(text c) {
    if (parts_.empty() || parts_.back().kind != part_kind::literal) parts_.push_back({part_kind::literal, {}});
    parts_.back().literal += c;
  }

  void recognise_shape() {
    auto is = [&](size_t i, part_kind kind) { return parts_[i].kind == kind; };
    if (parts_.empty()) {
      add_text("");
      shape_ = shape::equal;
    } else if (parts_.size() == 1 && is(0, part_kind::literal)) {
      shape_ = shape::equal;
    } else if (parts_.size() == 2 && is(0, part_kind::literal) && is(1, part_kind::any_text)) {
      shape_ = shape::prefix;
    } else if (parts_.size() == 2 && is(0, part_kind::any_text) && is(1, part_kind::literal)) {
      shape_ = shape::suffix;
      needle_ = 1;
    } else if (parts_.size() == 3 && is(0, part_kind::any_text) && is(1, part_kind::literal) &&
               is(2, part_kind::any_text)) {
      shape_ = shape::contains;
      needle_ = 1;
    }
  }

  text needle() const { return parts_[needle_].literal; }

  // Only the last % seen has to be tried again: what came before it matched as early as possible.
  bool matches_parts(text s) const {
    size_t at = 0;
    size_t p = 0;
    size_t retry_part = 0; // 0: no % so far
    size_t retry_at = 0;
    while (p < parts_.size() || at < s.size()) {
      if (p < parts_.size()) {
        const part& next = parts_[p];
        if (next.kind == part_kind::any_text) {
          retry_part = ++p;
          retry_at = at;
          continue;
        }
        if (next.kind == part_kind::any_character && at < s.size()) {
          utf8_next(s, at);
          ++p;
          continue;
        }
        if (next.kind == part_kind::literal && s.substr(at).starts_with(next.literal)) {
          at += next.literal.size();
          ++p;
          continue;
        }
      }
      if (retry_part == 0 || retry_at >= s.size()) return false;
      utf8_next(s, retry_at);
      at = retry_at;
      p = retry_part;
    }
    return true;
  }

  std::vector<part> parts_;
  shape shape_ = shape::general;
  size_t needle_ = 0;
};

kernel match_literal(like_pattern pattern) {
  auto compiled = std::make_shared<const like_pattern>(std::move(pattern));
  return [compiled](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    const auto* texts = in.args[0]->data<string_ref>();
    uint32_t step = in.args[0]->is_constant() ? 0 : 1;
    auto* to = out.data<uint8_t>();
    in.rows.for_each([&](uint32_t row) {
      if (!out.is_null(row)) to[row] = compiled->matches(texts[row * step].view());
    });
    return {};
  };
}

kernel match_column(std::string escape) {
  return lift<text, text>([escape = std::move(escape)](text s, text pattern) -> result<bool> {
    auto compiled = like_pattern::compile(pattern, escape);
    if (!compiled.ok()) return compiled.error();
    return compiled->matches(s);
  });
}

result<binding> bind_like(const bind_request& request) {
  if (request.types.size() < 2 || request.types.size() > 3) return bad_arguments("LIKE", signature, request.types);
  binding bound{data_type::boolean().as_nullable(any_nullable(request.types)), {}, {}};
  for (const auto& type : request.types) {
    if (!type.is_string() && type.kind() != type_kind::null) return bad_arguments("LIKE", signature, request.types);
    bound.arguments.push_back(argument_type(type, data_type::string()));
  }
  std::string escape;
  if (request.types.size() == 3) {
    auto character = literal_text(request, 2, "the ESCAPE of LIKE");
    if (!character.ok()) return character.error();
    escape = std::move(*character);
  }
  auto pattern = literal_text(request, 1, "the pattern");
  if (!pattern.ok()) {
    bound.run = match_column(std::move(escape));
    return bound;
  }
  auto compiled = like_pattern::compile(*pattern, escape);
  if (!compiled.ok()) return compiled.error();
  bound.run = match_literal(std::move(*compiled));
  return bound;
}

} // namespace

namespace functions {

void register_like(registry& into) {
  into.add(function_definition{"LIKE", std::string{signature}, "TRUE when a string matches a pattern of % and _.",
                               bind_like});
}

} // namespace functions

} // namespace levada
