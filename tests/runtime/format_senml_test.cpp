#include <catch2/catch.hpp>

#include <random>

#include "table_rig.hpp"

namespace levada::formats {
void register_senml_json(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

// Now is 2,000,000,000 s.
const manual_clock now{2'000'000'000'000'000};

const format_rig senml{formats::register_senml_json, "senml-json", &now};

decoded read_senml(const std::vector<field>& fields, std::string_view input, option_map options = {}) {
  auto made = senml.make_decoder(fields, std::move(options));
  REQUIRE(made.error().to_string() == "ok");
  return decode_all(**made, fields, input);
}

const std::vector<field> basic{{"n", data_type::string()},
                               {"u", data_type::string()},
                               {"v", data_type::float64()},
                               {"t", data_type::timestamp_ltz(3)}};

// A line of the smart-city files.
const std::string city = R"(1422748800000,{"e":[{"u":"string","n":"source","sv":"ci4lr75sl000802ypo4qrcjda23"},)"
                         R"({"v":"6.1668213","u":"lon","n":"longitude"},{"v":"8","u":"far","n":"temperature"}],)"
                         R"("bt":1422748800000})";

} // namespace

TEST_CASE("a line of a senml file is a pack, wherever chunks end") {
  const std::string input = "[{\"n\":\"a\",\n\"v\":1}]\n[{\"n\":\"b\",\"v\":2}]\n";
  const std::vector<field> fields{{"n", data_type::string()}, {"v", data_type::float64()}};
  for (size_t cut = 0; cut <= input.size(); ++cut) {
    CAPTURE(cut);
    const auto strict = decode_cut(**senml.make_decoder(fields), fields, input, cut);
    CHECK(strict.error.code() == errc::malformed_record);
    const auto lenient =
        decode_cut(**senml.make_decoder(fields, {{"senml-json.ignore-parse-errors", "true"}}), fields, input, cut);
    CHECK(lenient.rows == texts{"b, 2"});
    CHECK(lenient.skipped == 2);
  }
}

TEST_CASE("senml records inherit base name, unit, time and value") {
  auto all =
      read_senml(basic, R"([{"bn":"urn:dev:1/","bt":1.276020076e9,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},)"
                        R"({"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3}])");
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == texts{"urn:dev:1/voltage, V, 120.09999999999999, 1276020076000000",
                          "urn:dev:1/current, A, 1.2, 1276020071000000",
                          "urn:dev:1/current, A, 1.3, 1276020072000000"});
  auto based = read_senml(basic, R"([{"bn":"x","bv":20,"v":0.5},{"bn":"y","bu":"C","v":1}])");
  CHECK(based.rows == texts{"x, null, 20.5, 2000000000000000", "y, C, 21, 2000000000000000"});
}

TEST_CASE("senml times below 2^28 seconds are relative to now") {
  auto all = read_senml(basic, R"([{"n":"x","v":1,"t":-60},{"n":"x","v":1},{"n":"x","v":1,"t":1276020076.25}])");
  CHECK(all.rows ==
        texts{"x, null, 1, 1999999940000000", "x, null, 1, 2000000000000000", "x, null, 1, 1276020076250000"});
}

TEST_CASE("senml carries text, booleans, data, sums and update times") {
  std::vector<field> fields{{"name", data_type::string()},  {"value", data_type::float64()},
                            {"vs", data_type::string()},    {"vb", data_type::boolean()},
                            {"vd", data_type::varbinary()}, {"sum", data_type::float64()},
                            {"ut", data_type::float64()},   {"time", data_type::bigint()}};
  auto all = read_senml(fields,
                        R"([{"n":"a","vs":"te\"xt","t":1e9},{"n":"b","vb":true,"t":1e9},{"n":"c","vd":"aGk_","t":1e9},)"
                        R"({"n":"d","bs":1,"s":2.5,"ut":30,"t":1e9}])");
  CHECK(all.error.to_string() == "ok");
  CHECK(all.rows == texts{"a, null, te\"xt, null, null, null, null, 1000000000000",
                          "b, null, null, true, null, null, null, 1000000000000",
                          "c, null, null, null, hi?, null, null, 1000000000000",
                          "d, null, null, null, null, 3.5, 30, 1000000000000"});
}

TEST_CASE("senml drafts have their records in e, values as strings and milliseconds") {
  std::vector<field> fields = basic;
  fields.push_back({"vs", data_type::string()});
  auto all = read_senml(fields, city + "\n" + city.substr(14) + "\n");
  CHECK(all.error.to_string() == "ok");
  texts once{"source, string, null, 1422748800000000, ci4lr75sl000802ypo4qrcjda23",
             "longitude, lon, 6.1668212999999996, 1422748800000000, null",
             "temperature, far, 8, 1422748800000000, null"};
  texts twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  CHECK(all.rows == twice);
  CHECK(read_senml(basic, city, {{"senml-json.dialect", "rfc8428"}}).error.code() == errc::malformed_record);
}

TEST_CASE("senml layout row makes a column of each name") {
  std::vector<field> fields{{"t", data_type::timestamp(3)},
                            {"source", data_type::string()},
                            {"temperature", data_type::integer()},
                            {"longitude", data_type::decimal(8, 3)},
                            {"missing", data_type::float64()}};
  option_map row{{"senml-json.layout", "row"}};
  CHECK(read_senml(fields, city + "\n" + city, row).rows ==
        texts{"1422748800000000, ci4lr75sl000802ypo4qrcjda23, 8, 6.167, null",
              "1422748800000000, ci4lr75sl000802ypo4qrcjda23, 8, 6.167, null"});
  std::vector<field> device{{"bn", data_type::string()}, {"temp", data_type::float64()}, {"on", data_type::boolean()}};
  CHECK(read_senml(device, R"([{"bn":"d1/","bt":1e9,"n":"temp","v":1},{"n":"on","vb":true},{"n":"temp","t":5,"v":2}])",
                   row)
            .rows == texts{"d1/, 1, true", "d1/, 2, null"});
  CHECK(read_senml(device, R"([{"n":"temp","v":1},{"n":"temp","v":2}])", row).rows.size() == 2);
}

TEST_CASE("malformed senml names its byte and leaves the packs before it") {
  std::string good = R"([{"n":"x","v":1}])";
  for (const char* bad :
       {"[{\"v\":1}]", "[{\"n\":\"x\"}]", "[{\"n\":\"x\",\"v\":1,\"vs\":\"y\"}]", "[{\"n\":\"x\",\"v\":\"1\"}]",
        "[{\"n\":\"x\",\"v\":1,\"strange_\":1}]", "[{\"bver\":11,\"n\":\"x\",\"v\":1}]", "[{\"n\":\"x\",\"v\":1}",
        "7,8", "{\"bn\":\"x\"}", "[5]"}) {
    auto all = read_senml(basic, good + "\n" + bad + "\n");
    CHECK(all.error.code() == errc::malformed_record);
    CHECK(std::string(all.error.message()).rfind("byte 18: ", 0) == 0);
    CHECK(all.rows.size() == 1);
    auto lenient = read_senml(basic, std::string(bad) + "\n" + good, {{"senml-json.ignore-parse-errors", "true"}});
    CHECK(lenient.skipped == 1);
    CHECK(lenient.rows.size() == 1);
  }
}

TEST_CASE("of senml values only those that are read must be numbers") {
  std::string pack = R"({"e":[{"n":"a","v":"1.5"},{"n":"b","v":"broken"}],"bt":1422748800000})";
  option_map row{{"senml-json.layout", "row"}};
  CHECK(read_senml({{"a", data_type::float64()}}, pack, row).rows == texts{"1.5"});
  auto all = read_senml({{"a", data_type::float64()}, {"b", data_type::float64()}}, pack, row);
  CHECK(all.error.code() == errc::malformed_record);
  CHECK(all.error.to_string().find("'b': expected DOUBLE, got broken") != std::string::npos);
  row["senml-json.ignore-parse-errors"] = "true";
  CHECK(read_senml({{"a", data_type::float64()}, {"b", data_type::float64()}}, pack, row).rows == texts{"1.5, null"});
  CHECK(read_senml({{"v", data_type::float64()}}, R"([{"bv":1,"n":"x","v":1.2.3}])").error.code() ==
        errc::malformed_record);
}

TEST_CASE("senml columns must be fields of a record, or the layout row") {
  CHECK(senml.make_decoder({{"temperature", data_type::float64()}}).error().code() == errc::unsupported);
  CHECK(senml.make_decoder({{"v", data_type::boolean()}}).error().code() == errc::unsupported);
  CHECK(senml.make_decoder({{"temperature", data_type::float64()}}, {{"senml-json.layout", "row"}}).ok());
}

TEST_CASE("senml gives the same rows wherever its input is cut") {
  std::string input = city + "\n" + R"([{"n":"a\n","v":1}])" + "\n";
  auto whole = read_senml(basic, input);
  REQUIRE(whole.rows.size() == 4);
  for (size_t cut = 1; cut < input.size(); ++cut) {
    auto made = senml.make_decoder(basic);
    auto parts = decode_cut(**made, basic, input, cut);
    CHECK(parts.error.to_string() == "ok");
    CHECK(parts.rows == whole.rows);
  }
}

TEST_CASE("senml decoders survive any input") {
  std::vector<field> fields{
      {"t", data_type::timestamp(3)}, {"source", data_type::string()}, {"x", data_type::float64()}};
  std::string seed = R"([{"bn":"d","bt":1e9,"n":"x","v":1.5},{"n":"source","vs":"a\tb"},{"n":"y","t":5,"vb":false}])";
  std::mt19937 random(17);
  const std::string_view alphabet = "{}[]\",:\\0123456789.eE+-nbvtsu \n\xff";
  size_t good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string input = (round % 2 ? seed : city) + "\n" + seed + "\n";
    for (uint32_t changes = random() % 6; changes > 0; --changes) {
      size_t at = random() % input.size();
      switch (random() % 3) {
      case 0: input[at] = alphabet[random() % alphabet.size()]; break;
      case 1: input.erase(at, 1 + random() % 5); break;
      default: input.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    option_map options{{"senml-json.ignore-parse-errors", round % 3 ? "true" : "false"}};
    if (round % 4 < 2) options["senml-json.layout"] = "row";
    auto all = round % 4 < 2 ? read_senml(fields, input, options) : read_senml(basic, input, options);
    if (all.error.ok()) good += all.rows.size();
    else CHECK(all.error.code() == errc::malformed_record);
  }
  CHECK(good > 1000);
}
