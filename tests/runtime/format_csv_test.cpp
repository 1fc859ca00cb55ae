#include <catch2/catch.hpp>

#include <random>

#include "runtime/datetime.hpp"
#include "table_rig.hpp"

namespace levada::formats {
void register_csv(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

const format_rig csv{formats::register_csv, "csv"};

std::unique_ptr<decoder> make_csv(const std::vector<field>& fields, option_map options = {},
                                  std::vector<uint32_t> needed = {}) {
  auto made = csv.make_decoder(fields, std::move(options), false, std::move(needed));
  REQUIRE(made.error().to_string() == "ok");
  return std::move(*made);
}

decoded read_csv(const std::vector<field>& fields, std::string_view input, option_map options = {}) {
  return decode_all(*make_csv(fields, std::move(options)), fields, input);
}

const std::vector<field> three{{"a", data_type::string()}, {"b", data_type::string()}, {"c", data_type::string()}};

// The middle field of "1,TEXT,2".
std::string one_value(const data_type& type, const std::string& text, option_map options = {}) {
  std::vector<field> fields{{"a", data_type::integer()}, {"v", type}, {"z", data_type::integer()}};
  auto all = read_csv(fields, "1," + text + ",2\n", std::move(options));
  if (!all.error.ok()) return code_text(all.error.code());
  if (all.rows.size() != 1) return "no row";
  return all.rows[0].substr(3, all.rows[0].size() - 6);
}

std::string write_text(const std::string& text, option_map options = {}) {
  std::vector<field> fields{{"s", data_type::string()}, {"z", data_type::integer()}};
  decode_target rows = make_target(fields);
  rows.columns[0].push_string(text);
  rows.columns[1].push<int32_t>(9);
  rows.rows = 1;
  std::string line = csv.write(fields, std::move(rows), std::move(options));
  return line.substr(0, line.size() - 3);
}

} // namespace

TEST_CASE("csv reads plain and quoted fields") {
  CHECK(read_csv(three, "1,2,3\r\n\"a,\"\"b\"\"\nc\",,\" x \"\n,,\n4,5,6").rows ==
        texts{"1, 2, 3", "a,\"b\"\nc, ,  x ", ", , ", "4, 5, 6"});
  CHECK(read_csv(three, "a\"b, \"c\",\"d\"  \n").rows == texts{"a\"b,  \"c\", d"});
}

TEST_CASE("csv reads only the needed columns") {
  std::vector<field> fields{{"a", data_type::integer()}, {"b", data_type::integer()}, {"c", data_type::integer()}};
  auto decoder = make_csv(fields, {}, {2});
  auto all = decode_all(*decoder, {fields[2]}, "x,y,3\n,,4\n");
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == texts{"3", "4"});
}

TEST_CASE("csv values are read as Flink reads them") {
  CHECK(one_value(data_type::integer(), " 5 ") == "5");
  CHECK(one_value(data_type::integer(), "\"5\"") == "5");
  CHECK(one_value(data_type::integer(), "1.5") == "LV0300");
  CHECK(one_value(data_type::integer(), "") == "LV0300");
  CHECK(one_value(data_type::string(), "") == "");
  CHECK(one_value(data_type::string(), " a ") == " a ");
  CHECK(one_value(data_type::boolean(), "TRUE") == "true");
  CHECK(one_value(data_type::boolean(), "") == "false");
  CHECK(one_value(data_type::decimal(5, 2), "1.005") == "1.01");
  CHECK(one_value(data_type::decimal(5, 2), "1000") == "null");
  CHECK(one_value(data_type::date(), "1970-1-31") == "30");
  CHECK(one_value(data_type::time(), "00:01") == "60000");
  CHECK(one_value(data_type::timestamp(3), "1970-01-01 00:00:01.5") == "1500000");
  CHECK(one_value(data_type::timestamp(3), "1970-01-01T00:00:01") == "LV0300");
  CHECK(one_value(data_type::timestamp_ltz(3), "1970-01-01 00:00:01Z") == "1000000");
  CHECK(one_value(data_type::varbinary(), "aGk=") == "hi");
  CHECK(one_value(data_type::array(data_type::integer()), "1;2") == "[1, 2]");
  CHECK(one_value(data_type::array(data_type::string()), "a;;b") == "[a, , b]");
  CHECK(one_value(data_type::array(data_type::string()), "") == "[]");
  CHECK(one_value(data_type::array(data_type::string()), "\"x|y\"", {{"csv.array-element-delimiter", "|"}}) ==
        "[x, y]");
  data_type row = data_type::row({{"a", data_type::integer()}, {"b", data_type::string()}});
  CHECK(one_value(row, "1;x") == "(1, x)");
  CHECK(one_value(row, "1") == "LV0300");
  CHECK(one_value(row, "1;x;2") == "LV0300");
}

TEST_CASE("csv.ignore-parse-errors nulls bad fields, fills short records and skips broken ones") {
  option_map ignore{{"csv.ignore-parse-errors", "true"}};
  CHECK(one_value(data_type::integer(), "x", ignore) == "null");
  CHECK(one_value(data_type::array(data_type::integer()), "1;x", ignore) == "[1, null]");
  auto all = read_csv(three, "1,2\n\n1,2,3,4\n\"a\"b,c,d\n5,6,7\n8,\"9", ignore);
  CHECK(all.rows == texts{"1, 2, null", ", null, null", "5, 6, 7"});
  CHECK(all.skipped == 3);
}

TEST_CASE("a malformed csv record names its byte and leaves the rows before it") {
  for (const char* bad : {"1,2\n", "1,2,3,4\n", "\"a\"b,c,d\n", "1,\"2\n", "\n"}) {
    auto all = read_csv(three, std::string("1,2,3\n") + bad);
    CHECK(all.error.code() == errc::malformed_record);
    CHECK(std::string(all.error.message()).rfind("byte 6: ", 0) == 0);
    CHECK(all.rows == texts{"1, 2, 3"});
  }
  CHECK(read_csv(three, "1,2,3,\n").rows == texts{"1, 2, 3"});
}

TEST_CASE("csv dialects") {
  CHECK(read_csv(three, "a;'b;c';d\n", {{"csv.field-delimiter", ";"}, {"csv.quote-character", "'"}}).rows ==
        texts{"a, b;c, d"});
  CHECK(read_csv(three, "a\tb\tc\n", {{"csv.field-delimiter", "\\t"}}).rows == texts{"a, b, c"});
  CHECK(read_csv(three, "\"a\",b\"c,\"d\n", {{"csv.disable-quote-character", "true"}}).rows ==
        texts{"\"a\", b\"c, \"d"});
  CHECK(read_csv(three, "a\\,b,\"x\\\"y\\n\",c\\\\d\n", {{"csv.escape-character", "\\"}}).rows ==
        texts{"a,b, x\"y\n, c\\d"});
  CHECK(read_csv(three, "null,x,\"null\"\n", {{"csv.null-literal", "null"}}).rows == texts{"null, x, null"});
  CHECK(read_csv({{"a", data_type::integer()}}, "\n", {{"csv.null-literal", ""}}).rows == texts{"null"});
  CHECK(read_csv(three, "#x\n1,2,3\n  # y", {{"csv.allow-comments", "true"}}).rows == texts{"1, 2, 3"});
}

TEST_CASE("csv options that make no sense are refused") {
  auto code = [](option_map options) { return csv.make_decoder(three, std::move(options)).error().code(); };
  CHECK(code({{"csv.field-delimiter", "ab"}}) == errc::invalid_option);
  CHECK(code({{"csv.quote-character", "'"}, {"csv.disable-quote-character", "true"}}) == errc::invalid_option);
  CHECK(code({{"csv.array-element-delimiter", ""}}) == errc::invalid_option);
}

TEST_CASE("csv gives the same rows wherever its input is cut") {
  std::string input = "1,\"two, \"\"2\"\"\n\",3\r\n#,a\\,b,\"\"\n4,5,6\r\n";
  option_map escape{{"csv.escape-character", "\\"}};
  auto whole = read_csv(three, input, escape);
  REQUIRE(whole.rows == texts{"1, two, \"2\"\n, 3", "#, a,b, ", "4, 5, 6"});
  for (size_t cut = 1; cut < input.size(); ++cut) {
    auto parts = decode_cut(*make_csv(three, escape), three, input, cut);
    CHECK(parts.error.to_string() == "ok");
    CHECK(parts.rows == whole.rows);
  }
}

TEST_CASE("csv quotes where Jackson does") {
  for (const char* plain : {"a", "", "a-b", "a.b", "a/b", "a:b", "a;b", "a_b", "1", "aaaaaaaaaaaaaaaaaaaaaaaa"}) {
    CHECK(write_text(plain) == plain);
  }
  for (const char* quoted : {"a b", "a,b", "a'b", "#a", "a\nb", "(a)", "a\\b", "a+b", "aaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    CHECK(write_text(quoted) == "\"" + std::string(quoted) + "\"");
  }
  CHECK(write_text("a\"b") == "\"a\"\"b\"");
  CHECK(write_text("a\\b", {{"csv.escape-character", "\\"}}) == "\"a\\\\b\"");
  CHECK(write_text("a,b", {{"csv.disable-quote-character", "true"}}) == "a,b");
  CHECK(write_text("1", {{"csv.field-delimiter", ";"}, {"csv.quote-character", "'"}}) == "'1'");
  // 24 characters in more bytes.
  std::string accents;
  for (int i = 0; i < 24; ++i) accents += "\u00e9";
  CHECK(write_text(accents) == accents);
}

TEST_CASE("csv writes a time whose every digit is the quote character") {
  std::vector<field> fields{{"t", data_type::timestamp_ltz(6)}};
  auto with = [&](option_map options) {
    decode_target rows = make_target(fields);
    rows.columns[0].push<int64_t>(days_from_civil(200000, 10, 10) * us_per_day + 1);
    rows.rows = 1;
    return csv.write(fields, std::move(rows), std::move(options));
  };
  std::string plain = with({{"csv.disable-quote-character", "true"}});
  plain.pop_back();
  REQUIRE(plain.find("00000-10-10 00:00:00.000001Z") != std::string::npos);
  std::string doubled;
  for (char c : plain) doubled += std::string(c == '0' ? 2 : 1, c);
  CHECK(with({{"csv.quote-character", "0"}}) == "0" + doubled + "0\n");
}

TEST_CASE("csv writes values as Flink does") {
  std::vector<field> fields{{"b", data_type::boolean()},        {"d", data_type::float64()},
                            {"n", data_type::decimal(10, 2)},   {"x", data_type::varbinary()},
                            {"y", data_type::date()},           {"t", data_type::timestamp(3)},
                            {"z", data_type::timestamp_ltz(3)}, {"a", data_type::array(data_type::string())}};
  auto with = [&](option_map options) {
    decode_target rows = make_target(fields);
    auto decoder = make_csv(fields, {{"csv.null-literal", "~"}});
    std::string input = "true,1e10,100,aGk=,2020-01-31,2020-01-31 10:00:00.120,2020-01-31 10:00:00Z,a;~;c\n"
                        "~,~,-12.50,~,~,~,~,~\n";
    REQUIRE(decoder->decode(make_chunk(input), true, rows).ok());
    return csv.write(fields, std::move(rows), std::move(options));
  };
  CHECK(with({}) ==
        "true,1.0E10,1E+2,aGk=,2020-01-31,\"2020-01-31 10:00:00.12\",\"2020-01-31 10:00:00Z\",a;;c\n,,-12.5,,,,,\n");
  CHECK(with({{"csv.null-literal", "n/a"}, {"csv.write-bigdecimal-in-scientific-notation", "false"}}) ==
        "true,1.0E10,100.00,aGk=,2020-01-31,\"2020-01-31 10:00:00.12\",\"2020-01-31 10:00:00Z\",a;n/a;c\n"
        "n/a,n/a,-12.50,n/a,n/a,n/a,n/a,n/a\n");
}

TEST_CASE("csv refuses to write changes it cannot express") {
  decode_target rows = make_target({three[0]});
  rows.columns[0].push_string("x");
  rows.rows = 1;
  rows.kinds = {row_kind::erase};
  const std::string said = csv.write({three[0]}, std::move(rows));
  CHECK(said.rfind(code_text(errc::unsupported), 0) == 0);
}

TEST_CASE("csv decoders survive any input") {
  std::vector<field> fields{{"a", data_type::bigint()},
                            {"s", data_type::string()},
                            {"t", data_type::timestamp(3)},
                            {"l", data_type::array(data_type::decimal(6, 2))}};
  std::mt19937 random(11);
  const std::string_view alphabet = ",\"\\\n\r;# 0123456789-:.x\xff";
  size_t good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string input = "17,\"quoted, \"\"text\"\"\",2026-01-01 00:00:00.5,1.5;2\n18,plain,2026-01-01 00:00:01,\n";
    for (uint32_t changes = random() % 6; changes > 0; --changes) {
      size_t at = random() % input.size();
      switch (random() % 3) {
      case 0: input[at] = alphabet[random() % alphabet.size()]; break;
      case 1: input.erase(at, 1 + random() % 5); break;
      default: input.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    option_map options{{"csv.ignore-parse-errors", round % 2 ? "true" : "false"}};
    if (round % 3 == 0) options["csv.escape-character"] = "\\";
    if (round % 5 == 0) options["csv.allow-comments"] = "true";
    auto all = read_csv(fields, input, options);
    if (all.error.ok()) {
      good += all.rows.size();
      CHECK(all.left == 0);
    } else {
      CHECK(all.error.code() == errc::malformed_record);
    }
  }
  CHECK(good > 1000);
}
