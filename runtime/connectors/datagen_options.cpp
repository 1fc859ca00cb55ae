#include "runtime/connectors/datagen_options.hpp"

#include <charconv>
#include <cmath>

namespace levada {

result<double> column_options::real(std::string_view what, double otherwise) {
  auto text = options_.text(key(what));
  if (!text) return otherwise;
  double value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || !std::isfinite(value)) {
    return status{errc::invalid_option, "'" + key(what) + "' = '" + *text + "': expected a number"};
  }
  return value;
}

result<double> column_options::null_rate() {
  auto rate = real("null-rate", 0);
  if (rate.ok() && (*rate < 0 || *rate > 1)) {
    return status{errc::invalid_option, "'" + key("null-rate") + "': expected a number from 0 to 1"};
  }
  return rate;
}

} // namespace levada
