#include "runtime/connectors/mqtt/topic.hpp"

#include "runtime/connectors/mqtt/wire.hpp"

namespace levada::mqtt {

namespace {

constexpr std::string_view share_prefix = "$share/";

status unusable(std::string_view kind, std::string_view text, std::string_view why) {
  return {errc::invalid_argument,
          std::string(kind) + " '" + std::string(text.substr(0, 200)) + "' " + std::string(why)};
}

status check_text(std::string_view kind, std::string_view text) {
  if (text.empty()) return unusable(kind, text, "is empty");
  if (text.size() > text_bytes_max) return unusable(kind, text, "is longer than 65535 bytes");
  if (!is_text(text)) return unusable(kind, text, "is not UTF-8 without NUL");
  return {};
}

std::string_view take_level(std::string_view& rest) {
  const auto end = rest.find('/');
  const auto level = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return level;
}

} // namespace

status check_topic_name(std::string_view name) {
  if (auto s = check_text("the topic", name); !s.ok()) return s;
  if (name.find_first_of("+#") != std::string_view::npos)
    return unusable("the topic", name, "has a wildcard; only a source can use those");
  return {};
}

status check_topic_filter(std::string_view filter) {
  if (auto s = check_text("the topic filter", filter); !s.ok()) return s;
  for (size_t at = 0; (at = filter.find_first_of("+#", at)) != std::string_view::npos; ++at) {
    const bool whole = (at == 0 || filter[at - 1] == '/') && (at + 1 == filter.size() || filter[at + 1] == '/');
    if (!whole) return unusable("the topic filter", filter, "has a wildcard that is not a whole level");
    if (filter[at] == '#' && at + 1 != filter.size())
      return unusable("the topic filter", filter, "has '#' before its end");
  }
  if (filter.starts_with(share_prefix)) {
    const auto group_end = filter.find('/', share_prefix.size());
    if (group_end == std::string_view::npos || group_end == share_prefix.size() || group_end + 1 == filter.size() ||
        filter.substr(share_prefix.size(), group_end - share_prefix.size()).find_first_of("+#") !=
            std::string_view::npos)
      return unusable("the topic filter", filter, "is not of the form $share/group/filter");
  }
  return {};
}

bool matches(std::string_view filter, std::string_view topic) {
  if (filter.starts_with(share_prefix)) filter.remove_prefix(filter.find('/', share_prefix.size()) + 1);
  if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) return false;
  for (;;) {
    if (filter == "#") return true;
    const bool filter_goes_on = filter.find('/') != std::string_view::npos;
    const bool topic_goes_on = topic.find('/') != std::string_view::npos;
    const auto wanted = take_level(filter);
    const auto level = take_level(topic);
    if (wanted != "+" && wanted != level) return false;
    if (!topic_goes_on) return !filter_goes_on || filter == "#";
    if (!filter_goes_on) return false;
  }
}

} // namespace levada::mqtt
