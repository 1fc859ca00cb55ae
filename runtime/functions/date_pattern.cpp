#include "runtime/functions/date_pattern.hpp"

#include <algorithm>
#include <array>

#include "runtime/datetime.hpp"

namespace levada {

namespace {

constexpr std::array<std::string_view, 12> month_names = {"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> day_names = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};
constexpr std::string_view letters = "yuMLdDEaHhKkmsSQq";
constexpr size_t short_name = 3;
constexpr size_t letters_max = 9;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_named(char letter, int count) {
  return letter == 'E' || letter == 'a' || ((letter == 'M' || letter == 'L') && count >= 3);
}

std::string_view name_of(std::string_view name, int count) { return count >= 4 ? name : name.substr(0, short_name); }

void append_number(int64_t value, int digits, std::string& out) {
  std::string text = std::to_string(value < 0 ? -value : value);
  if (value < 0) out += '-';
  out.append(static_cast<size_t>(std::max(0, digits - static_cast<int>(text.size()))), '0');
  out += text;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

// Index of the name the text starts with, long names first.
template <size_t N>
std::optional<size_t> take_name(const std::array<std::string_view, N>& names, std::string_view& text) {
  for (bool whole : {true, false}) {
    for (size_t i = 0; i < N; ++i) {
      std::string_view name = whole ? names[i] : names[i].substr(0, short_name);
      if (!same_ignoring_case(text.substr(0, name.size()), name)) continue;
      text.remove_prefix(name.size());
      return i;
    }
  }
  return std::nullopt;
}

struct parsed_fields {
  int64_t year = 1970;
  int64_t month = 1;
  int64_t day = 1;
  int64_t day_of_year = 0; // 0: not given
  int64_t hour = 0;
  int64_t half_day = -1; // 0 AM, 1 PM
  int64_t minute = 0;
  int64_t second = 0;
  int64_t fraction_us = 0;

  int64_t hours() const { return half_day < 0 ? hour : hour % 12 + half_day * 12; }

  int64_t carried_over() const {
    int64_t first = day_of_year > 0 ? 0 : month - 1;
    int64_t days = days_from_civil(year + floor_div(first, 12), static_cast<uint32_t>(floor_mod(first, 12)) + 1, 1);
    days += (day_of_year > 0 ? day_of_year : day) - 1;
    return days * us_per_day + ((hours() * 60 + minute) * 60 + second) * us_per_second + fraction_us;
  }

  std::optional<int64_t> timestamp() const {
    int64_t hours = this->hours();
    bool end_of_day = hours == 24 && minute == 0 && second == 0 && fraction_us == 0;
    if ((hours > 23 && !end_of_day) || minute > 59 || second > 59) return std::nullopt;
    if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
    int64_t days;
    if (day_of_year > 0) {
      if (day_of_year > 365 + is_leap_year(year)) return std::nullopt;
      days = days_from_civil(year, 1, 1) + day_of_year - 1;
    } else {
      auto m = static_cast<uint32_t>(month);
      days = days_from_civil(year, m, std::min(static_cast<uint32_t>(day), days_in_month(year, m)));
    }
    return days * us_per_day + ((hours * 60 + minute) * 60 + second) * us_per_second + fraction_us;
  }
};

} // namespace

result<date_pattern> date_pattern::compile(std::string_view pattern) {
  date_pattern compiled;
  auto& items = compiled.items_;
  auto literal = [&](char c) {
    if (items.empty() || items.back().letter != 0) items.push_back({0, 0, false, {}});
    items.back().text += c;
  };
  for (size_t i = 0; i < pattern.size();) {
    char c = pattern[i];
    if (c == '\'') {
      if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
        literal('\'');
        i += 2;
        continue;
      }
      size_t end = pattern.find('\'', i + 1);
      if (end == std::string_view::npos) {
        return status{errc::invalid_argument, "the date pattern '" + std::string{pattern} + "' lacks a closing quote"};
      }
      for (char quoted : pattern.substr(i + 1, end - i - 1)) literal(quoted);
      i = end + 1;
      continue;
    }
    if (!is_letter(c)) {
      literal(c);
      ++i;
      continue;
    }
    size_t end = pattern.find_first_not_of(c, i);
    size_t count = (end == std::string_view::npos ? pattern.size() : end) - i;
    bool named_quarter = (c == 'Q' || c == 'q') && count >= short_name;
    if (letters.find(c) == std::string_view::npos || count > letters_max || named_quarter) {
      return status{errc::unsupported, "the date pattern '" + std::string{pattern} + "' uses '" +
                                           std::string(count, c) + "'; supported are the letters " +
                                           std::string{letters} + " and 'quoted text'"};
    }
    bool number = !is_named(c, static_cast<int>(count));
    if (number && !items.empty() && items.back().letter != 0 && !is_named(items.back().letter, items.back().count)) {
      items.back().touches = true;
    }
    items.push_back({c, static_cast<uint8_t>(count), false, {}});
    i += count;
  }
  return compiled;
}

void date_pattern::format(int64_t us, std::string& out) const {
  int64_t days = floor_div(us, us_per_day);
  int64_t of_day = floor_mod(us, us_per_day);
  civil_date date = civil_from_days(days);
  int64_t seconds = of_day / us_per_second;
  int64_t hour = seconds / 3600;
  for (const auto& it : items_) {
    int count = it.count;
    switch (it.letter) {
    case 0: out += it.text; break;
    case 'y':
    case 'u':
      if (count == 2) {
        append_number(floor_mod(date.year, 100), 2, out);
      } else {
        append_number(date.year, count, out);
      }
      break;
    case 'M':
    case 'L':
      if (count >= 3) {
        out += name_of(month_names[date.month - 1], count);
      } else {
        append_number(date.month, count, out);
      }
      break;
    case 'd': append_number(date.day, count, out); break;
    case 'D': append_number(days - days_from_civil(date.year, 1, 1) + 1, count, out); break;
    case 'E': out += name_of(day_names[static_cast<size_t>(floor_mod(days + 3, 7))], count); break;
    case 'a': out += hour < 12 ? "AM" : "PM"; break;
    case 'H': append_number(hour, count, out); break;
    case 'h': append_number(hour % 12 == 0 ? 12 : hour % 12, count, out); break;
    case 'K': append_number(hour % 12, count, out); break;
    case 'k': append_number(hour == 0 ? 24 : hour, count, out); break;
    case 'm': append_number(seconds / 60 % 60, count, out); break;
    case 's': append_number(seconds % 60, count, out); break;
    case 'S': {
      std::string digits;
      append_number(of_day % us_per_second * 1000, 9, digits);
      out += digits.substr(0, static_cast<size_t>(count));
      break;
    }
    default: append_number((date.month - 1) / 3 + 1, count, out); break;
    }
  }
}

std::optional<int64_t> date_pattern::parse(std::string_view text, reading how) const {
  constexpr size_t lenient_digits_max = 9;

  parsed_fields fields;
  for (const auto& it : items_) {
    if (it.letter == 0) {
      if (!text.starts_with(it.text)) return std::nullopt;
      text.remove_prefix(it.text.size());
      continue;
    }
    if (is_named(it.letter, it.count)) {
      if (it.letter == 'E') {
        if (!take_name(day_names, text)) return std::nullopt;
      } else if (it.letter == 'a') {
        std::string_view half = text.substr(0, 2);
        bool pm = same_ignoring_case(half, "PM");
        if (!pm && !same_ignoring_case(half, "AM")) return std::nullopt;
        fields.half_day = pm;
        text.remove_prefix(2);
      } else {
        auto month = take_name(month_names, text);
        if (!month) return std::nullopt;
        fields.month = static_cast<int64_t>(*month) + 1;
      }
      continue;
    }
    size_t most = it.touches || it.letter == 'S'         ? it.count
                  : it.letter == 'y' || it.letter == 'u' ? 4
                                                         : std::max<size_t>(it.count, 2);
    if (how == reading::lenient && !it.touches && it.letter != 'S') most = lenient_digits_max;
    if (it.letter == 'D') most = std::max<size_t>(most, 3);
    if ((it.letter == 'y' || it.letter == 'u') && it.count == 2) most = 2;
    int64_t value = 0;
    size_t digits = 0;
    while (digits < most && digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      value = value * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || (it.touches && digits < it.count)) return std::nullopt;
    text.remove_prefix(digits);
    switch (it.letter) {
    case 'y':
    case 'u': fields.year = it.count == 2 ? 2000 + value : value; break;
    case 'M':
    case 'L': fields.month = value; break;
    case 'd': fields.day = value; break;
    case 'D': fields.day_of_year = value; break;
    case 'H':
    case 'h':
    case 'K': fields.hour = value; break;
    case 'k': fields.hour = value == 24 ? 0 : value; break;
    case 'm': fields.minute = value; break;
    case 's': fields.second = value; break;
    case 'S':
      for (; digits < 6; ++digits) value *= 10;
      for (; digits > 6; --digits) value /= 10;
      fields.fraction_us = value;
      break;
    default: fields.month = (value - 1) * 3 + 1; break;
    }
  }
  if (how == reading::lenient) return fields.carried_over();
  if (!text.empty()) return std::nullopt;
  return fields.timestamp();
}

} // namespace levada
