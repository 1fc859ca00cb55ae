#include <catch2/catch.hpp>

#include "table_rig.hpp"

namespace levada::formats {
void register_raw(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

const format_rig raw{formats::register_raw, "raw"};

decoded read_raw(const data_type& type, bool messages, std::string_view input, option_map options = {}) {
  auto made = raw.make_decoder({{"v", type}}, std::move(options), messages);
  REQUIRE(made.ok());
  return decode_all(**made, {{"v", type}}, input);
}

} // namespace

TEST_CASE("raw takes a message as it is, and lines of a stream") {
  CHECK(read_raw(data_type::string(), true, "a\nb\n").rows == texts{"a\nb\n"});
  CHECK(read_raw(data_type::string(), false, "a\n\nb").rows == texts{"a", "", "b"});
}

TEST_CASE("raw numbers have the width and byte order of their type") {
  CHECK(read_raw(data_type::integer(), true, {"\0\0\1\2", 4}).rows == texts{"258"});
  CHECK(read_raw(data_type::integer(), true, {"\2\1\0\0", 4}, {{"raw.endianness", "little-endian"}}).rows ==
        texts{"258"});
  CHECK(read_raw(data_type::tinyint(), true, "\xff").rows == texts{"-1"});
  CHECK(read_raw(data_type::float64(), true, {"\x3f\xf8\0\0\0\0\0\0", 8}).rows == texts{"1.5"});
  CHECK(read_raw(data_type::integer(), true, "123").error.code() == errc::malformed_record);
  CHECK(read_raw(data_type::smallint(), false, {"\0\n\n\1\1\n", 6}).rows == texts{"10", "257"});
}

TEST_CASE("raw has one column of a plain type and one charset") {
  CHECK(raw.make_decoder({{"a", data_type::string()}, {"b", data_type::string()}}).error().code() == errc::unsupported);
  CHECK(raw.make_decoder({{"a", data_type::timestamp()}}).error().code() == errc::unsupported);
  CHECK(raw.make_decoder({{"a", data_type::string()}}, {{"raw.charset", "GBK"}}).error().code() ==
        errc::invalid_option);
}

TEST_CASE("raw writes what it reads") {
  registry formats;
  formats::register_raw(formats);
  table_options with;
  format_spec spec;
  spec.fields = {{"v", data_type::integer()}};
  spec.options = &with;
  auto encoder = formats.format("raw")->make_encoder(spec);
  REQUIRE(encoder.ok());
  CHECK_FALSE((*encoder)->self_delimiting());
  decode_target rows = make_target(spec.fields);
  rows.columns[0].push<int32_t>(258);
  rows.columns[0].push_null();
  rows.rows = 2;
  std::string out;
  std::vector<size_t> ends;
  const batch made = make_batch(std::move(rows));
  REQUIRE((*encoder)->encode(made, out, &ends).ok());
  CHECK(out == std::string("\0\0\1\2", 4));
  CHECK(ends == std::vector<size_t>{4, 4});
}
