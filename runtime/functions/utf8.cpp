#include "runtime/functions/utf8.hpp"

namespace levada {

namespace {

constexpr uint32_t replacement = 0xfffd;

bool between(uint32_t c, uint32_t first, uint32_t last) { return c >= first && c <= last; }

// Blocks in which upper case (even or odd) and lower case alternate: `first` is an upper case letter.
struct alternating {
  uint32_t first;
  uint32_t last;
};
constexpr alternating pairs[] = {{0x100, 0x12f}, {0x132, 0x137},   {0x139, 0x148},  {0x14a, 0x177}, {0x179, 0x17e},
                                 {0x370, 0x373}, {0x3d8, 0x3ef},   {0x460, 0x481},  {0x48a, 0x4bf}, {0x4c1, 0x4ce},
                                 {0x4d0, 0x52f}, {0x1e00, 0x1e95}, {0x1ea0, 0x1eff}};

// Blocks in which lower case follows upper case at a distance.
struct shifted {
  uint32_t first; // of upper case
  uint32_t last;
  uint32_t distance;
};
constexpr shifted shifts[] = {{0x41, 0x5a, 32},   {0xc0, 0xd6, 32},    {0xd8, 0xde, 32},   {0x391, 0x3a1, 32},
                              {0x3a3, 0x3ab, 32}, {0x386, 0x386, 38},  {0x388, 0x38a, 37}, {0x38c, 0x38c, 64},
                              {0x38e, 0x38f, 63}, {0x410, 0x42f, 32},  {0x400, 0x40f, 80}, {0x531, 0x556, 48},
                              {0x4c0, 0x4c0, 15}, {0xff21, 0xff3a, 32}};

uint32_t lower(uint32_t c) {
  for (const auto& s : shifts) {
    if (between(c, s.first, s.last)) return c + s.distance;
  }
  for (const auto& p : pairs) {
    if (between(c, p.first, p.last)) return (c - p.first) % 2 == 0 ? c + 1 : c;
  }
  return c == 0x178 ? 0xff : c;
}

uint32_t upper(uint32_t c) {
  switch (c) {
  case 0xb5: return 0x39c;
  case 0xff: return 0x178;
  case 0x131: return 'I';
  case 0x17f: return 'S';
  case 0x3c2: return 0x3a3;
  default: break;
  }
  for (const auto& s : shifts) {
    if (between(c, s.first + s.distance, s.last + s.distance)) return c - s.distance;
  }
  for (const auto& p : pairs) {
    if (between(c, p.first, p.last)) return (c - p.first) % 2 == 1 ? c - 1 : c;
  }
  return c;
}

// ASCII letters from `first` on change case by their bit, other code points by append(code); what is no UTF-8 stays.
template <class F>
void append_changed(std::string_view text, char first, std::string& out, F&& append) {
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (static_cast<uint8_t>(c) < 0x80) {
      out += c >= first && c < first + 26 ? static_cast<char>(c ^ 0x20) : c;
      ++i;
      continue;
    }
    size_t start = i;
    uint32_t code = utf8_next(text, i);
    if (code == replacement) out += text.substr(start, i - start);
    else append(code);
  }
}

} // namespace

uint32_t utf8_next(std::string_view text, size_t& at) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  uint32_t first = byte(at);
  if (first < 0x80) {
    ++at;
    return first;
  }
  int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  uint32_t c = first & (0x3fU >> more);
  bool ok = first >= 0xc0 && first < 0xf8;
  size_t i = at + 1;
  for (int k = 0; k < more && ok; ++k, ++i) {
    ok = (byte(i) & 0xc0) == 0x80;
    c = c << 6 | (byte(i) & 0x3fU);
  }
  if (ok) {
    at = i;
    return c;
  }
  ++at;
  return replacement;
}

void utf8_append(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

void append_upper(std::string_view text, std::string& out) {
  append_changed(text, 'a', out, [&](uint32_t code) {
    if (code == 0xdf) out += "SS";
    else utf8_append(upper(code), out);
  });
}

void append_lower(std::string_view text, std::string& out) {
  append_changed(text, 'A', out, [&](uint32_t code) { utf8_append(lower(code), out); });
}

} // namespace levada
