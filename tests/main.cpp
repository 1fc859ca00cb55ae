// The one main of every test binary. Its last line, "N passed, N failed, N skipped", counts test cases; the
// summary of `make test` adds these lines up. A case that cannot run here says so with WARN("skipped: why").
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <cstdio>

namespace {

class case_counter : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo&) override { skip_ = false; }

  bool assertionEnded(const Catch::AssertionStats& stats) override {
    for (const auto& info : stats.infoMessages)
      if (info.message.rfind("skipped:", 0) == 0) skip_ = true;
    const auto message = stats.assertionResult.getMessage();
    if (message.rfind("skipped:", 0) == 0) skip_ = true;
    return true;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (stats.totals.assertions.failed > 0) ++failed_;
    else if (skip_) ++skipped_;
    else ++passed_;
  }

  void testRunEnded(const Catch::TestRunStats&) override {
    std::fflush(stdout);
    std::fprintf(stderr, "%d passed, %d failed, %d skipped\n", passed_, failed_, skipped_);
  }

 private:
  bool skip_ = false;
  int passed_ = 0;
  int failed_ = 0;
  int skipped_ = 0;
};

CATCH_REGISTER_LISTENER(case_counter)

} // namespace
