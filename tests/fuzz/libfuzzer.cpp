#include <cstddef>
#include <cstdint>
#include <fstream>

#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  levada::fuzz::one_input({reinterpret_cast<const char*>(data), size});
  return 0;
}

// Seeds go where the corpus is: its directory is the last argument.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc < 2 || (*argv)[*argc - 1][0] == '-') return 0;
  int number = 0;
  for (const auto& seed : levada::fuzz::seeds())
    std::ofstream(std::string((*argv)[*argc - 1]) + "/seed-" + std::to_string(number++), std::ios::binary) << seed;
  return 0;
}
