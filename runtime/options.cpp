#include "runtime/options.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "runtime/quantity.hpp"
#include "runtime/spelling.hpp"

namespace levada {

namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

status bad_value(std::string_view key, std::string_view value, std::string_view accepted) {
  return {errc::invalid_option, "'" + std::string(key) + "' = '" + std::string(value) + "': " + std::string(accepted)};
}

} // namespace

bool table_options::has(std::string_view key) const { return values_.count(std::string(key)) > 0; }

std::optional<std::string> table_options::text(std::string_view key) {
  used_.insert(std::string(key));
  auto it = values_.find(std::string(key));
  if (it == values_.end()) return {};
  return it->second;
}

result<std::string> table_options::require_text(std::string_view key) {
  auto value = text(key);
  if (!value) return status{errc::missing_option, "option '" + std::string(key) + "' is required"};
  return *value;
}

result<int64_t> table_options::integer(std::string_view key, int64_t otherwise, int64_t low, int64_t high) {
  auto value = text(key);
  if (!value) return otherwise;
  int64_t number = 0;
  auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc{} || end != value->data() + value->size() || number < low || number > high) {
    return bad_value(key, *value,
                     "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return number;
}

result<bool> table_options::boolean(std::string_view key, bool otherwise) {
  auto value = text(key);
  if (!value) return otherwise;
  std::string word = lowered(*value);
  if (word == "true") return true;
  if (word == "false") return false;
  return bad_value(key, *value, "expected true or false");
}

result<int64_t> table_options::duration_ms(std::string_view key, int64_t otherwise) {
  auto value = text(key);
  if (!value) return otherwise;
  if (auto parsed = parse_duration_ms(*value)) return *parsed;
  return bad_value(key, *value, "expected a duration such as '250 ms', '10 s' or '5 min'");
}

result<int64_t> table_options::memory_bytes(std::string_view key, int64_t otherwise) {
  auto value = text(key);
  if (!value) return otherwise;
  if (auto parsed = parse_memory_bytes(*value)) return *parsed;
  return bad_value(key, *value, "expected a size such as '512 kb' or '64 mb'");
}

result<std::string> table_options::one_of(std::string_view key, std::span<const std::string_view> choices,
                                          std::string_view otherwise) {
  auto value = text(key);
  if (!value) return std::string(otherwise);
  std::string word = lowered(*value);
  std::string accepted = "expected";
  for (std::string_view choice : choices) {
    if (word == choice) return word;
    accepted += (accepted.size() > 8 ? ", '" : " '") + std::string(choice) + "'";
  }
  return bad_value(key, *value, accepted);
}

std::map<std::string, std::string> table_options::with_prefix(std::string_view prefix) {
  std::map<std::string, std::string> found;
  for (const auto& [key, value] : values_) {
    if (key.compare(0, prefix.size(), prefix) == 0) {
      used_.insert(key);
      found[key] = value;
    }
  }
  return found;
}

status table_options::reject_unused(std::span<const std::string> known) const {
  for (const auto& [key, value] : values_) {
    if (used_.count(key) > 0) continue;
    std::string message = "unknown option '" + key + "'";
    if (auto near = spelling::closest(key, known)) message += ", did you mean '" + *near + "'?";
    return {errc::invalid_option, message};
  }
  return {};
}

} // namespace levada
