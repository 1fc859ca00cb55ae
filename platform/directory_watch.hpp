// Tells that something has changed in directories, so that nobody has to look again and again: Linux's inotify.
//
// What it tells is "look again", not what changed, and it may tell it for nothing. It does not see bytes written through
// a memory mapping. Threads: one at a time.
#pragma once

#include <memory>
#include <string>

#include "platform/status.hpp"

namespace levada {

class directory_watch {
 public:
  // errc::unsupported: the machine has no room for another one.
  static result<std::unique_ptr<directory_watch>> make();
  ~directory_watch();
  directory_watch(const directory_watch&) = delete;
  directory_watch& operator=(const directory_watch&) = delete;

  // From now on: a name in it that comes, goes or is written to. Again for the same directory: nothing.
  // errc::unsupported: changes made elsewhere would not be told (network and unknown file systems), or the limit of the
  // user (fs.inotify.max_user_watches) is reached. errc::not_found: it is gone.
  status add(const std::string& directory);
  // A link stands in a watched directory, what it names may not. Nothing when `path` is no symbolic link.
  status add_link(const std::string& path);
  // Forgets what was told so far. True when it was anything.
  bool drain();
  // Readable when there is something to drain.
  int descriptor() const { return descriptor_; }
  // The poll(2) bits to wait for.
  static short events();

 private:
  explicit directory_watch(int descriptor) : descriptor_(descriptor) {}
  status watch(const std::string& path);

  int descriptor_;
};

} // namespace levada
