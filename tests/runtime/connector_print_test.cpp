#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "table_rig.hpp"
#include "tests/temporary_directory.hpp"

namespace levada::connectors {
void register_print(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

// What `body` writes to standard output.
template <class F>
std::string standard_output_of(F body) {
  temporary_directory directory;
  int saved = dup(STDOUT_FILENO);
  int file = open(directory.file("out").c_str(), O_CREAT | O_WRONLY, 0600);
  dup2(file, STDOUT_FILENO);
  body();
  dup2(saved, STDOUT_FILENO);
  close(saved);
  close(file);
  std::stringstream text;
  text << std::ifstream(directory.file("out")).rdbuf();
  return text.str();
}

std::string printed(std::map<std::string, std::string> options, const batch& rows) {
  table_rig rig;
  connectors::register_print(rig.formats);
  rig.options = table_options{std::move(options)};
  auto made = rig.formats.connector("print")->make_sink(rig.writing());
  REQUIRE(made.ok());
  status last;
  std::string text = standard_output_of([&] {
    last = (*made)->open("");
    if (last.ok()) last = (*made)->write(rows);
    if (last.ok()) last = (*made)->flush();
  });
  CHECK(last.to_string() == "ok");
  return text;
}

batch two_rows() {
  decode_target rows = make_target({{"a", data_type::integer()}, {"s", data_type::string()}});
  rows.columns[0].push<int32_t>(1);
  rows.columns[1].push_string("x");
  rows.columns[0].push<int32_t>(2);
  rows.columns[1].push_null();
  rows.rows = 2;
  rows.kinds = {row_kind::insert, row_kind::erase};
  return make_batch(std::move(rows));
}

} // namespace

TEST_CASE("print writes each selected row with its kind") {
  CHECK(printed({}, two_rows()) == "+I[1, x]\n-D[2, null]\n");
  batch one = two_rows();
  one.selection = std::make_shared<const std::vector<uint32_t>>(1, 1);
  CHECK(printed({}, one) == "-D[2, null]\n");
}

TEST_CASE("print puts its identifier in front") {
  CHECK(printed({{"print-identifier", "out"}}, two_rows()) == "out> +I[1, x]\nout> -D[2, null]\n");
}

TEST_CASE("print to standard error leaves standard output alone") {
  CHECK(printed({{"standard-error", "true"}}, two_rows()).empty());
}
