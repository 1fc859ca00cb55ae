#include "actors/engine.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "actors/limits.hpp"
#include "tests/actors/test_plugins.hpp"
#include "tests/temporary_directory.hpp"

using namespace levada;

namespace {

// Passes rows on; fails at `fail_at`.
class pass final : public stream_operator {
 public:
  explicit pass(int64_t fail_at) : fail_at_(fail_at) {}
  status open(const operator_context&) override { return {}; }
  status process(batch in, uint32_t, output& out) override {
    status failure;
    in.selected().for_each([&](uint32_t row) {
      if (in.columns[0]->at<int64_t>(row) == fail_at_) failure = {errc::division_by_zero, "division by zero"};
    });
    if (!failure.ok()) return failure;
    out.push(std::move(in));
    return {};
  }

 private:
  int64_t fail_at_;
};

registry plugins() {
  registry all;
  all.add_operator("pass", [] { return std::make_unique<pass>(-1); });
  all.add_operator("fail_at_5000", [] { return std::make_unique<pass>(5000); });
  return all;
}

job_graph line(const std::shared_ptr<counter_control>& control, const std::shared_ptr<collector>& into,
               std::string kind, uint32_t parallelism = 1) {
  job_graph graph;
  graph.fingerprint = "test " + kind;
  graph.vertices = {counting_vertex(control), chain_vertex(std::move(kind), parallelism), collecting_vertex(into)};
  graph.edges = {{0, 1, 0, parallelism > 1 ? exchange::hash : exchange::forward, {0}},
                 {1, 2, 0, exchange::forward, {}}};
  return graph;
}

struct bench {
  registry all = plugins();
  std::unique_ptr<engine> host = std::move(*engine::make({2, 0, nullptr}));
  job_options options;
  bench() { options.plugins = &all; }
};

} // namespace

TEST_CASE("Every row of a bounded source reaches the sink, in order, and the job ends") {
  bench b;
  auto control = std::make_shared<counter_control>();
  control->rows = 100'000;
  auto into = std::make_shared<collector>();
  auto job = b.host->start(line(control, into, "pass"), b.options);
  REQUIRE(job.ok());
  CHECK((*job)->wait().ok());
  REQUIRE(into->values.size() == 100'000);
  CHECK(std::is_sorted(into->values.begin(), into->values.end()));
  CHECK(into->closed);
}

TEST_CASE("A keyed exchange over four instances loses and repeats nothing") {
  bench b;
  auto control = std::make_shared<counter_control>();
  control->rows = 50'000;
  auto into = std::make_shared<collector>();
  auto job = b.host->start(line(control, into, "pass", 4), b.options);
  REQUIRE(job.ok());
  CHECK((*job)->wait().ok());
  std::sort(into->values.begin(), into->values.end());
  REQUIRE(into->values.size() == 50'000);
  CHECK(into->values.front() == 0);
  CHECK(std::adjacent_find(into->values.begin(), into->values.end()) == into->values.end());
}

// A race checker sees the same hand-overs in fewer rows.
#ifdef __SANITIZE_THREAD__
constexpr uint64_t waiting_rows = 500'000;
#else
constexpr uint64_t waiting_rows = 10'000'000;
#endif

TEST_CASE("Ten million rows wait behind a stuck sink with mailboxes within their bound") {
  bench b;
  auto control = std::make_shared<counter_control>();
  control->rows = waiting_rows;
  auto into = std::make_shared<collector>();
  into->keep = false;
  into->stuck = true;
  auto job = b.host->start(line(control, into, "pass"), b.options);
  REQUIRE(job.ok());
  // The source stops by itself: what it has read is what the credits of both edges hold.
  uint64_t most = (2 * credits_per_channel + 2 * polls_per_turn + 2) * uint64_t{batch_rows_default};
  uint64_t last = 0;
  REQUIRE(eventually([&] {
    uint64_t now = control->polled;
    bool still = now > 0 && now == last;
    last = now;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return still;
  }));
  CHECK(control->polled <= most);
  CHECK(into->rows == 0);
  for (const auto& task : (*job)->figures().tasks) CHECK(task.queue_depth_max <= task.queue_depth_bound);
  into->unstick();
  CHECK((*job)->wait().ok());
  CHECK(into->rows == waiting_rows);
  for (const auto& task : (*job)->figures().tasks) CHECK(task.queue_depth_max <= task.queue_depth_bound);
}

TEST_CASE("A lone row is not held back to fill a batch") {
  bench b;
  auto control = std::make_shared<counter_control>();
  control->rows = 1000;
  control->allowed = 0;
  auto into = std::make_shared<collector>();
  auto job = b.host->start(line(control, into, "pass"), b.options);
  REQUIRE(job.ok());
  for (uint64_t n = 1; n <= 3; ++n) {
    control->allow(n);
    CHECK(eventually([&] { return into->rows == n; }));
  }
  control->allow(UINT64_MAX);
  CHECK((*job)->wait().ok());
}

TEST_CASE("An operator's failure ends the job and names operator and reason") {
  bench b;
  auto control = std::make_shared<counter_control>();
  control->rows = 10'000'000;
  auto into = std::make_shared<collector>();
  auto job = b.host->start(line(control, into, "fail_at_5000"), b.options);
  REQUIRE(job.ok());
  auto outcome = (*job)->wait();
  CHECK(outcome.code() == errc::division_by_zero);
  CHECK(outcome.to_string().find("fail_at_5000") != std::string::npos);
}

TEST_CASE("Draining stops the source, delivers what was read and ends the job") {
  bench b;
  auto control = std::make_shared<counter_control>();
  control->rows = UINT64_MAX;
  auto into = std::make_shared<collector>();
  into->keep = false;
  auto job = b.host->start(line(control, into, "pass"), b.options);
  REQUIRE(job.ok());
  REQUIRE(eventually([&] { return into->rows > 0; }));
  (*job)->drain();
  CHECK((*job)->wait().ok());
  CHECK(into->rows == control->polled);
}

TEST_CASE("With state a drained job goes on where it stopped and acknowledges only what is committed") {
  temporary_directory dir;
  bench b;
  b.options.state_dir = dir.path() + "/state";
  b.options.epoch_interval_us = 1000;
  auto control = std::make_shared<counter_control>();
  control->rows = 3000;
  control->allowed = 1000;
  auto first = std::make_shared<collector>();
  {
    auto job = b.host->start(line(control, first, "pass"), b.options);
    REQUIRE(job.ok());
    REQUIRE(eventually([&] { return control->committed == 1000; }));
    CHECK(first->rows == 1000);
    (*job)->drain();
    CHECK((*job)->wait().ok());
  }
  control->allowed = UINT64_MAX;
  auto second = std::make_shared<collector>();
  {
    auto job = b.host->start(line(control, second, "pass"), b.options);
    REQUIRE(job.ok());
    CHECK((*job)->wait().ok());
    CHECK(second->values.size() == 2000);
    CHECK(second->values.front() == 1000);
    CHECK(second->closed);
  }
  auto job = b.host->start(line(control, second, "pass"), b.options);
  REQUIRE(job.ok());
  CHECK((*job)->was_finished());
}

TEST_CASE("A state directory of another query is refused") {
  temporary_directory dir;
  bench b;
  b.options.state_dir = dir.path() + "/state";
  b.options.epoch_interval_us = 1000;
  auto control = std::make_shared<counter_control>();
  control->rows = 10;
  auto into = std::make_shared<collector>();
  {
    auto job = b.host->start(line(control, into, "pass"), b.options);
    REQUIRE(job.ok());
    CHECK((*job)->wait().ok());
  }
  auto other = b.host->start(line(control, into, "fail_at_5000"), b.options);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code() == errc::state_mismatch);
}
