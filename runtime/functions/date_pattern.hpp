// Java's date patterns ("yyyy-MM-dd HH:mm:ss.SSS"), the subset this dialect supports:
//   y u year | M L month | d day | D day of the year | E day of the week | a AM/PM | H hour 0-23 | h 1-12 | K 0-11
//   k 1-24 | m minute | s second | S fraction | Q q quarter | 'text' | any character that is no letter
// Three letters of M and E are the English short name, four the long one. Other letters are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"

namespace levada {

class date_pattern {
 public:
  // errc::unsupported for a letter outside the subset.
  static result<date_pattern> compile(std::string_view pattern);

  void format(int64_t us, std::string& out) const;
  // What the text does not say is that of 1970-01-01T00:00:00. Digits may be missing, but where numbers touch.
  //   resolving  the 30th and 31st of a shorter month are its last day, nothing may follow (java.time)
  //   lenient    fields beyond their range carry over, so that 30 February is in March; anything may follow
  //              (java.text.SimpleDateFormat)
  enum class reading : uint8_t { resolving, lenient };
  std::optional<int64_t> parse(std::string_view text, reading how = reading::resolving) const;

 private:
  struct item {
    char letter;      // 0: literal text
    uint8_t count;    // letters
    bool touches;     // a number follows at once: exactly `count` digits
    std::string text; // of a literal
  };
  std::vector<item> items_;
};

} // namespace levada
