// fuzz_<target> [--runs N] [--seed S]   the seeds, then N mutations
// fuzz_<target> FILE...                 these inputs
//
// An input that stops the process is left in fuzz_<target>.input of the working directory.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include <fcntl.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.hpp"

namespace {

constexpr size_t input_bytes_max = 4096;
constexpr int mutations_max = 8;

std::string current;
std::string kept_as;

// Only what a signal handler may call.
void keep_input() {
  const int file = open(kept_as.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  [[maybe_unused]] const auto written = write(file, current.data(), current.size());
  close(file);
}

void on_signal(int number) {
  keep_input();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

class mutator {
 public:
  mutator(uint64_t seed, std::vector<std::string> from) : random_(seed), from_(std::move(from)) {}

  std::string next() {
    std::string input = pick();
    for (int left = 1 + static_cast<int>(below(mutations_max)); left > 0; --left) mutate(input);
    input.resize(std::min(input.size(), input_bytes_max));
    return input;
  }

 private:
  size_t below(size_t end) { return end == 0 ? 0 : random_() % end; }
  const std::string& pick() { return from_[below(from_.size())]; }
  std::string_view piece(std::string_view of) {
    const size_t begin = below(of.size());
    return of.substr(begin, 1 + below(std::min<size_t>(of.size() - begin, 32)));
  }

  void mutate(std::string& input) {
    static constexpr std::string_view telling[] = {"0",     "-1",   "9223372036854775807",
                                                   "1e308", "\"",   "'",
                                                   "\\",    "{",    "}",
                                                   "[",     "]",    ",",
                                                   ":",     "\n",   "\r\n",
                                                   "NaN",   "null", "\xff",
                                                   "\xc1",  "\x80", " "};
    const size_t at = below(input.size() + 1);
    switch (below(8)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(random_());
      break;
    case 1:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
      break;
    case 2: input.insert(at, 1, static_cast<char>(random_())); break;
    case 3: input.erase(at, 1 + below(16)); break;
    case 4: input.insert(at, telling[below(std::size(telling))]); break;
    case 5: input.insert(at, std::string(piece(input))); break;
    case 6: input.insert(at, std::string(piece(pick()))); break;
    default:
      if (below(8) == 0) input.resize(at);
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> from_;
};

void run(std::string input) {
  current = std::move(input);
  levada::fuzz::one_input(current);
}

std::string content_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read '%s'\n", path);
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

int main(int argc, char** argv) {
  uint64_t runs = 0;
  uint64_t seed = 1;
  std::vector<const char*> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--runs") && i + 1 < argc) runs = std::strtoull(argv[++i], nullptr, 10);
    else if (!std::strcmp(argv[i], "--seed") && i + 1 < argc) seed = std::strtoull(argv[++i], nullptr, 10);
    else files.push_back(argv[i]);
  }
  const std::string_view program = argv[0];
  kept_as = std::string(program.substr(program.rfind('/') + 1)) + ".input";
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, on_signal);
  for (const char* file : files) run(content_of(file));
  if (files.empty()) {
    const auto from = levada::fuzz::seeds();
    for (const auto& input : from) run(input);
    mutator mutations(seed, from);
    for (uint64_t i = 0; i < runs; ++i) run(mutations.next());
  }
  return 0;
}
