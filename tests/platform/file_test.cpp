#include "platform/file.hpp"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "platform/faulty_files.hpp"
#include "tests/temporary_directory.hpp"

namespace levada {
namespace {

std::string contents(file_system& files, const std::string& path) {
  auto opened = files.open(path, open_mode::read);
  REQUIRE(opened.ok());
  std::string bytes(1 << 16, '\0');
  auto got = (*opened)->read(bytes);
  REQUIRE(got.ok());
  bytes.resize(*got);
  return bytes;
}

TEST_CASE("what is written is read back, whole and in parts") {
  local_files files;
  const temporary_directory at;
  const auto path = at.path() + "/a";
  auto out = files.open(path, open_mode::write_new);
  REQUIRE(out.ok());
  REQUIRE((*out)->write("hello ").ok());
  REQUIRE((*out)->write("world").ok());
  REQUIRE((*out)->write_at(0, "J").ok());
  REQUIRE((*out)->sync_data().ok());
  CHECK(contents(files, path) == "Jello world");
  char part[3];
  auto got = (*out)->read_at(9, part);
  REQUIRE(got.ok());
  CHECK(std::string_view(part, *got) == "ld");
}

TEST_CASE("an append follows a truncation without a hole") {
  local_files files;
  const temporary_directory at;
  const auto path = at.path() + "/a";
  auto out = files.open(path, open_mode::append_or_create);
  REQUIRE(out.ok());
  REQUIRE((*out)->write("committed, torn").ok());
  REQUIRE((*out)->truncate(10).ok());
  REQUIRE((*out)->write("next").ok());
  CHECK(contents(files, path) == "committed,next");
}

TEST_CASE("errors carry their number and the path") {
  local_files files;
  const temporary_directory at;
  const auto missing = files.open(at.path() + "/none", open_mode::read);
  CHECK(missing.error().code() == errc::not_found);
  CHECK(missing.error().message().find("/none: No such file") != std::string_view::npos);
  REQUIRE(files.open(at.path() + "/a", open_mode::write_new).ok());
  CHECK(files.open(at.path() + "/a", open_mode::write_new).error().code() == errc::already_exists);
  CHECK(files.make_directories(at.path() + "/a/b").code() == errc::not_found);
}

TEST_CASE("directories are made with their parents, and listed sorted") {
  local_files files;
  const temporary_directory at;
  REQUIRE(files.make_directories(at.path() + "/x/y//z/").ok());
  REQUIRE(files.make_directories(at.path() + "/x/y/z").ok());
  REQUIRE(files.open(at.path() + "/x/b", open_mode::write_new).ok());
  REQUIRE(files.rename(at.path() + "/x/b", at.path() + "/x/a").ok());
  auto names = files.list(at.path() + "/x");
  REQUIRE(names.ok());
  CHECK(*names == std::vector<std::string>{"a", "y"});
  auto info = files.info(at.path() + "/x/y/z");
  REQUIRE(info.ok());
  CHECK(info->directory);
}

TEST_CASE("a locked file cannot be locked again, not even by the same process") {
  local_files files;
  const temporary_directory at;
  auto first = files.open(at.path() + "/lock", open_mode::write_or_create);
  auto second = files.open(at.path() + "/lock", open_mode::write_or_create);
  REQUIRE((*first)->try_lock().ok());
  CHECK((*second)->try_lock().code() == errc::would_block);
  first->reset();
  CHECK((*second)->try_lock().ok());
}

TEST_CASE("a faulty disk is full after the planned bytes and keeps what fitted") {
  disk_faults faults;
  faulty_files files(faults);
  const temporary_directory at;
  auto out = files.open(at.path() + "/a", open_mode::write_new);
  REQUIRE(out.ok());
  faults.writable_bytes = 8;
  CHECK((*out)->write("12345").ok());
  CHECK((*out)->write("67890").code() == errc::no_space);
  CHECK(contents(files, at.path() + "/a") == "12345678");
  faults.syncs_before_error = 1;
  CHECK((*out)->sync_data().ok());
  CHECK((*out)->sync_data().code() == errc::io_error);
  faults.free_bytes = 4096;
  auto space = files.space(at.path());
  REQUIRE(space.ok());
  CHECK(space->free_bytes == 4096);
}

} // namespace
} // namespace levada
