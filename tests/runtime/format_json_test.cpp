#include <catch2/catch.hpp>

#include <random>

#include "table_rig.hpp"

namespace levada::formats {
void register_json(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

const format_rig json_format{formats::register_json, "json"};

std::unique_ptr<decoder> make_json(const std::vector<field>& fields, option_map options = {}, bool messages = false) {
  auto made = json_format.make_decoder(fields, std::move(options), messages);
  REQUIRE(made.error().to_string() == "ok");
  return std::move(*made);
}

decoded read_json(const std::vector<field>& fields, std::string_view input, option_map options = {}) {
  return decode_all(*make_json(fields, std::move(options)), fields, input);
}

std::string write_json(const std::vector<field>& fields, std::string_view input, option_map options = {}) {
  decode_target target = make_target(fields);
  REQUIRE(make_json(fields)->decode(make_chunk(input), true, target).ok());
  return json_format.write(fields, std::move(target), std::move(options));
}

std::string one_value(const data_type& type, const std::string& json) {
  auto all = read_json({{"v", type}}, R"({"v":)" + json + "}");
  if (!all.error.ok()) return code_text(all.error.code());
  return all.rows.at(0);
}

const std::vector<std::string> no_rows;

} // namespace

TEST_CASE("json reads the wanted fields of each line by name") {
  std::vector<field> fields{{"b", data_type::string()}, {"a", data_type::bigint()}};
  auto all = read_json(fields, "{\"a\":1,\"x\":[1,{\"a\":9}],\"b\":\"one\"}\n\n{\"b\":\"two\",\"a\":2}\r\n{\"a\":3}");
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == std::vector<std::string>{"one, 1", "two, 2", "null, 3"});
}

TEST_CASE("json keys are compared case by case and unescaped") {
  auto all = read_json({{"temp", data_type::integer()}}, "{\"Temp\":1,\"t\\u0065mp\":2}\n{\"TEMP\":1}");
  CHECK(all.rows == std::vector<std::string>{"2", "null"});
}

TEST_CASE("json numbers are read from numbers and from strings") {
  CHECK(one_value(data_type::bigint(), "-9223372036854775808") == "-9223372036854775808");
  CHECK(one_value(data_type::bigint(), "\" 42 \"") == "42");
  CHECK(one_value(data_type::integer(), "1.9") == "1");
  CHECK(one_value(data_type::integer(), "3000000000") == "LV0300");
  CHECK(one_value(data_type::tinyint(), "128") == "LV0300");
  CHECK(one_value(data_type::tinyint(), "-128") == "-128");
  CHECK(one_value(data_type::smallint(), "1.5") == "LV0300");
  CHECK(one_value(data_type::integer(), "true") == "LV0300");
  CHECK(one_value(data_type::float64(), "2.5e-3") == "0.0025000000000000001");
  CHECK(one_value(data_type::float64(), "7") == "7");
  CHECK(one_value(data_type::float64(), "\"NaN\"") == "nan");
  CHECK(one_value(data_type::float64(), "\"x\"") == "LV0300");
  CHECK(one_value(data_type::boolean(), "true") == "true");
  CHECK(one_value(data_type::boolean(), "\"TRUE\"") == "true");
  CHECK(one_value(data_type::boolean(), "\"yes\"") == "false");
}

TEST_CASE("json decimals are exact, rounded half up and null when too long") {
  CHECK(one_value(data_type::decimal(38, 18), "12345678901234567890.123456789012345678") ==
        "12345678901234567890.123456789012345678");
  CHECK(one_value(data_type::decimal(5, 2), "1.005") == "1.01");
  CHECK(one_value(data_type::decimal(5, 2), "-1.004") == "-1.00");
  CHECK(one_value(data_type::decimal(5, 2), "1e2") == "100.00");
  CHECK(one_value(data_type::decimal(5, 2), "\"0.5\"") == "0.50");
  CHECK(one_value(data_type::decimal(5, 2), "1000") == "null");
  CHECK(one_value(data_type::decimal(5, 2), "1e-50") == "0.00");
  CHECK(one_value(data_type::decimal(5, 2), "\"1.2.3\"") == "LV0300");
}

TEST_CASE("json times are read in the chosen standard") {
  CHECK(one_value(data_type::timestamp(3), "\"1970-01-02 00:00:01.5\"") == "86401500000");
  CHECK(one_value(data_type::timestamp(3), "\"1970-01-01T00:00:00\"") == "LV0300");
  CHECK(one_value(data_type::timestamp_ltz(3), "\"1970-01-01 00:00:01Z\"") == "1000000");
  CHECK(one_value(data_type::timestamp(3), "\"1970-01-02 00:00\"") == "LV0300");
  CHECK(one_value(data_type::timestamp(3), "\"1970-02-30 00:00:00\"") == std::to_string(58LL * 86400 * 1000000));
  CHECK(one_value(data_type::timestamp(3), "\"1970-02-32 00:00:00\"") == "LV0300");
  CHECK(one_value(data_type::timestamp(3), "\"1970-01-01 24:00:00\"") == "86400000000");
  CHECK(one_value(data_type::date(), "\"1970-02-30\"") == "LV0300");
  CHECK(one_value(data_type::time(), "\"00:00:01.999\"") == "1000");
  CHECK(one_value(data_type::date(), "\"1970-01-31\"") == "30");
  CHECK(one_value(data_type::time(), "\"00:01:00\"") == "60000");
  auto iso = read_json({{"t", data_type::timestamp(6)}},
                       "{\"t\":\"1970-01-01T00:00:00.000001\"}\n{\"t\":\"1970-01-01T00:01\"}",
                       {{"json.timestamp-format.standard", "ISO-8601"}});
  CHECK(iso.rows == std::vector<std::string>{"1", "60000000"});
}

TEST_CASE("json strings are unescaped, and other values of a string column keep their text") {
  CHECK(one_value(data_type::string(), R"("a\"\u00e9\n")") == "a\"\u00e9\n");
  CHECK(one_value(data_type::string(), "1.50") == "1.50");
  CHECK(one_value(data_type::string(), "true") == "true");
  CHECK(one_value(data_type::string(), R"({"a": [1, 2]})") == R"({"a":[1,2]})");
  CHECK(one_value(data_type::varbinary(), "\"aGk=\"") == "hi");
  CHECK(one_value(data_type::varbinary(), "\"%%\"") == "LV0300");
}

TEST_CASE("json rows, arrays and maps nest") {
  std::vector<field> fields{
      {"r", data_type::row({{"x", data_type::integer()}, {"y", data_type::array(data_type::string())}})},
      {"m", data_type::map(data_type::string(), data_type::array(data_type::integer()))},
      {"a", data_type::array(data_type::row({{"k", data_type::string()}}))}};
  auto all = read_json(fields, R"({"r":{"y":["p",null],"x":1},"m":{"k":[1,2],"l":[]},"a":[{"k":"v"},{},null]}
{"r":null,"m":{},"a":[]}
{"a":[{"k":"w","z":{"k":"no"}}],"r":{"z":[[]],"x":2}})");
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == std::vector<std::string>{"(1, [p, null]), {k=[1, 2], l=[]}, [(v), (null), null]", "null, {}, []",
                                             "(2, null), null, [(w)]"});
}

TEST_CASE("of equal json keys the first counts in a row and the last in a map") {
  std::vector<field> fields{{"a", data_type::integer()},
                            {"m", data_type::map(data_type::string(), data_type::integer())}};
  auto all = read_json(fields, R"({"a":1,"a":2,"m":{"k":1,"l":2,"k":3}})");
  CHECK(all.rows == std::vector<std::string>{"1, {l=2, k=3}"});
}

TEST_CASE("json arrays of objects are one row each") {
  auto all = read_json({{"a", data_type::integer()}}, R"([{"a":1},{"a":2}])");
  CHECK(all.rows == std::vector<std::string>{"1", "2"});
  auto bad = read_json({{"a", data_type::integer()}}, R"([{"a":1},{"a":"x"}])");
  CHECK(bad.error.code() == errc::malformed_record);
  CHECK(bad.rows == no_rows);
}

TEST_CASE("a json message may spread over several lines") {
  std::vector<field> fields{{"a", data_type::integer()}};
  auto all = decode_all(*make_json(fields, {}, true), fields, "{\n  \"a\": 1,\n  \"b\": [\n 2 ]\n}\n");
  CHECK(all.rows == std::vector<std::string>{"1"});
}

TEST_CASE("a line of a json file is a record, wherever chunks end") {
  std::vector<field> fields{{"a", data_type::integer()}};
  std::string input = "{\"a\":\n1}\n{\"a\":2}\n";
  std::map<std::string, std::string> ignore{{"json.ignore-parse-errors", "true"}};
  for (size_t cut = 0; cut <= input.size(); ++cut) {
    CAPTURE(cut);
    auto strict = decode_cut(*make_json(fields), fields, input, cut);
    CHECK(strict.error.code() == errc::malformed_record);
    auto lenient = decode_cut(*make_json(fields, ignore), fields, input, cut);
    CHECK(lenient.rows == std::vector<std::string>{"2"});
    CHECK(lenient.skipped == 2);
  }
}

TEST_CASE("a malformed json record names its byte and leaves the rows before it") {
  std::vector<field> fields{{"a", data_type::integer()}, {"b", data_type::integer()}};
  auto all = read_json(fields, "{\"a\":1}\n{\"a\":2,\"b\"\n{\"a\":3}\n");
  CHECK(all.error.code() == errc::malformed_record);
  CHECK(std::string(all.error.message()).rfind("byte 8: ", 0) == 0);
  CHECK(all.rows == std::vector<std::string>{"1, null"});
}

TEST_CASE("json.ignore-parse-errors skips malformed records and nulls malformed fields") {
  std::vector<field> fields{{"a", data_type::integer()}, {"r", data_type::row({{"x", data_type::integer()}})}};
  auto all = read_json(fields, "{\"a\":1,\"r\":{\"x\":\"no\"}}\nnoise\n{\"a\":\n{\"a\":\"x\"}\n\"text\"\n{\"a\":2}",
                       {{"json.ignore-parse-errors", "true"}});
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == std::vector<std::string>{"1, (null)", "null, null", "2, null"});
  CHECK(all.skipped == 3);
}

TEST_CASE("json.fail-on-missing-field refuses a record without the field") {
  auto all = read_json({{"a", data_type::integer()}}, "{\"b\":1}", {{"json.fail-on-missing-field", "true"}});
  CHECK(all.error.code() == errc::malformed_record);
}

TEST_CASE("json writes what it reads") {
  std::vector<field> fields{{"b", data_type::boolean()},
                            {"l", data_type::bigint()},
                            {"d", data_type::float64()},
                            {"n", data_type::decimal(10, 2)},
                            {"s", data_type::string()},
                            {"x", data_type::varbinary()},
                            {"t", data_type::timestamp(3)},
                            {"z", data_type::timestamp_ltz(3)},
                            {"y", data_type::date()},
                            {"r", data_type::row({{"i", data_type::integer()}})},
                            {"a", data_type::array(data_type::string())},
                            {"m", data_type::map(data_type::string(), data_type::integer())}};
  std::string line = R"({"b":true,"l":-5,"d":1.0E10,"n":12.5,"s":"q\"\\\u0001\n\u00e9","x":"aGk=",)"
                     R"("t":"2020-01-31 10:00:00.12","z":"2020-01-31 10:00:00Z","y":"2020-01-31","r":{"i":null},)"
                     R"("a":["p",null],"m":{"k":1}})";
  std::string expected = line + "\n";
  expected.replace(expected.find("\\u00e9"), 6, "\u00e9");
  CHECK(write_json(fields, line) == expected);
  std::string nulls = "{}";
  CHECK(write_json(fields, nulls, {{"json.encode.ignore-null-fields", "true"}}) == "{}\n");
  CHECK(write_json({{"d", data_type::decimal(10, 2)}}, R"({"d":100})") == "{\"d\":1E+2}\n");
  CHECK(write_json({{"d", data_type::decimal(10, 2)}}, R"({"d":100})",
                   {{"json.encode.decimal-as-plain-number", "true"}}) == "{\"d\":100.00}\n");
  CHECK(write_json({{"d", data_type::float64()}}, R"({"d":"NaN"})") == "{\"d\":\"NaN\"}\n");
}

TEST_CASE("json gives the same rows wherever its input is cut") {
  std::vector<field> fields{{"a", data_type::bigint()}, {"s", data_type::string()}};
  std::string input = "{\"a\":1,\"s\":\"x\\n{y\"}\n{\"s\":\"a long string, longer than inline\",\"a\":22}\n{\"a\":3}\n";
  auto whole = read_json(fields, input);
  REQUIRE(whole.rows.size() == 3);
  for (size_t cut = 1; cut < input.size(); ++cut) {
    auto decoder = make_json(fields);
    auto parts = decode_cut(*decoder, fields, input, cut);
    CHECK(parts.error.to_string() == "ok");
    CHECK(parts.rows == whole.rows);
  }
}

TEST_CASE("json decoders survive any input") {
  std::vector<field> fields{{"a", data_type::bigint()},
                            {"d", data_type::decimal(10, 2)},
                            {"t", data_type::timestamp(3)},
                            {"s", data_type::string()},
                            {"r", data_type::row({{"x", data_type::float64()}})},
                            {"l", data_type::array(data_type::string())},
                            {"m", data_type::map(data_type::string(), data_type::integer())}};
  const std::string seed =
      R"({"a":17,"d":1.25,"t":"2026-01-01 00:00:00.123","s":"te\u0041xt","r":{"x":1e3},"l":["p","q"],"m":{"k":1}})";
  std::mt19937 random(7);
  const std::string_view alphabet = "{}[]\",:\\0123456789.eE+-nulltrue \n\xff";
  uint64_t good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string input = seed + "\n" + seed + "\n";
    for (uint32_t changes = random() % 6; changes > 0; --changes) {
      size_t at = random() % input.size();
      switch (random() % 3) {
      case 0: input[at] = alphabet[random() % alphabet.size()]; break;
      case 1: input.erase(at, 1 + random() % 5); break;
      default: input.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    auto all = read_json(fields, input, {{"json.ignore-parse-errors", round % 2 ? "true" : "false"}});
    if (all.error.ok()) good += all.rows.size();
    else CHECK(all.error.code() == errc::malformed_record);
  }
  CHECK(good > 1000);
}
