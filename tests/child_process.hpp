// Real peers for tests: a program started as a child.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tests/temporary_directory.hpp"

extern char** environ;

namespace levada {

// Output goes to `log`. Killed and reaped at the end.
class child_process {
 public:
  child_process() = default;
  child_process(const std::vector<std::string>& command, const std::string& log) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    if (posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
  }
  child_process(child_process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  child_process& operator=(child_process&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~child_process() { stop(SIGKILL); }

  bool started() const { return pid_ > 0; }
  void send(int signal) { kill(pid_, signal); }
  void stop(int signal) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // Exit code once it ended by itself.
  int wait() {
    int state = 0;
    waitpid(pid_, &state, 0);
    pid_ = -1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  }

 private:
  pid_t pid_ = -1;
};

inline int run(const std::vector<std::string>& command, const std::string& log) {
  child_process child(command, log);
  return child.started() ? child.wait() : 127;
}

inline bool is_installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string folders = std::string(path ? path : "") + ":/usr/sbin:/usr/bin";
  for (size_t at = 0; at < folders.size();) {
    const size_t end = std::min(folders.find(':', at), folders.size());
    if (access((folders.substr(at, end - at) + "/" + program).c_str(), X_OK) == 0) return true;
    at = end + 1;
  }
  return false;
}

// A throw-away CA (ca.pem) and a certificate for localhost and 127.0.0.1 signed by it (server.pem, server.key), with
// the openssl tool. False when that failed.
inline bool make_certificates(const temporary_directory& in) {
  const std::string log = in.file("openssl.log");
  in.write("san.ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  return run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
              "2", "-subj", "/CN=levada test CA", "-keyout", in.file("ca.key"), "-out", in.file("ca.pem")},
             log) == 0 &&
         run({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
              "/CN=localhost", "-keyout", in.file("server.key"), "-out", in.file("server.csr")},
             log) == 0 &&
         run({"openssl", "x509", "-req", "-in", in.file("server.csr"), "-CA", in.file("ca.pem"), "-CAkey",
              in.file("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", in.file("san.ext"), "-out",
              in.file("server.pem")},
             log) == 0;
}

} // namespace levada
