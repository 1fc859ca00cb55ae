#include "runtime/sql/lexer.hpp"

#include <optional>
#include <string_view>

namespace levada {

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// The value of exactly `count` hex digits at text[at].
std::optional<uint32_t> hex_number(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto digit = hex_digit(text[at + i]);
    if (!digit) return std::nullopt;
    value = value << 4 | *digit;
  }
  return value;
}

bool append_utf8(std::string& out, uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
  const auto push = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0 | code >> 6);
    push(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    push(0xE0 | code >> 12);
    push(0x80 | (code >> 6 & 0x3F));
    push(0x80 | (code & 0x3F));
  } else {
    push(0xF0 | code >> 18);
    push(0x80 | (code >> 12 & 0x3F));
    push(0x80 | (code >> 6 & 0x3F));
    push(0x80 | (code & 0x3F));
  }
  return true;
}

std::string undouble(std::string_view inner, char quote) {
  std::string out;
  out.reserve(inner.size());
  for (size_t i = 0; i < inner.size(); ++i) {
    out += inner[i];
    if (inner[i] == quote) ++i;
  }
  return out;
}

struct decoder {
  std::string_view inner; // between the quotes
  uint32_t offset;        // of inner in the source
  diagnostics& found;

  void error(size_t at, size_t length, std::string message, std::string hint) const {
    found.error(errc::syntax_error, {static_cast<uint32_t>(offset + at), static_cast<uint32_t>(length)},
                std::move(message), std::move(hint));
  }

  std::string binary() const {
    std::string out;
    for (size_t i = 0; i < inner.size(); i += 2) {
      const auto byte = hex_number(inner, i, 2);
      if (!byte) {
        error(i, 1, "a binary string holds pairs of hexadecimal digits", "for example X'0AFF'");
        return out;
      }
      out += static_cast<char>(*byte);
    }
    return out;
  }

  // U&'..': \XXXX and \+XXXXXX, with \\ for the backslash itself.
  std::string unicode() const {
    std::string out;
    for (size_t i = 0; i < inner.size();) {
      if (inner[i] == '\'') {
        out += '\'';
        i += 2;
      } else if (inner[i] != '\\') {
        out += inner[i++];
      } else if (inner.substr(i, 2) == "\\\\") {
        out += '\\';
        i += 2;
      } else {
        const bool wide = i + 1 < inner.size() && inner[i + 1] == '+';
        const size_t skip = wide ? 2 : 1;
        const size_t count = wide ? 6 : 4;
        const auto code = hex_number(inner, i + skip, count);
        if (!code || !append_utf8(out, *code)) {
          error(i, 1, "not a Unicode escape", "write \\XXXX or \\+XXXXXX, and \\\\ for a backslash");
          return out;
        }
        i += skip + count;
      }
    }
    return out;
  }

  // E'..': C-style escapes.
  std::string escaped() const {
    std::string out;
    for (size_t i = 0; i < inner.size();) {
      if (inner[i] == '\'') {
        out += '\'';
        i += 2;
      } else if (inner[i] != '\\' || i + 1 == inner.size()) {
        out += inner[i++];
      } else {
        const size_t used = escape(i, out);
        if (used == 0) {
          error(i, 2, "unknown escape in E'..'", "known: \\b \\f \\n \\r \\t \\\\ \\' \\ooo \\xhh \\uXXXX \\UXXXXXXXX");
          return out;
        }
        i += used;
      }
    }
    return out;
  }

  // Appends what the escape at inner[at] means; its length, 0 if unknown.
  size_t escape(size_t at, std::string& out) const {
    const char c = inner[at + 1];
    constexpr std::string_view names = "bfnrt\\'";
    constexpr std::string_view meanings = "\b\f\n\r\t\\'";
    if (const size_t i = names.find(c); i != std::string_view::npos) {
      out += meanings[i];
      return 2;
    }
    if (c == 'u' || c == 'U') {
      const size_t count = c == 'u' ? 4 : 8;
      const auto code = hex_number(inner, at + 2, count);
      return code && append_utf8(out, *code) ? 2 + count : 0;
    }
    size_t used = 1;
    uint32_t code = 0;
    if (c == 'x') {
      used = 2;
      for (; used < 4 && at + used < inner.size() && hex_digit(inner[at + used]); ++used)
        code = code << 4 | *hex_digit(inner[at + used]);
      if (used == 2) return 0;
    } else {
      for (; used < 4 && at + used < inner.size() && inner[at + used] >= '0' && inner[at + used] <= '7'; ++used)
        code = code << 3 | static_cast<uint32_t>(inner[at + used] - '0');
    }
    return append_utf8(out, code) ? used : 0;
  }
};

} // namespace

std::string identifier_text(const source_text& source, const token& what) {
  const auto text = source.slice(what.span);
  if (what.kind != token_kind::quoted_identifier) return std::string(text);
  return undouble(text.substr(1, text.size() - 2), '`');
}

std::string string_value(const source_text& source, const token& what, diagnostics& found) {
  const auto text = source.slice(what.span);
  const size_t open = text.find('\'') + 1;
  const decoder inside{text.substr(open, text.size() - open - 1), static_cast<uint32_t>(what.span.offset + open),
                       found};
  switch (what.kind) {
  case token_kind::binary_string: return inside.binary();
  case token_kind::unicode_string: return inside.unicode();
  case token_kind::escaped_string: return inside.escaped();
  default: return undouble(inside.inner, '\'');
  }
}

} // namespace levada
