#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "platform/directory_watch.hpp"
#include "platform/socket.hpp"
#include "table_rig.hpp"
#include "tests/temporary_directory.hpp"

namespace levada::formats {
void register_json(registry& into);
}
namespace levada::connectors {
void register_filesystem(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

struct filesystem_rig : table_rig {
  temporary_directory directory;
  std::map<std::string, std::string> with{{"format", "json"}};

  filesystem_rig() {
    formats::register_json(formats);
    connectors::register_filesystem(formats);
    columns = {{{"a", data_type::bigint()}, ""}};
    with["path"] = directory.path() + "/in";
    std::filesystem::create_directories(with["path"]);
  }
  std::string file(const std::string& name) { return directory.path() + "/in/" + name; }
  void put(const std::string& name, const std::string& text, bool append = false) {
    std::ofstream(file(name), append ? std::ios::app : std::ios::trunc) << text;
  }
  result<std::unique_ptr<source>> make() {
    options = table_options{with};
    return formats.connector("filesystem")->make_source(reading());
  }
  std::unique_ptr<source> open(std::string_view position = {}) {
    auto made = make();
    REQUIRE(made.error().to_string() == "ok");
    REQUIRE((*made)->open(position).to_string() == "ok");
    return std::move(*made);
  }
  polled poll(source& from, uint32_t batch_rows = 4096, size_t rows_max = SIZE_MAX) {
    return poll_all(from, reading(), batch_rows, rows_max);
  }
};

std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "{\"a\":" + std::to_string(i) + "}\n";
  return text;
}

} // namespace

TEST_CASE("filesystem reads a directory's files in order of their paths and then ends") {
  filesystem_rig rig;
  rig.put("b.json", "{\"a\":2}\n");
  rig.put("a.json", "{\"a\":1}");
  rig.put(".hidden", "{\"a\":8}\n");
  rig.put("_hidden", "{\"a\":9}\n");
  rig.put("empty", "");
  std::filesystem::create_directory(rig.file("c"));
  rig.put("c/x", "{\"a\":3}\n");
  auto source = rig.open();
  auto all = rig.poll(*source);
  CHECK(all.rows == texts{"1", "2", "3"});
  CHECK(all.last == poll_state::finished);
  CHECK(source->counters().rows == 3);
  CHECK(source->counters().bytes == source->counters().bytes_total);
}

TEST_CASE("filesystem goes on behind the row at which its position was taken") {
  filesystem_rig rig;
  rig.put("a", numbered(0, 20000));
  rig.put("b", numbered(20000, 20010));
  auto whole = rig.poll(*rig.open());
  REQUIRE(whole.rows.size() == 20010);
  for (size_t stop : {1, 7, 19999, 20000, 20003, 20010}) {
    auto first = rig.open();
    auto before = rig.poll(*first, 1, stop);
    REQUIRE(before.rows.size() == stop);
    auto after = rig.poll(*rig.open(first->position()));
    CHECK(after.last == poll_state::finished);
    CHECK(after.rows == texts(whole.rows.begin() + static_cast<std::ptrdiff_t>(stop), whole.rows.end()));
  }
}

TEST_CASE("filesystem refuses to go on in a file that was replaced") {
  filesystem_rig rig;
  rig.put("a", numbered(0, 100));
  auto first = rig.open();
  rig.poll(*first, 1, 10);
  std::string position = first->position();
  rig.put("a", numbered(500, 700));
  auto source = rig.open(position);
  CHECK(rig.poll(*source).error.code() == errc::state_mismatch);
}

TEST_CASE("filesystem names the path that is missing") {
  filesystem_rig rig;
  rig.with["path"] = "/no/such/place";
  auto made = rig.make();
  REQUIRE(made.ok());
  status s = (*made)->open("");
  CHECK(s.code() == errc::not_found);
  CHECK(std::string(s.message()).find("/no/such/place") != std::string::npos);
  rig.with["path"] = "s3://bucket/key";
  CHECK(rig.make().error().code() == errc::unsupported);
}

TEST_CASE("filesystem tells file and byte of a malformed record and keeps the rows before it") {
  filesystem_rig rig;
  rig.put("a", numbered(0, 50000) + "{\"a\":}\n");
  auto all = rig.poll(*rig.open());
  CHECK(all.rows.size() == 50000);
  CHECK(all.error.code() == errc::malformed_record);
  std::string expected = "'" + rig.file("a") + "': byte " + std::to_string(numbered(0, 50000).size()) + ": ";
  CHECK(std::string(all.error.message()).rfind(expected, 0) == 0);
}

TEST_CASE("filesystem counts the records it skips") {
  filesystem_rig rig;
  rig.with["json.ignore-parse-errors"] = "true";
  rig.put("a", "{\"a\":1}\nnoise\n{\"a\":2}\n");
  auto source = rig.open();
  CHECK(rig.poll(*source).rows == texts{"1", "2"});
  CHECK(source->counters().malformed == 1);
}

TEST_CASE("filesystem reads records longer than a chunk") {
  filesystem_rig rig;
  rig.put("a", "{\"b\":\"" + std::string(3'000'000, 'x') + "\",\"a\":1}\n{\"a\":2}\n");
  CHECK(rig.poll(*rig.open()).rows == texts{"1", "2"});
  rig.put("a", std::string(record_bytes_max + 1, ' ') + "{\"a\":2}\n");
  CHECK(rig.poll(*rig.open()).error.code() == errc::malformed_record);
}

TEST_CASE("filesystem gives each row the metadata of its file") {
  filesystem_rig rig;
  rig.columns = {{{"name", data_type::string()}, "file.name"},
                 {{"a", data_type::bigint()}, ""},
                 {{"path", data_type::string()}, "file.path"},
                 {{"size", data_type::bigint()}, "file.size"}};
  rig.put("a", "{\"a\":1}\n{\"a\":2}\n");
  rig.put("b", "{\"a\":3}\n");
  CHECK(rig.poll(*rig.open()).rows ==
        texts{"a, 1, " + rig.file("a") + ", 16", "a, 2, " + rig.file("a") + ", 16", "b, 3, " + rig.file("b") + ", 8"});
}

TEST_CASE("filesystem reads only the paths that match the pattern") {
  filesystem_rig rig;
  rig.with["source.path.regex-pattern"] = ".*/x[0-9]";
  rig.put("x1", "{\"a\":1}\n");
  rig.put("x10", "{\"a\":2}\n");
  CHECK(rig.poll(*rig.open()).rows == texts{"1"});
  rig.with["source.path.regex-pattern"] = "(";
  CHECK(rig.make().error().code() == errc::invalid_option);
}

TEST_CASE("a watched directory yields new files, growth and, once it stands still, a last line without end") {
  filesystem_rig rig;
  rig.with["source.monitor-interval"] = "1 s";
  rig.put("a", "{\"a\":1}\n{\"a\":2");
  auto source = rig.open();
  auto first = rig.poll(*source);
  CHECK(first.rows == texts{"1"});
  CHECK(first.last == poll_state::idle);
  CHECK(source->wait().deadline_us == 1'000'000);
  rig.put("a", "2}\n{\"a\":3", true);
  rig.put("b", "{\"a\":4}\n");
  CHECK(rig.poll(*source).rows.empty());
  rig.clock.advance_us(1'000'000);
  CHECK(rig.poll(*source).rows == texts{"22", "4"});
  rig.put("a", "}", true);
  rig.clock.advance_us(1'000'000);
  CHECK(rig.poll(*source).rows.empty());
  auto again = rig.open(source->position());
  CHECK(rig.poll(*again).rows.empty());
  rig.clock.advance_us(1'000'000);
  CHECK(rig.poll(*again).rows == texts{"3"});
  rig.clock.advance_us(1'000'000);
  CHECK(rig.poll(*again).rows.empty());
  std::filesystem::remove(rig.file("a"));
  rig.put("a", "{\"a\":7}\n");
  rig.clock.advance_us(1'000'000);
  CHECK(rig.poll(*again).rows == texts{"7"});
}

TEST_CASE("a watched directory in which nothing happens wakes nobody, and any change is seen") {
  filesystem_rig rig;
  rig.with["source.monitor-interval"] = "1 s";
  rig.put("a", "{\"a\":1}\n");
  std::filesystem::create_directories(rig.file("deep/er"));
  std::ofstream(rig.directory.file("elsewhere")) << "{\"a\":2}\n";
  std::filesystem::create_symlink(rig.directory.file("elsewhere"), rig.file("link"));
  auto source = rig.open();
  CHECK(rig.poll(*source).rows == texts{"1", "2"});
  const auto asleep = [&] {
    const auto wait = source->wait();
    return wait.deadline_us < 0 && !wait_for(wait.descriptor, wait.events, 0);
  };
  CHECK(asleep());
  // Not before the interval is over, and no waking in between.
  rig.put("e", "{\"a\":0}\n");
  CHECK(rig.poll(*source).rows.empty());
  CHECK(source->wait().descriptor == -1);
  CHECK(source->wait().deadline_us == 1'000'000);
  const auto seen_after = [&](const auto& change) {
    change();
    const auto wait = source->wait();
    CHECK(wait_for(wait.descriptor, wait.events, 0));
    rig.clock.advance_us(1'000'000);
    auto rows = rig.poll(*source).rows;
    // What is written while it is read may be looked at once more.
    rig.clock.advance_us(1'000'000);
    CHECK(rig.poll(*source).rows.empty());
    CHECK(asleep());
    return rows;
  };
  rig.clock.advance_us(1'000'000);
  CHECK(rig.poll(*source).rows == texts{"0"});
  CHECK(seen_after([&] { rig.put("a", "{\"a\":3}\n", true); }) == texts{"3"});
  CHECK(seen_after([&] { rig.put("deep/er/b", "{\"a\":4}\n"); }) == texts{"4"});
  CHECK(seen_after([&] { std::ofstream(rig.directory.file("elsewhere"), std::ios::app) << "{\"a\":5}\n"; }) ==
        texts{"5"});
  CHECK(seen_after([&] { std::filesystem::rename(rig.file("a"), rig.file("c")); }) == texts{"1", "3"});
  CHECK(seen_after([&] { std::filesystem::create_directories(rig.file("new")); }).empty());
  CHECK(seen_after([&] { rig.put("new/d", "{\"a\":6}\n"); }) == texts{"6"});
  CHECK(seen_after([&] { std::filesystem::remove_all(rig.file("deep")); }).empty());
}

TEST_CASE("a watched file that is replaced is read anew") {
  filesystem_rig rig;
  rig.with["source.monitor-interval"] = "1 s";
  rig.with["path"] = rig.file("a");
  rig.put("a", "{\"a\":1}\n");
  auto source = rig.open();
  CHECK(rig.poll(*source).rows == texts{"1"});
  rig.put("b", "{\"a\":2}\n");
  std::filesystem::rename(rig.file("b"), rig.file("a"));
  const auto wait = source->wait();
  CHECK(wait_for(wait.descriptor, wait.events, 0));
  rig.clock.advance_us(1'000'000);
  CHECK(rig.poll(*source).rows == texts{"2"});
}

TEST_CASE("where the kernel does not tell of changes a watched directory is looked at every interval") {
  filesystem_rig rig;
  rig.with["source.monitor-interval"] = "1 s";
  rig.with["path"] = "/proc/sys/kernel/random";
  rig.with["source.path.regex-pattern"] = "none of them";
  auto source = rig.open();
  for (int i = 1; i < 4; ++i) {
    CHECK(rig.poll(*source).rows.empty());
    CHECK(source->wait().descriptor == -1);
    CHECK(source->wait().deadline_us == i * 1'000'000);
    rig.clock.advance_us(1'000'000);
  }
}
