#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "table_rig.hpp"
#include "tests/temporary_directory.hpp"

namespace levada::formats {
void register_csv(registry& into);
}
namespace levada::connectors {
void register_filesystem(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

struct sink_rig : table_rig {
  temporary_directory directory;
  std::map<std::string, std::string> with{{"format", "csv"}};

  sink_rig() {
    formats::register_csv(formats);
    connectors::register_filesystem(formats);
    columns = {{{"a", data_type::integer()}, ""}};
    with["path"] = directory.path() + "/out";
  }
  std::unique_ptr<sink> open(std::string_view position, delivery guarantee = delivery::exactly_once) {
    options = table_options{with};
    auto made = formats.connector("filesystem")->make_sink(writing(guarantee));
    REQUIRE(made.error().to_string() == "ok");
    REQUIRE((*made)->open(position).to_string() == "ok");
    return std::move(*made);
  }
  static void write(sink& to, int from, int until) {
    decode_target rows = make_target({{"a", data_type::integer()}});
    for (int i = from; i < until; ++i) rows.columns[0].push<int32_t>(i);
    rows.rows = static_cast<uint32_t>(until - from);
    const batch made = make_batch(std::move(rows));
    REQUIRE(to.write(made).to_string() == "ok");
  }
  // An epoch: its position, committed.
  static std::string commit(sink& to) {
    REQUIRE(to.flush().to_string() == "ok");
    std::string position = to.position();
    to.committed(position);
    return position;
  }
  // All visible files, in order of their names' numbers.
  std::string content() const {
    std::map<int, std::string> parts;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path() + "/out")) {
      std::string name = entry.path().filename();
      if (name.front() == '.') continue;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      parts[std::atoi(name.substr(name.rfind('-') + 1).c_str())] += text.str();
    }
    std::string all;
    for (const auto& part : parts) all += part.second;
    return all;
  }
  size_t visible_files() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path() + "/out")) {
      count += entry.path().filename().string().front() != '.';
    }
    return count;
  }
};

std::string lines(int from, int until) {
  std::string text;
  for (int i = from; i < until; ++i) text += std::to_string(i) + "\n";
  return text;
}

} // namespace

TEST_CASE("an exactly-once filesystem sink shows nothing before the first commit") {
  sink_rig rig;
  auto sink = rig.open("");
  rig.write(*sink, 0, 3);
  CHECK(rig.visible_files() == 0);
  std::string position = rig.commit(*sink);
  CHECK(rig.content() == lines(0, 3));
}

TEST_CASE("an exactly-once filesystem sink takes back what was not committed") {
  sink_rig rig;
  std::string position;
  for (int round = 0; round < 5; ++round) {
    auto sink = rig.open(position);
    rig.write(*sink, round * 10, round * 10 + 5);
    // A crash between the commit and the sink hearing of it.
    REQUIRE(sink->flush().ok());
    position = sink->position();
    if (round % 2) sink->committed(position);
    rig.write(*sink, 900, 950);
  }
  auto sink = rig.open(position);
  std::string expected;
  for (int round = 0; round < 5; ++round) expected += lines(round * 10, round * 10 + 5);
  CHECK(rig.content() == expected);
}

TEST_CASE("a crash before the first commit leaves nothing to be seen") {
  sink_rig rig;
  rig.write(*rig.open(""), 0, 10);
  auto sink = rig.open("");
  rig.write(*sink, 0, 3);
  rig.commit(*sink);
  CHECK(rig.content() == lines(0, 3));
}

TEST_CASE("a filesystem sink rolls over by size, and a restart removes uncommitted parts") {
  sink_rig rig;
  rig.with["sink.rolling-policy.file-size"] = "100 b";
  auto sink = rig.open("");
  for (int i = 0; i < 10; ++i) rig.write(*sink, i * 10, i * 10 + 10);
  std::string position = rig.commit(*sink);
  size_t files = rig.visible_files();
  CHECK(files >= 2);
  CHECK(rig.content() == lines(0, 100));
  for (int i = 10; i < 30; ++i) rig.write(*sink, i * 10, i * 10 + 10);
  sink = rig.open(position);
  CHECK(rig.content() == lines(0, 100));
  CHECK(rig.visible_files() == files);
  rig.write(*sink, 100, 120);
  rig.commit(*sink);
  CHECK(rig.content() == lines(0, 120));
}

TEST_CASE("a filesystem sink rolls over after the interval") {
  sink_rig rig;
  rig.with["sink.rolling-policy.rollover-interval"] = "1 min";
  auto sink = rig.open("", delivery::none);
  rig.write(*sink, 0, 1);
  rig.clock.advance_us(59'000'000);
  rig.write(*sink, 1, 2);
  CHECK(rig.visible_files() == 1);
  rig.clock.advance_us(1'000'000);
  rig.write(*sink, 2, 3);
  CHECK(rig.visible_files() == 2);
  CHECK(rig.content() == lines(0, 3));
}

TEST_CASE("without epochs a filesystem sink shows its rows at once, or at the end if exactly once") {
  sink_rig rig;
  auto sink = rig.open("", delivery::at_least_once);
  rig.write(*sink, 0, 2);
  CHECK(rig.content() == lines(0, 2));
  CHECK(sink->close().ok());
  sink_rig other;
  auto hidden = other.open("");
  other.write(*hidden, 0, 2);
  CHECK(other.visible_files() == 0);
  CHECK(hidden->close().ok());
  CHECK(other.content() == lines(0, 2));
}

TEST_CASE("two runs into one directory keep their files apart") {
  sink_rig rig;
  auto first = rig.open("", delivery::none);
  rig.write(*first, 0, 2);
  CHECK(first->close().ok());
  auto second = rig.open("", delivery::none);
  rig.write(*second, 0, 2);
  CHECK(rig.visible_files() == 2);
}

TEST_CASE("sink.file writes one file, anew at a fresh start and on from the position at a restart") {
  sink_rig rig;
  rig.with["sink.file"] = "result.csv";
  auto sink = rig.open("");
  rig.write(*sink, 0, 4);
  std::string position = rig.commit(*sink);
  rig.write(*sink, 4, 8);
  sink.reset();
  sink = rig.open(position);
  rig.write(*sink, 50, 52);
  CHECK(rig.content() == lines(0, 4) + lines(50, 52));
  CHECK(std::filesystem::exists(rig.directory.path() + "/out/result.csv"));
  sink.reset();
  sink = rig.open("");
  CHECK(rig.content().empty());
  rig.with["sink.file"] = "a/b";
  rig.options = table_options{rig.with};
  CHECK(rig.formats.connector("filesystem")->make_sink(rig.writing()).error().code() == errc::invalid_option);
}

TEST_CASE("a filesystem sink refuses to go on in a file that is shorter than committed") {
  sink_rig rig;
  rig.with["sink.file"] = "result.csv";
  auto sink = rig.open("");
  rig.write(*sink, 0, 4);
  std::string position = rig.commit(*sink);
  sink.reset();
  std::filesystem::resize_file(rig.directory.path() + "/out/result.csv", 2);
  rig.options = table_options{rig.with};
  auto made = rig.formats.connector("filesystem")->make_sink(rig.writing());
  CHECK((*made)->open(position).code() == errc::state_mismatch);
}
