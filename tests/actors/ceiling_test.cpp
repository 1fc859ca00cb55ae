#include <algorithm>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "actors/engine.hpp"
#include "tests/actors/test_plugins.hpp"

using namespace levada;

namespace {

constexpr uint64_t mebibyte = uint64_t{1} << 20;
constexpr uint64_t limit = 4 * mebibyte;
constexpr size_t text_bytes = 4096;
constexpr uint32_t batch_rows = 128; // half a mebibyte

// Numbers, each with four kilobytes of text.
class wide_source final : public source {
 public:
  explicit wide_source(std::shared_ptr<counter_control> control) : control_(std::move(control)) {}
  status open(std::string_view) override { return {}; }
  result<poll_state> poll(decode_target& into) override {
    while (into.rows < into.rows_max && next_ < control_->rows) {
      into.columns[0].push<int64_t>(static_cast<int64_t>(next_++));
      into.columns[1].push_string(std::string(text_bytes, 'w'));
      ++into.rows;
    }
    control_->polled = next_;
    return next_ == control_->rows ? poll_state::finished : poll_state::more;
  }
  std::string position() override { return std::to_string(next_); }
  const source_counters& counters() const override { return counters_; }

 private:
  std::shared_ptr<counter_control> control_;
  source_counters counters_;
  uint64_t next_ = 0;
};

// Says that it keeps `bytes` for every row, up to `most`.
class keeper final : public stream_operator {
 public:
  keeper(uint64_t bytes, uint64_t most) : bytes_(bytes), most_(most) {}
  status open(const operator_context&) override { return {}; }
  status process(batch in, uint32_t, output& out) override {
    counters_.state_bytes = std::min(most_, counters_.state_bytes + bytes_ * in.selected_count());
    out.push(std::move(in));
    return {};
  }

 private:
  uint64_t bytes_;
  uint64_t most_;
};

// Sends every batch on a hundred times.
class burst final : public stream_operator {
 public:
  status open(const operator_context&) override { return {}; }
  status process(batch in, uint32_t, output& out) override {
    for (int i = 0; i < 100; ++i) out.push(in);
    return {};
  }
};

struct rig {
  registry all;
  std::unique_ptr<engine> host = std::move(*engine::make({2, limit, nullptr}));
  job_options options;
  std::shared_ptr<counter_control> control = std::make_shared<counter_control>();
  std::shared_ptr<collector> into = std::make_shared<collector>();

  rig() {
    all.add_operator("pass", [] { return std::make_unique<keeper>(0, 0); });
    all.add_operator("grow", [] { return std::make_unique<keeper>(1000, UINT64_MAX); });
    all.add_operator("nearly_full", [] { return std::make_unique<keeper>(210, limit - 1000); });
    all.add_operator("burst", [] { return std::make_unique<burst>(); });
    options.plugins = &all;
    options.batch_rows = batch_rows;
    control->rows = 20'000;
  }

  std::unique_ptr<job> start(const std::string& kind) {
    job_graph graph;
    graph.fingerprint = "test " + kind;
    auto wide = counting_vertex(control);
    wide.source_output.fields.push_back({"text", data_type::string()});
    wide.make_source = [c = control] { return result<std::unique_ptr<source>>(std::make_unique<wide_source>(c)); };
    graph.vertices = {std::move(wide), chain_vertex(kind), collecting_vertex(into)};
    graph.edges = {{0, 1, 0, exchange::forward, {}}, {1, 2, 0, exchange::forward, {}}};
    auto started = host->start(std::move(graph), options);
    REQUIRE(started.ok());
    return std::move(*started);
  }
};

} // namespace

TEST_CASE("Wide rows behind a stuck sink stop at the memory ceiling, long before the credits do") {
  rig r;
  r.into->stuck = true;
  auto job = r.start("pass");
  uint64_t last = 0;
  for (int still = 0; still < 10;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    still = r.control->polled > 0 && r.control->polled == last ? still + 1 : 0;
    last = r.control->polled;
  }
  auto figures = job->figures();
  CHECK(figures.memory_limit_bytes == limit);
  CHECK(figures.memory_bytes > limit / 2);
  // A batch counts at both ends while it passes through an operator.
  CHECK(figures.memory_peak_bytes <= limit + 2 * batch_rows * text_bytes);
  // The sixteen credits of both edges alone would let 8 MiB pass.
  CHECK(last * text_bytes < limit + 2 * batch_rows * text_bytes);
  r.into->unstick();
  CHECK(job->wait().ok());
  CHECK(r.into->rows == 20'000);
  figures = job->figures();
  CHECK(figures.memory_peak_bytes <= limit + 2 * batch_rows * text_bytes);
  CHECK(figures.memory_bytes == 0);
  CHECK(figures.tasks[0].blocked_us > 0);
}

TEST_CASE("State beyond the memory ceiling ends the job with an error that names its holder and how much") {
  rig r;
  auto job = r.start("grow");
  const auto outcome = job->wait();
  INFO(outcome.to_string());
  CHECK(outcome.code() == errc::memory_limit);
  CHECK(outcome.message().find("grow needs ") != std::string_view::npos);
  CHECK(outcome.message().find("memory.limit is 4 MiB; held by grow (") != std::string_view::npos);
  CHECK(r.into->rows < 20'000);
}

TEST_CASE("State just below the memory ceiling leaves room for one batch at a time, and the job ends") {
  rig r;
  auto job = r.start("nearly_full");
  const auto outcome = job->wait();
  INFO(outcome.to_string());
  CHECK(outcome.ok());
  CHECK(r.into->rows == 20'000);
  CHECK(job->figures().memory_peak_bytes <= limit + limit / 2);
}

TEST_CASE("An operator that gives out more at once than fits is named") {
  rig r;
  r.into->stuck = true;
  auto job = r.start("burst");
  const auto outcome = job->wait();
  INFO(outcome.to_string());
  CHECK(outcome.code() == errc::memory_limit);
  CHECK(outcome.message().find("burst gives out more at once than fits") != std::string_view::npos);
}
