#include "platform/io_counter.hpp"

#include <charconv>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace levada {

std::optional<uint64_t> thread_written_bytes() {
  const int descriptor = ::open("/proc/thread-self/io", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  char text[512];
  const auto got = ::read(descriptor, text, sizeof text);
  ::close(descriptor);
  if (got <= 0) return {};
  const std::string_view lines(text, static_cast<size_t>(got));
  constexpr std::string_view label = "wchar: ";
  const auto at = lines.find(label);
  if (at == std::string_view::npos) return {};
  uint64_t bytes = 0;
  const auto digits = lines.substr(at + label.size());
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  if (parsed.ec != std::errc{}) return {};
  return bytes;
}

} // namespace levada
