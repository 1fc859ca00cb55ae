#include "platform/directory_watch.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "platform/socket.hpp"
#include "tests/temporary_directory.hpp"

using namespace levada;

namespace {

bool told(directory_watch& watch) {
  return wait_for(watch.descriptor(), directory_watch::events(), 0) && watch.drain() && !watch.drain();
}

} // namespace

TEST_CASE("a directory's watch tells of names that come, go or are written to, and of nothing else") {
  const temporary_directory here;
  std::filesystem::create_directory(here.file("below"));
  auto made = directory_watch::make();
  REQUIRE(made.ok());
  directory_watch& watch = **made;
  REQUIRE(watch.add(here.path()).to_string() == "ok");
  REQUIRE(watch.add(here.path()).to_string() == "ok");
  CHECK_FALSE(told(watch));
  here.write("a", "x");
  CHECK(told(watch));
  std::string text;
  std::ifstream(here.file("a")) >> text;
  CHECK_FALSE(told(watch));
  std::filesystem::rename(here.file("a"), here.file("b"));
  CHECK(told(watch));
  here.write("below/c", "x");
  CHECK_FALSE(told(watch));
  std::filesystem::remove(here.file("b"));
  CHECK(told(watch));
}

TEST_CASE("what a link names is watched as well") {
  const temporary_directory here;
  const temporary_directory elsewhere;
  elsewhere.write("a", "x");
  std::filesystem::create_symlink(elsewhere.file("a"), here.file("link"));
  auto made = directory_watch::make();
  REQUIRE(made.ok());
  REQUIRE((*made)->add_link(elsewhere.file("a")).ok());
  elsewhere.write("a", "xy");
  CHECK_FALSE(told(**made));
  REQUIRE((*made)->add_link(here.file("link")).ok());
  elsewhere.write("a", "xyz");
  CHECK(told(**made));
}

TEST_CASE("a place whose changes the kernel may not see is refused") {
  auto made = directory_watch::make();
  REQUIRE(made.ok());
  CHECK((*made)->add("/proc/sys/kernel").code() == errc::unsupported);
  CHECK((*made)->add("/proc/none").code() == errc::not_found);
}
