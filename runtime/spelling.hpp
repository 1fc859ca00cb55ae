// Did you mean: the nearest of a few known words to one that was mistyped.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace levada::spelling {

// Longer words are compared by nobody: distance() answers max_word + 1 for them.
inline constexpr size_t max_word = 64;

inline char fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' ? '-' : c;
}

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, ignoring case and
// the difference of '_' and '-'.
inline size_t distance(std::string_view a, std::string_view b) {
  if (a.size() > max_word || b.size() > max_word) return max_word + 1;
  std::array<std::array<size_t, max_word + 1>, 3> rows{};
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t cost = fold(a[i - 1]) == fold(b[j - 1]) ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + cost});
      if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
        row[j] = std::min(row[j], above2[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

inline bool starts_alike(std::string_view a, std::string_view b) {
  return !a.empty() && !b.empty() && fold(a[0]) == fold(b[0]);
}

// The candidate nearest to word, if it is near enough to be a slip: at most one edit in three letters, at most three
// edits, and something left of the word. Of equals one that starts alike wins, then the first. Candidates: any range of
// what converts to string_view.
template <class Range>
std::optional<std::string> closest(std::string_view word, const Range& candidates) {
  const size_t allowed = std::min<size_t>(3, (word.size() + 2) / 3);
  size_t best = allowed + 1;
  std::string_view found;
  for (const auto& candidate : candidates) {
    const std::string_view text{candidate};
    const size_t gap = text.size() > word.size() ? text.size() - word.size() : word.size() - text.size();
    if (gap > best) continue;
    const size_t d = distance(word, text);
    if (d > allowed || d >= std::max(word.size(), text.size())) continue;
    if (d < best || (d == best && starts_alike(word, text) && !starts_alike(word, found))) best = d, found = text;
  }
  if (best > allowed) return std::nullopt;
  return std::string(found);
}

// "did you mean 'x'?" or nothing: for the hint of a diagnostic.
template <class Range>
std::string suggestion(std::string_view word, const Range& candidates) {
  const auto found = closest(word, candidates);
  return found ? "did you mean '" + *found + "'?" : std::string{};
}

} // namespace levada::spelling
