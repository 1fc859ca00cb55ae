#include "runtime/connectors/file_listing.hpp"

#include <algorithm>

#include "re2/re2.h"

namespace levada {

file_listing::file_listing() = default;
file_listing::~file_listing() = default;
file_listing::file_listing(file_listing&&) noexcept = default;
file_listing& file_listing::operator=(file_listing&&) noexcept = default;

result<std::string> local_path(const std::string& path) {
  size_t scheme = path.find("://");
  if (scheme == std::string::npos) return path.rfind("file:/", 0) == 0 ? path.substr(5) : path;
  if (path.compare(0, scheme, "file") == 0) {
    std::string rest = path.substr(scheme + 3);
    if (!rest.empty() && rest.front() == '/') return rest;
  }
  return status{errc::unsupported, "'path' = '" + path + "': only local files, '/data/x' or 'file:///data/x'"};
}

result<file_listing> file_listing::make(std::shared_ptr<file_system> files, std::string path,
                                        const std::string& pattern) {
  file_listing made;
  made.files_ = std::move(files);
  made.path_ = std::move(path);
  if (!pattern.empty()) {
    made.pattern_ = std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet);
    if (!made.pattern_->ok()) {
      return status{errc::invalid_option, "'source.path.regex-pattern' = '" + pattern + "': " + made.pattern_->error()};
    }
  }
  return made;
}

namespace {

status watch_one(directory_watch& watch, const std::string& path, const file_info& info, int depth) {
  if (info.directory) return watch.add(path);
  if (depth == 0) {
    // A file that is replaced has a new one's inode: its directory tells.
    const size_t slash = path.find_last_of('/');
    if (auto s = watch.add(slash == std::string::npos ? "." : path.substr(0, slash + 1)); !s.ok()) return s;
  }
  return watch.add_link(path);
}

} // namespace

result<std::vector<listed_file>> file_listing::list(directory_watch* watch) const {
  struct pending {
    std::string path;
    int depth;
  };
  std::vector<listed_file> found;
  std::vector<pending> todo{{path_, 0}};
  while (!todo.empty()) {
    auto [path, depth] = std::move(todo.back());
    todo.pop_back();
    auto info = files_->info(path);
    if (!info.ok()) {
      // Below the root a file may go between the listing of its directory and now.
      if (depth > 0 && info.error().code() == errc::not_found) continue;
      return info.error();
    }
    if (watch) {
      auto s = watch_one(*watch, path, *info, depth);
      if (depth > 0 && s.code() == errc::not_found) continue;
      if (!s.ok()) return s;
    }
    if (!info->directory) {
      if (!pattern_ || re2::RE2::FullMatch(path, *pattern_)) found.push_back({path, *info});
      if (found.size() > files_max) {
        return status{errc::unsupported, "more than " + std::to_string(files_max) + " files below '" + path_ + "'"};
      }
      continue;
    }
    if (depth == depth_max) {
      return status{errc::nesting_too_deep,
                    "directories nested deeper than " + std::to_string(depth_max) + " below '" + path_ + "'"};
    }
    auto names = files_->list(path);
    if (!names.ok()) return names.error();
    for (const std::string& name : *names) {
      if (name.front() == '.' || name.front() == '_') continue;
      todo.push_back({path.back() == '/' ? path + name : path + "/" + name, depth + 1});
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return found;
}

} // namespace levada
