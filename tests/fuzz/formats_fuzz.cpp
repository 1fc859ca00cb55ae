// Any bytes through every reading format, whole and in two chunks: the same rows, the same number passed over. What the
// format writes of them it reads as the same rows, but for CSV, which cannot tell NULL from an empty text.
#include "platform/check.hpp"
#include "runtime/registry.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/runtime/table_rig.hpp"

using namespace std::string_literals;

namespace levada::fuzz {

namespace {

using option_map = std::map<std::string, std::string>;

struct reading {
  const char* format;
  option_map options;
  bool writes_the_same = false;
};

const std::vector<reading>& readings() {
  static const std::vector<reading> all{
      {"csv", {}},
      {"csv", {{"csv.ignore-parse-errors", "true"}, {"csv.escape-character", "\\"}, {"csv.allow-comments", "true"}}},
      {"csv", {{"csv.field-delimiter", ";"}, {"csv.disable-quote-character", "true"}, {"csv.null-literal", "n/a"}}},
      {"csv", {{"csv.quote-character", "0"}, {"csv.field-delimiter", "|"}, {"csv.ignore-parse-errors", "true"}}},
      {"json", {}, true},
      {"json", {{"json.ignore-parse-errors", "true"}, {"json.timestamp-format.standard", "ISO-8601"}}, true},
      {"json", {{"json.fail-on-missing-field", "true"}}},
      {"messagepack", {}, true},
      {"messagepack", {{"messagepack.ignore-parse-errors", "true"}}},
      {"senml-json", {}},
      {"senml-json", {{"senml-json.ignore-parse-errors", "true"}}},
      {"raw", {}},
  };
  return all;
}

const std::vector<field>& nested_fields() {
  static const std::vector<field> all{
      {"b", data_type::boolean()},
      {"i", data_type::integer()},
      {"l", data_type::bigint()},
      {"d", data_type::float64()},
      {"f", data_type::float32()},
      {"s", data_type::string()},
      {"dec", data_type::decimal(20, 4)},
      {"day", data_type::date()},
      {"tod", data_type::time(0)},
      {"ts", data_type::timestamp(3)},
      {"ltz", data_type::timestamp_ltz(6)},
      {"raw", data_type::varbinary()},
      {"list", data_type::array(data_type::integer())},
      {"map", data_type::map(data_type::string(), data_type::float64())},
      {"row", data_type::row({field{"a", data_type::bigint()}, field{"z", data_type::string()}})},
  };
  return all;
}

std::vector<field> fields_for(const std::string& format) {
  auto all = nested_fields();
  if (format == "raw") return {{"s", data_type::string()}};
  if (format == "senml-json") {
    return {{"n", data_type::string()},         {"u", data_type::string()},  {"v", data_type::float64()},
            {"t", data_type::timestamp_ltz(3)}, {"vs", data_type::string()}, {"vb", data_type::boolean()}};
  }
  if (format == "csv") std::erase_if(all, [](const field& f) { return f.type.kind() == type_kind::map; });
  return all;
}

const registry& plugins() {
  static const registry all = builtin_registry();
  return all;
}

format_spec spec_for(const std::vector<field>& fields, table_options& with) {
  static const manual_clock now{2'000'000'000'000'000};
  format_spec spec;
  spec.fields = fields;
  for (uint32_t i = 0; i < fields.size(); ++i) spec.needed.push_back(i);
  spec.options = &with;
  spec.clock = &now;
  return spec;
}

std::unique_ptr<decoder> make_decoder(const reading& how, const std::vector<field>& fields) {
  table_options with{how.options};
  auto made = plugins().format(how.format)->make_decoder(spec_for(fields, with));
  check(made.ok());
  return std::move(*made);
}

// Rows that were read, written and read again. `rows` are as many as fit a batch.
void check_written(const reading& how, const std::vector<field>& fields, std::string_view bytes) {
  auto target = tests::make_target(fields);
  auto done = make_decoder(how, fields)->decode(tests::make_chunk(bytes), true, target);
  if (!done.ok()) return;
  const auto rows = tests::rows_text(target.columns, target.rows);
  table_options with{how.options};
  const auto& encoder = plugins().format(how.format)->make_encoder;
  if (!encoder) return;
  auto made = encoder(spec_for(fields, with));
  check(made.ok());
  std::string text;
  if (!(*made)->encode(tests::make_batch(std::move(target)), text, nullptr).ok() || !how.writes_the_same) return;
  const auto again = tests::decode_all(*make_decoder(how, fields), fields, text);
  check(again.error.ok());
  check(again.rows == rows);
}

} // namespace

// The first byte is the way of reading, the second says where to cut.
void one_input(std::string_view bytes) {
  if (bytes.size() < 2) return;
  const reading& how = readings()[static_cast<unsigned char>(bytes[0]) % readings().size()];
  const size_t at = static_cast<unsigned char>(bytes[1]);
  bytes.remove_prefix(2);
  const auto fields = fields_for(how.format);
  const auto whole = tests::decode_all(*make_decoder(how, fields), fields, bytes);
  const auto cut = tests::decode_cut(*make_decoder(how, fields), fields, bytes, std::min(at, bytes.size()));
  check(whole.rows == cut.rows);
  check(whole.error.code() == cut.error.code());
  if (whole.error.ok()) check(whole.skipped == cut.skipped);
  check_written(how, fields, bytes);
}

std::vector<std::string> seeds() {
  const std::string json =
      R"({"b":true,"i":-1,"l":123456789012,"d":1.5e3,"f":0.25,"s":"a\u00e9\n","dec":"12.5","day":"2026-01-31",)"
      R"("tod":"12:34:56","ts":"2026-01-31 12:34:56.789","ltz":"2026-01-31 12:34:56.789Z","raw":"aGk=","list":[1,2,3],)"
      R"("map":{"k":1,"m":2.5},"row":{"a":7,"z":"x"}})";
  const std::string csv = "true,-1,123456789012,1.5e3,0.25,\"a\"\"b\",12.5,2026-01-31,12:34:56,2026-01-31 12:34:56.789,"
                          "2026-01-31 12:34:56.789Z,aGk=,1;2;3,7;x";
  std::vector<std::string> all;
  for (size_t i = 0; i < readings().size(); ++i) {
    const std::string format = readings()[i].format;
    const std::string head{static_cast<char>(i), '\x1d'};
    auto add = [&](const std::string& text) { all.push_back(head + text); };
    if (format == "csv") {
      add(csv + "\n" + csv + "\r\n# remark\n,,,,,\n");
    } else if (format == "json") {
      add(json + "\n" + json + "\n\n{}\n");
      add(R"({"i":null,"l":12.5,"s":{"x":[1]},"map":{"k":1,"k":2},"list":[null,"4"],"i":3})"
          "\n");
    } else if (format == "senml-json") {
      add(R"([{"bn":"urn:dev:1/","bt":1.276020076e9,"bu":"A","n":"voltage","u":"V","v":120.1},{"n":"i","t":-5,"vs":"x"}])"
          "\n"
          R"([{"n":"open","vb":true}])"
          "\n");
      add(R"(1422748800000,{"e":[{"u":"string","n":"source","sv":"ci4lr"},{"v":"6.16","u":"lon","n":"longitude"}],)"
          R"("bt":1422748800000})"
          "\n");
    } else if (format == "messagepack") {
      add("\x83\xa1"
          "b\xc3\xa1"
          "i\xd2\xff\xff\xff\xff\xa1"
          "s\xa3"
          "abc"
          "\x82\xa4"
          "list\x93\x01\x02\x03\xa3"
          "row\x81\xa1"
          "a\x07");
      add("\x82\xa1"
          "d\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\xa3"
          "map\x81\xa1"
          "k\xca\x3f\x80\x00\x00"s);
    } else {
      add("one line\nand another\n");
    }
  }
  return all;
}

} // namespace levada::fuzz
