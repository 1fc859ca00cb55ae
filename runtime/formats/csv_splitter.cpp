#include "runtime/formats/csv.hpp"

#include <algorithm>
#include <cstring>

namespace levada {

struct csv_splitter::cursor {
  std::string_view input;
  bool end_of_input;
  size_t at = 0;
  bool ended = false; // the record's end was passed

  bool exhausted() const { return at == input.size(); }
  char peek() const { return input[at]; }
};

csv_splitter::csv_splitter(const csv_dialect& dialect) : dialect_(dialect) {
  for (char c : {dialect_.delimiter, '\n', '\r'}) special_[static_cast<unsigned char>(c)] = true;
  if (dialect_.escape) special_[static_cast<unsigned char>(*dialect_.escape)] = true;
}

csv_splitter::outcome csv_splitter::fail(std::string_view reason) {
  reason_ = reason;
  return outcome::malformed;
}

// Jackson's meaning of an escaped character.
char csv_splitter::unescaped(char c) const {
  switch (c) {
  case '0': return '\0';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  default: return c;
  }
}

csv_splitter::outcome csv_splitter::split(std::string_view input, bool end_of_input, size_t& consumed) {
  count_ = 0;
  copied_from_.clear();
  copies_.clear();
  cursor at{input, end_of_input};
  if (dialect_.comments) {
    size_t start = std::min(input.find_first_not_of(" \t"), input.size());
    if (start == input.size() && !end_of_input) return outcome::incomplete;
    if (start < input.size() && input[start] == '#') {
      size_t newline = input.find('\n', start);
      if (newline == std::string_view::npos && !end_of_input) return outcome::incomplete;
      consumed = newline == std::string_view::npos ? input.size() : newline + 1;
      return outcome::nothing;
    }
  }
  outcome so_far = outcome::record;
  while (!at.ended && so_far == outcome::record) {
    bool quoted = dialect_.quoting && !at.exhausted() && at.peek() == dialect_.quote;
    so_far = quoted ? split_quoted(at) : split_plain(at);
  }
  if (so_far == outcome::incomplete) return so_far;
  if (so_far == outcome::malformed) {
    size_t newline = input.find('\n', at.at);
    if (newline == std::string_view::npos && !end_of_input) return outcome::incomplete;
    consumed = newline == std::string_view::npos ? input.size() : newline + 1;
    return so_far;
  }
  // Only now copies_ stays where it is.
  size_t next = 0;
  for (size_t i = 0; next < copied_from_.size(); ++i) {
    if (fields_[i].copied) fields_[i].text = {copies_.data() + copied_from_[next++], fields_[i].text.size()};
  }
  consumed = at.at;
  return so_far;
}

// Member by member: a field copied as a whole stalls on its halves that were just written.
inline void csv_splitter::add(std::string_view text, bool copied) {
  if (count_ == fields_.size()) fields_.emplace_back();
  field_text& to = fields_[count_++];
  to.text = text;
  to.copied = copied;
}

// The next quote or escape character, or the end.
inline size_t csv_splitter::find_quote(std::string_view input, size_t from) const {
  if (!dialect_.escape) return std::min(input.find(dialect_.quote, from), input.size());
  while (from < input.size() && input[from] != dialect_.quote && input[from] != *dialect_.escape) ++from;
  return from;
}

csv_splitter::outcome csv_splitter::split_plain(cursor& at) {
  size_t begin = at.at;
  size_t copy = std::string::npos; // where the field's copy starts, once it has one
  const char* data = at.input.data();
  size_t size = at.input.size();
  for (;;) {
    size_t place = at.at; // where what is read cannot be thought to change it
    while (place < size && !special_[static_cast<unsigned char>(data[place])]) ++place;
    at.at = place;
    if (at.at == size && !at.end_of_input) return outcome::incomplete;
    if (at.at == size || !dialect_.escape || data[at.at] != *dialect_.escape) break;
    if (copy == std::string::npos) copy = copies_.size();
    copies_.append(data + begin, at.at - begin);
    if (at.at + 1 == size) {
      if (!at.end_of_input) return outcome::incomplete;
      return fail("nothing follows the escape character");
    }
    copies_ += unescaped(data[at.at + 1]);
    at.at += 2;
    begin = at.at;
  }
  if (copy == std::string::npos) {
    add({data + begin, at.at - begin}, false);
  } else {
    copies_.append(data + begin, at.at - begin);
    copied_from_.push_back(copy);
    add(std::string_view(copies_).substr(copy), true);
  }
  if (at.at == size) {
    at.ended = true;
  } else if (data[at.at] == dialect_.delimiter) {
    ++at.at;
  } else if (data[at.at] == '\r') {
    if (at.at + 1 == size && !at.end_of_input) return outcome::incomplete;
    at.at += at.at + 1 < size && data[at.at + 1] == '\n' ? 2 : 1;
    at.ended = true;
  } else {
    ++at.at;
    at.ended = true;
  }
  return outcome::record;
}

csv_splitter::outcome csv_splitter::split_quoted(cursor& at) {
  size_t begin = ++at.at;
  size_t copy = std::string::npos;
  const char* data = at.input.data();
  size_t size = at.input.size();
  auto unfinished = [&] { return at.end_of_input ? fail("a quoted field has no end") : outcome::incomplete; };
  size_t end;
  for (;;) {
    at.at = find_quote(at.input, at.at);
    if (at.at == size) return unfinished();
    bool last = at.at + 1 == size;
    bool is_quote = data[at.at] == dialect_.quote;
    if (is_quote && (last || data[at.at + 1] != dialect_.quote)) {
      if (last && !at.end_of_input) return outcome::incomplete;
      end = at.at++;
      break;
    }
    if (last) return unfinished();
    if (copy == std::string::npos) copy = copies_.size();
    copies_.append(data + begin, at.at - begin);
    copies_ += is_quote ? dialect_.quote : unescaped(data[at.at + 1]);
    at.at += 2;
    begin = at.at;
  }
  if (copy == std::string::npos) {
    add({data + begin, end - begin}, false);
  } else {
    copies_.append(data + begin, end - begin);
    copied_from_.push_back(copy);
    add(std::string_view(copies_).substr(copy), true);
  }
  while (at.at < size && data[at.at] == ' ' && dialect_.delimiter != ' ') ++at.at;
  if (at.at == size) {
    if (!at.end_of_input) return outcome::incomplete;
    at.ended = true;
    return outcome::record;
  }
  char next = data[at.at];
  if (next == dialect_.delimiter) {
    ++at.at;
    return outcome::record;
  }
  if (next != '\n' && next != '\r') return fail("a delimiter must follow a quoted field");
  if (next == '\r') {
    if (at.at + 1 == size && !at.end_of_input) return outcome::incomplete;
    if (at.at + 1 < size && data[at.at + 1] == '\n') ++at.at;
  }
  ++at.at;
  at.ended = true;
  return outcome::record;
}

} // namespace levada
