#include <catch2/catch.hpp>

#include <set>

#include "table_rig.hpp"

namespace levada::connectors {
void register_datagen(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

struct datagen_rig : table_rig {
  datagen_rig() { connectors::register_datagen(formats); }
  result<std::unique_ptr<source>> make() { return formats.connector("datagen")->make_source(reading()); }
  std::unique_ptr<source> open(std::string_view position = {}) {
    auto made = make();
    REQUIRE(made.error().to_string() == "ok");
    REQUIRE((*made)->open(position).ok());
    return std::move(*made);
  }
};

} // namespace

TEST_CASE("datagen emits what is due and sleeps until the next row") {
  datagen_rig rig;
  rig.columns = {{{"n", data_type::bigint()}, ""}};
  rig.options = table_options{
      {{"rows-per-second", "10"}, {"fields.n.kind", "sequence"}, {"fields.n.start", "5"}, {"fields.n.end", "8"}}};
  auto source = rig.open();
  auto spec = rig.reading();
  auto first = poll_all(*source, spec);
  CHECK(first.rows == std::vector<std::string>{"5"});
  CHECK(first.last == poll_state::idle);
  CHECK(source->wait().deadline_us == 100'000);
  rig.clock.advance_us(99'999);
  CHECK(poll_all(*source, spec).rows.empty());
  rig.clock.advance_us(100'001);
  CHECK(poll_all(*source, spec).rows == std::vector<std::string>{"6", "7"});
  rig.clock.advance_us(100'000);
  auto last = poll_all(*source, spec);
  CHECK(last.rows == std::vector<std::string>{"8"});
  CHECK(last.last == poll_state::finished);
}

TEST_CASE("datagen gives the same rows again after a restart") {
  datagen_rig rig;
  rig.columns = {{{"b", data_type::boolean()}, ""},
                 {{"s", data_type::string()}, ""},
                 {{"d", data_type::decimal(10, 2)}, ""},
                 {{"t", data_type::timestamp(3)}, ""},
                 {{"a", data_type::array(data_type::integer())}, ""},
                 {{"m", data_type::map(data_type::string(), data_type::float64())}, ""},
                 {{"r", data_type::row({{"x", data_type::tinyint()}, {"y", data_type::varbinary()}})}, ""}};
  rig.options = table_options{{{"number-of-rows", "100"},
                               {"rows-per-second", "1000000"},
                               {"fields.s.length", "20"},
                               {"fields.s.var-len", "true"},
                               {"fields.s.null-rate", "0.2"},
                               {"fields.t.max-past", "1 h"},
                               {"fields.r.x.min", "-3"},
                               {"fields.r.x.max", "3"}}};
  auto spec = rig.reading();
  auto source = rig.open();
  rig.clock.advance_us(1'000);
  auto first = poll_all(*source, spec, 10, 40);
  REQUIRE(first.rows.size() == 40);
  std::string position = source->position();
  auto rest = poll_all(*source, spec);
  REQUIRE(rest.rows.size() == 60);
  rig.clock.advance_us(3'600'000'000);
  auto again = rig.open(position);
  rig.clock.advance_us(1'000);
  CHECK(poll_all(*again, spec).rows == rest.rows);
  std::set<std::string> different(rest.rows.begin(), rest.rows.end());
  CHECK(different.size() == 60);
}

TEST_CASE("datagen keeps within min, max and length") {
  datagen_rig rig;
  rig.columns = {{{"i", data_type::integer()}, ""}, {{"s", data_type::string()}, ""}};
  rig.options = table_options{
      {{"number-of-rows", "1000"}, {"fields.i.min", "-2"}, {"fields.i.max", "2"}, {"fields.s.length", "3"}}};
  auto source = rig.open();
  rig.clock.advance_us(1'000'000);
  auto all = poll_all(*source, rig.reading());
  REQUIRE(all.rows.size() == 1000);
  std::set<std::string> integers;
  for (const auto& row : all.rows) {
    integers.insert(row.substr(0, row.find(',')));
    CHECK(row.size() - row.find(' ') - 1 == 3);
  }
  CHECK(integers == std::set<std::string>{"-2", "-1", "0", "1", "2"});
}

TEST_CASE("datagen options that make no sense are refused") {
  auto code = [](const data_type& type, std::map<std::string, std::string> options) {
    datagen_rig rig;
    rig.columns = {{{"v", type}, ""}};
    rig.options = table_options{std::move(options)};
    return rig.make().error().code();
  };
  CHECK(code(data_type::integer(), {{"fields.v.kind", "sequence"}}) == errc::missing_option);
  CHECK(code(data_type::integer(), {{"fields.v.kind", "zigzag"}}) == errc::invalid_option);
  CHECK(code(data_type::integer(), {{"fields.v.min", "2"}, {"fields.v.max", "1"}}) == errc::invalid_option);
  CHECK(code(data_type::tinyint(), {{"fields.v.max", "128"}}) == errc::invalid_option);
  CHECK(code(data_type::integer(), {{"rows-per-second", "0"}}) == errc::invalid_option);
  CHECK(code(data_type::integer(), {{"fields.v.null-rate", "2"}}) == errc::invalid_option);
  CHECK(code(data_type::timestamp(), {{"fields.v.kind", "sequence"}, {"fields.v.start", "1"}, {"fields.v.end", "2"}}) ==
        errc::unsupported);
}
