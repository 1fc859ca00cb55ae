// WITH ('key' = 'value') of a table: typed access that remembers what was asked for, so that an option nobody knows is
// an error with a did-you-mean.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/status.hpp"

namespace levada {

// For `levada connectors`, docs and did-you-mean.
struct option_definition {
  std::string key;
  std::string type;          // "string", "integer", "boolean", "duration", "memory size", "enum a|b|c"
  std::string default_value; // "" = none
  std::string summary;
  bool required = false;
};

class table_options {
 public:
  table_options() = default;
  explicit table_options(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  bool has(std::string_view key) const;
  // Errors: errc::invalid_option "'key' = 'value': what is accepted"; errc::missing_option for require_*.
  std::optional<std::string> text(std::string_view key);
  result<std::string> require_text(std::string_view key);
  result<int64_t> integer(std::string_view key, int64_t otherwise, int64_t low, int64_t high);
  result<bool> boolean(std::string_view key, bool otherwise);
  result<int64_t> duration_ms(std::string_view key, int64_t otherwise);  // as in quantity.hpp
  result<int64_t> memory_bytes(std::string_view key, int64_t otherwise); // likewise
  result<std::string> one_of(std::string_view key, std::span<const std::string_view> choices,
                             std::string_view otherwise);
  // All keys starting with `prefix`, marked used.
  std::map<std::string, std::string> with_prefix(std::string_view prefix);

  // Fails on the first key that was never asked for: errc::invalid_option, with the nearest of `known`.
  status reject_unused(std::span<const std::string> known) const;
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
  std::set<std::string, std::less<>> used_;
};

} // namespace levada
