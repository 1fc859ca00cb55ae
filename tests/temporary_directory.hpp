// A directory of the test's own, removed with everything in it. In memory where the machine has such a place: the
// tests kill processes, not the kernel, so what they check does not depend on flushes reaching a disk.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "platform/check.hpp"

namespace levada {

class temporary_directory {
 public:
  temporary_directory() {
    const std::filesystem::path in_memory = "/dev/shm";
    const bool usable = access(in_memory.c_str(), W_OK) == 0 && !std::getenv("TMPDIR");
    path_ = ((usable ? in_memory : std::filesystem::temp_directory_path()) / "levada-test-XXXXXX").string();
    check(mkdtemp(path_.data()) != nullptr);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Its path.
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(file(name)) << content;
    return file(name);
  }

 private:
  std::string path_;
};

} // namespace levada
