// Runs the SQL text tests: sql_test FILE.test.. ; see tests/sql/README.md. Each case runs in several shapes, which must
// not matter: parallelism 1, 2 and 4, batch caps of 1, 7 and 4096 rows, chained and unchained.
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/support/sql_cases.hpp"

namespace {

using levada::testing::run_shape;
using levada::testing::sql_case;

constexpr std::array<run_shape, 6> shapes = {
    {{1, 4096, true}, {1, 1, true}, {2, 7, false}, {4, 4096, false}, {4, 1, true}, {2, 4096, true}}};

std::string describe(const run_shape& s) {
  return "parallelism " + std::to_string(s.parallelism) + ", batches of " + std::to_string(s.batch_rows) +
         (s.chained ? ", chained" : ", unchained");
}

struct totals {
  int passed = 0;
  int failed = 0;
};

void run_one(const std::string& file, const sql_case& c, totals& count) {
  for (const auto& shape : shapes) {
    const auto wrong = run_case(c, shape);
    if (wrong.empty()) continue;
    std::printf("%s:%u: %s\n  (%s)\n%s", file.c_str(), c.line, c.title.c_str(), describe(shape).c_str(), wrong.c_str());
    ++count.failed;
    return;
  }
  ++count.passed;
}

void run_file(const std::string& file, totals& count) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  const auto cases = levada::testing::parse_cases(text.str());
  if (!in || !cases.ok()) {
    std::printf("%s: %s\n", file.c_str(), in ? cases.error().to_string().c_str() : "cannot be read");
    ++count.failed;
    return;
  }
  for (const auto& c : *cases) run_one(file, c, count);
}

} // namespace

int main(int argc, char** argv) {
  totals count;
  for (int i = 1; i < argc; ++i) run_file(argv[i], count);
  std::printf("%d passed, %d failed, 0 skipped\n", count.passed, count.failed);
  return count.failed > 0 || count.passed == 0;
}
