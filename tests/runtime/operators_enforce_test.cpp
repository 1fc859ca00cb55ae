#include <catch2/catch.hpp>

#include "tests/runtime/operator_harness.hpp"

using namespace levada;
using namespace levada::testing;

namespace {

operator_spec enforcing(schema shape, std::map<std::string, std::string> options = {}) {
  operator_spec spec;
  spec.kind = "enforce";
  spec.id = "enforce";
  spec.inputs = {shape};
  spec.output = std::move(shape);
  spec.options = std::move(options);
  return spec;
}

schema numbers_and_text() {
  return schema{{{"n", data_type::integer().not_null()}, {"s", data_type::varchar(3)}, {"c", data_type::character(4)}}};
}

status fail_on(const data_type& type, const column_ptr& value) {
  auto spec = enforcing(schema{{{"v", type}}}, {{"type-length", "error"}, {"table", "t"}});
  harness h{spec};
  batch in;
  in.rows = value->size();
  in.columns = {value};
  return h.chained().process(std::move(in), 0, 0);
}

} // namespace

TEST_CASE("NULL in a NOT NULL column fails with Flink's text and the table") {
  harness h{enforcing(numbers_and_text(), {{"table", "t"}})};
  auto s = h.feed({{{1, "a", "b"}}, {{null, "a", "b"}}}, 10);
  CHECK(s.code() == errc::not_null_violation);
  CHECK(s.message() ==
        "enforce: table 't': Column 'n' is NOT NULL, however, a null value is being written into it. You can set "
        "job configuration 'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop "
        "such records silently.");
}

TEST_CASE("such rows are dropped when asked, and only those") {
  harness h{enforcing(numbers_and_text(), {{"not-null", "drop"}})};
  REQUIRE(h.feed({{{1, null, "b"}, 5}, {{null, "a", "b"}, 6}, {{3, "a", "b"}}}, 10).ok());
  CHECK(h.out().settled() == lines{"+I[1, null, b]", "~ 6", "+I[3, a, b]"});
  CHECK(h.op().counters().rows_out == 2);
}

TEST_CASE("a row that is not selected breaks no constraint") {
  harness h{enforcing(numbers_and_text())};
  auto shape = numbers_and_text();
  batch_builder rows{shape, watermark_none};
  for (const cell& n : {cell{null}, cell{int64_t{2}}}) {
    push_cell(rows.at(0), n);
    push_cell(rows.at(1), "x");
    push_cell(rows.at(2), "y");
    rows.end_row();
  }
  batch in = rows.take();
  in.selection = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{1});
  const auto s = h.chained().process(std::move(in), 0, 0);
  REQUIRE(s.ok());
  CHECK(h.out().rows() == lines{"+I[2, x, y]"});
}

TEST_CASE("lengths are left alone unless asked, trimmed and padded, or an error") {
  std::vector<input_row> rows{
      {{1, "abcd", "ab"}}, {{2, null, "abcdefg"}}, {{3, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\xc3\xa9"}}};
  SECTION("ignore") {
    harness h{enforcing(numbers_and_text())};
    REQUIRE(h.feed(rows, 10).ok());
    CHECK(h.out().rows()[0] == "+I[1, abcd, ab]");
  }
  SECTION("trim_pad") {
    harness h{enforcing(numbers_and_text(), {{"type-length", "trim_pad"}})};
    REQUIRE(h.feed(rows, 10).ok());
    CHECK(h.out().rows() ==
          lines{"+I[1, abc, ab  ]", "+I[2, null, abcd]", "+I[3, \xc3\xa9\xc3\xa9\xc3\xa9, \xc3\xa9   ]"});
  }
  SECTION("error") {
    harness h{enforcing(numbers_and_text(), {{"type-length", "error"}})};
    auto s = h.feed(rows, 10);
    CHECK(s.code() == errc::value_out_of_range);
    CHECK(s.message().find("Column 's' is VARCHAR(3), however, a string of length 4 is being written") !=
          std::string::npos);
  }
}

TEST_CASE("constraints inside rows, arrays and maps are named by their path") {
  auto inner = data_type::row({{"x", data_type::integer().not_null()}});
  auto in_row = data_type::row({{"y", inner}});
  auto row_value = std::make_shared<column>(in_row, 1);
  row_value->children()[0].resize(1);
  row_value->children()[0].children()[0].set_null(0);
  auto s = fail_on(in_row, row_value);
  CHECK(s.code() == errc::not_null_violation);
  CHECK(s.message().find("Column 'v.y.x' is NOT NULL") != std::string::npos);

  auto list = data_type::array(data_type::varchar(2));
  auto list_value = std::make_shared<column>(list, 0);
  list_value->resize(0);
  list_value->children()[0].push_string("ab");
  list_value->children()[0].push_string("abc");
  list_value->push(list_ref{0, 2});
  s = fail_on(list, list_value);
  CHECK(s.code() == errc::value_out_of_range);
  CHECK(s.message().find("Column 'v[2]' is VARCHAR(2)") != std::string::npos);
}

TEST_CASE("trimming inside a collection is refused when the operator opens") {
  auto spec = enforcing(schema{{{"v", data_type::array(data_type::varchar(2))}}}, {{"type-length", "trim_pad"}});
  auto plugins = harness::plugins();
  collector out;
  CHECK(chain::make({&spec, 1}, *plugins, {}, {1}, out).error().code() == errc::unsupported);
}
