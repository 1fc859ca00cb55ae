#include <charconv>

#include "platform/socket.hpp"

namespace levada {

std::string endpoint::to_string() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

result<endpoint> parse_endpoint(std::string_view text, uint16_t default_port) {
  const auto invalid = [&](std::string_view why) {
    return status{errc::invalid_argument, "'" + std::string(text) + "': " + std::string(why)};
  };
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return invalid("']' is missing after the IPv6 address");
    host = text.substr(1, end - 1);
    const auto rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return invalid("':port' or nothing must follow ']'");
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
    if (host.find(':') != std::string_view::npos) return invalid("an IPv6 address is written in brackets, [::1]:port");
  }
  if (host.empty()) return invalid("the host is missing");
  if (host.find_first_of(" \t\r\n/@") != std::string_view::npos) return invalid("not a host name");
  uint32_t number = default_port;
  if (has_port) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65535)
      return invalid("the port must be a number from 1 to 65535");
  }
  return endpoint{std::string(host), static_cast<uint16_t>(number)};
}

} // namespace levada
