// The options of one column of `datagen`: 'fields.NAME.*'.
#pragma once

#include <string>
#include <string_view>

#include "runtime/options.hpp"

namespace levada {

class column_options {
 public:
  // `options` outlives it.
  column_options(const std::string& name, table_options& options)
      : prefix_("fields." + name + "."), options_(options) {}

  // The whole key, for messages.
  std::string key(std::string_view what) const { return prefix_ + std::string(what); }

  // Errors, here and below: invalid_option.
  result<double> real(std::string_view what, double otherwise);
  // From 0 to 1.
  result<double> null_rate();
  result<int64_t> integer(std::string_view what, int64_t otherwise, int64_t low, int64_t high) {
    return options_.integer(key(what), otherwise, low, high);
  }
  result<bool> boolean(std::string_view what) { return options_.boolean(key(what), false); }
  table_options& all() { return options_; }

 private:
  std::string prefix_;
  table_options& options_;
};

} // namespace levada
