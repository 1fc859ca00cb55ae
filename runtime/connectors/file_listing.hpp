// Which files a 'path' means: itself, or all files below it, in order of their paths. Names that start with '.' or '_'
// are hidden, as in Flink. Order by path is the same on every machine and after every restart; order by modification
// time is not, as copying and two files within a clock tick change it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/directory_watch.hpp"
#include "platform/file.hpp"

namespace re2 {
class RE2;
}

namespace levada {

struct listed_file {
  std::string path;
  file_info info;
};

class file_listing {
 public:
  static constexpr int depth_max = 64;
  static constexpr size_t files_max = 1'000'000;

  // `pattern` (RE2) must match a file's whole path; empty: all.
  static result<file_listing> make(std::shared_ptr<file_system> files, std::string path, const std::string& pattern);
  ~file_listing();
  file_listing(file_listing&&) noexcept;
  file_listing& operator=(file_listing&&) noexcept;

  // errc::not_found naming the path when it does not exist.
  result<std::vector<listed_file>> list() const { return list(nullptr); }
  // Each directory is watched from before it is listed, each link to a file as well; errc::unsupported: one cannot be.
  result<std::vector<listed_file>> list(directory_watch* watch) const;
  const std::string& path() const { return path_; }

 private:
  file_listing();
  std::shared_ptr<file_system> files_;
  std::string path_;
  std::unique_ptr<re2::RE2> pattern_;
};

// 'file:///data/x' and '/data/x' are the same place; errc::unsupported for any other scheme.
result<std::string> local_path(const std::string& path);

} // namespace levada
