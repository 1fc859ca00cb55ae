#include <sys/mount.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "actors/engine.hpp"
#include "storage/delta.hpp"
#include "tests/actors/test_plugins.hpp"
#include "tests/support/filling_disk.hpp"
#include "tests/temporary_directory.hpp"

using namespace levada;

namespace {

constexpr uint64_t mebibyte = uint64_t{1} << 20;
constexpr size_t entry_bytes = 1000;

// Keeps a kilobyte for each of the last `window` rows, and says at the end of input how many rows it has ever seen and
// how many it still holds.
class hoard final : public stream_operator {
 public:
  explicit hoard(int64_t window) : window_(window) {}
  status open(const operator_context&) override { return {}; }
  status process(batch in, uint32_t, output& out) override {
    in.selected().for_each([&](uint32_t row) { take(in.columns[0]->at<int64_t>(row)); });
    counters_.state_entries = kept_.size();
    if (in.watermark_after != watermark_end) return {};
    column all{data_type::bigint()};
    all.push<int64_t>(next_);
    all.push<int64_t>(static_cast<int64_t>(kept_.size()));
    batch last;
    last.rows = 2;
    last.columns = {std::make_shared<const column>(std::move(all))};
    last.watermark_before = in.watermark_before;
    last.watermark_after = watermark_end;
    out.push(std::move(last));
    return {};
  }
  status snapshot(delta_writer& delta) override {
    for (int64_t n : dirty_) delta.put(group(n), std::to_string(n), std::string(entry_bytes, 'x'));
    for (int64_t n : gone_) delta.erase(group(n), std::to_string(n));
    dirty_.clear();
    gone_.clear();
    return {};
  }
  status restore(uint16_t, std::string_view key, const std::string_view* value) override {
    int64_t n = 0;
    std::from_chars(key.data(), key.data() + key.size(), n);
    if (value) kept_.insert(n);
    else kept_.erase(n);
    next_ = std::max(next_, n + 1);
    return {};
  }

 private:
  static uint16_t group(int64_t n) { return static_cast<uint16_t>(n % key_groups); }
  void take(int64_t n) {
    next_ = n + 1;
    kept_.insert(n);
    dirty_.push_back(n);
    if (n < window_) return;
    kept_.erase(n - window_);
    gone_.push_back(n - window_);
  }

  int64_t window_;
  int64_t next_ = 0;
  std::set<int64_t> kept_;
  std::vector<int64_t> dirty_;
  std::vector<int64_t> gone_;
};

struct rig {
  registry all;
  std::unique_ptr<engine> host = std::move(*engine::make({2, 0, nullptr}));
  temporary_directory dir;
  job_options options;
  std::shared_ptr<counter_control> control = std::make_shared<counter_control>();
  std::shared_ptr<collector> into = std::make_shared<collector>();
  std::mutex mutex;
  std::vector<std::string> warnings;

  explicit rig(uint64_t rows) {
    all.add_operator("hoard_all", [] { return std::make_unique<hoard>(INT64_MAX); });
    all.add_operator("hoard_3000", [] { return std::make_unique<hoard>(3000); });
    options.plugins = &all;
    options.state_dir = dir.path() + "/state";
    options.epoch_interval_us = 1000;
    options.state_quota_bytes = 8 * mebibyte;
    options.batch_rows = 100;
    options.warn = [this](const std::string& text) {
      std::lock_guard guard(mutex);
      warnings.push_back(text);
    };
    control->rows = rows;
    control->allowed = 0;
  }

  result<std::unique_ptr<job>> start(const std::string& kind) {
    job_graph graph;
    graph.name = "hoarding";
    graph.fingerprint = "test " + kind;
    graph.vertices = {counting_vertex(control), chain_vertex(kind), collecting_vertex(into)};
    graph.edges = {{0, 1, 0, exchange::forward, {}}, {1, 2, 0, exchange::forward, {}}};
    return host->start(std::move(graph), options);
  }
  // A job of 3000 rows starts anew from its state, and misses none.
  void go_on_to_the_end() {
    auto again = start("hoard_all");
    REQUIRE(again.ok());
    control->allow(UINT64_MAX);
    CHECK((*again)->wait().ok());
    CHECK(into->values == std::vector<int64_t>{3000, 3000});
  }

  // Rows arrive `step` at a time, the next when the last are acknowledged, until the job stops by itself.
  void feed(job& running, uint64_t step) {
    for (uint64_t at = control->committed; at < control->rows;) {
      at = std::min(control->rows, at + step);
      control->allow(at);
      bool stopped = false;
      REQUIRE(eventually([&] { return control->committed >= at || (stopped = running.wait_for(0)); }));
      if (stopped) return;
    }
  }

  size_t warnings_with(const std::string& part) {
    std::lock_guard guard(mutex);
    return static_cast<size_t>(std::count_if(warnings.begin(), warnings.end(), [&](const std::string& text) {
      return text.find(part) != std::string::npos;
    }));
  }
};

} // namespace

TEST_CASE("A store that fills up warns once, with figures and the way out, and the job goes on") {
  rig r(6200);
  auto job = r.start("hoard_all");
  REQUIRE(job.ok());
  r.feed(**job, 200);
  CHECK((*job)->wait().ok());
  CHECK(r.warnings.size() == 1);
  CHECK(r.warnings_with("hoarding: the state uses 5.") == 1);
  CHECK(r.warnings_with("MiB of its quota of 8 MiB (7") == 1);
  CHECK(r.warnings_with("the largest part by 'hoard_all' (") == 1);
  CHECK(r.warnings_with("raise state.quota") == 1);
  const auto figures = (*job)->figures();
  CHECK(figures.quota_bytes == 8 * mebibyte);
  CHECK(figures.stored_bytes > 6200 * entry_bytes);
  CHECK(figures.stored_bytes < figures.quota_bytes);
}

TEST_CASE(
    "A state too large for its quota stops the job with all it acknowledged committed, and a larger quota goes on") {
  rig r(12'000);
  {
    auto job = r.start("hoard_all");
    REQUIRE(job.ok());
    r.feed(**job, 200);
    const auto outcome = (*job)->wait();
    const auto last = std::to_string((*job)->figures().last_epoch);
    CHECK(outcome.code() == errc::store_full);
    INFO(outcome.to_string());
    CHECK(outcome.message().find(" more than there is: ") != std::string_view::npos);
    CHECK(outcome.message().find("of state.quota, 8 MiB, are used") != std::string_view::npos);
    CHECK(outcome.message().find("the largest part by 'hoard_all' (") != std::string_view::npos);
    CHECK(outcome.message().find("raise state.quota") != std::string_view::npos);
    CHECK(outcome.message().find("the job goes on from epoch " + last + ", nothing is lost") != std::string_view::npos);
    CHECK(r.into->rows == 0);
  }
  const uint64_t committed = r.control->committed;
  // A tenth is kept, and is what the last epoch went into.
  CHECK(committed > 6500);
  CHECK(committed < 8000);
  SECTION("the same quota: stops again, and loses nothing") {
    auto job = r.start("hoard_all");
    REQUIRE(job.ok());
    r.feed(**job, 200);
    CHECK((*job)->wait().code() == errc::store_full);
    CHECK(r.control->committed >= committed);
  }
  r.options.state_quota_bytes = 64 * mebibyte;
  auto job = r.start("hoard_all");
  REQUIRE(job.ok());
  r.feed(**job, 1000);
  CHECK((*job)->wait().ok());
  CHECK(r.into->values == std::vector<int64_t>{12'000, 12'000});
}

TEST_CASE("A full store keeps enough to drain") {
  rig r(12'000);
  r.options.epoch_interval_us = int64_t{3600} * 1000000;
  r.control->urgent = true;
  auto job = r.start("hoard_all");
  REQUIRE(job.ok());
  // Up to between the second and the third step of the ladder.
  for (uint64_t at = 200; (*job)->figures().stored_bytes < 7 * mebibyte; at += 200) {
    r.control->allow(at);
    REQUIRE(eventually([&] { return r.control->committed == at; }));
  }
  // What arrives with the drain would not fit an epoch of the everyday kind.
  const uint64_t before = r.control->committed;
  r.control->urgent = false;
  r.control->allow(before + 400);
  REQUIRE(eventually([&] { return r.control->polled == before + 400; }));
  (*job)->drain();
  const auto outcome = (*job)->wait();
  INFO(outcome.to_string());
  CHECK(outcome.ok());
  CHECK(r.control->committed == before + 400);
}

TEST_CASE("A state that comes and goes lives within a quota it would fill many times over") {
  rig r(60'000);
  auto job = r.start("hoard_3000");
  REQUIRE(job.ok());
  r.feed(**job, 300);
  const auto outcome = (*job)->wait();
  INFO(outcome.to_string());
  CHECK(outcome.ok());
  CHECK(r.into->values == std::vector<int64_t>{60'000, 3000});
}

namespace {

// A small file system of the test's own; absent where this user may not mount.
class small_disk {
 public:
  explicit small_disk(const std::string& path) : path_(path) {
    std::filesystem::create_directory(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=64m") == 0;
  }
  ~small_disk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  // Leaves `bytes` free.
  void fill_up_to(uint64_t bytes) {
    struct statvfs space {};
    REQUIRE(statvfs(path_.c_str(), &space) == 0);
    uint64_t free_bytes = uint64_t{space.f_bavail} * space.f_bsize;
    std::ofstream(path_ + "/ballast") << std::string(free_bytes > bytes ? free_bytes - bytes : 0, 'b');
  }
  void make_room() { std::filesystem::remove(path_ + "/ballast"); }

 private:
  std::string path_;
  bool mounted_ = false;
};

} // namespace

TEST_CASE("A full disk pauses reading without acknowledging anything, and room made lets it go on by itself") {
  rig r(3000);
  small_disk disk(r.dir.path() + "/disk");
  if (!disk.mounted()) {
    WARN("skipped: mounting a small tmpfs needs root");
    return;
  }
  r.options.state_dir = r.dir.path() + "/disk/state";
  auto job = r.start("hoard_all");
  REQUIRE(job.ok());
  r.control->allow(500);
  REQUIRE(eventually([&] { return r.control->committed == 500; }));
  disk.fill_up_to(mebibyte / 2);
  r.control->allow(1000);
  REQUIRE(eventually([&] { return r.warnings_with("reading pauses and nothing is acknowledged") == 1; }));
  CHECK(r.warnings_with("the disk has") == 1);
  SECTION("room is made") {
    r.control->allow(UINT64_MAX);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(r.control->committed == 500);
    // Whatever the sources were allowed: they are held.
    CHECK(r.control->polled < 3000);
    disk.make_room();
    const auto outcome = (*job)->wait();
    INFO(outcome.to_string());
    CHECK(outcome.ok());
    CHECK(r.warnings_with("reading goes on") == 1);
    CHECK(r.warnings_with("reading pauses") == 1);
    CHECK(r.into->values == std::vector<int64_t>{3000, 3000});
  }
  SECTION("the job is drained: it says what is missing, and loses nothing") {
    (*job)->drain();
    const auto outcome = (*job)->wait();
    CHECK(outcome.code() == errc::no_space);
    CHECK(outcome.message().find("Free some, and start again: the job goes on from epoch") != std::string_view::npos);
    CHECK(r.control->committed == 500);
    job->reset();
    disk.make_room();
    r.go_on_to_the_end();
  }
}

TEST_CASE("A disk that fills up while an epoch is being written pauses the job, and room made lets it go on") {
  rig r(3000);
  auto job = r.start("hoard_all");
  REQUIRE(job.ok());
  r.control->allow(500);
  REQUIRE(eventually([&] { return r.control->committed == 500; }));
  auto disk = std::make_unique<testing::filling_disk>(r.options.state_dir, 20'000, 1024 * mebibyte);
  r.control->allow(1000);
  REQUIRE(eventually([&] { return r.warnings_with("reading pauses and nothing is acknowledged") == 1; }));
  CHECK(disk->refused() > 0);
  CHECK(r.warnings_with("the disk is full; the state is that of epoch ") == 1);
  CHECK(r.control->committed == 500);
  SECTION("room is made") {
    r.control->allow(UINT64_MAX);
    disk.reset();
    const auto outcome = (*job)->wait();
    INFO(outcome.to_string());
    CHECK(outcome.ok());
    CHECK(r.warnings_with("reading goes on") == 1);
    CHECK(r.into->values == std::vector<int64_t>{3000, 3000});
  }
  SECTION("the job is drained, and started when there is room") {
    (*job)->drain();
    CHECK((*job)->wait().code() == errc::no_space);
    CHECK(r.control->committed == 500);
    job->reset();
    disk.reset();
    r.go_on_to_the_end();
  }
}
