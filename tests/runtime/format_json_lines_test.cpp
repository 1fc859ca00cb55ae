#include <catch2/catch.hpp>

#include "table_rig.hpp"

namespace levada::formats {
void register_json(registry& into);
}

using namespace levada;
using namespace levada::tests;

namespace {

const std::vector<field> fields{{"id", data_type::bigint()}, {"name", data_type::string()}};

std::unique_ptr<decoder> make_json(bool ignore_errors) {
  const format_rig json{formats::register_json, "json"};
  auto made = json.make_decoder(fields, {{"json.ignore-parse-errors", ignore_errors ? "true" : "false"}});
  REQUIRE(made.error().to_string() == "ok");
  return std::move(*made);
}

// Enough for several windows.
std::vector<std::string> many_lines() {
  std::vector<std::string> lines;
  for (int i = 0; i < 3000; ++i) {
    lines.push_back(R"({"id":)" + std::to_string(i) + R"(,"x":{"a":[1,2]},"name":"a name that is not inline )" +
                    std::to_string(i) +
                    R"(","last":"unread"})"
                    "\n");
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

struct reading {
  std::vector<std::string> rows;
  uint64_t skipped = 0;
  std::string error;
  friend bool operator==(const reading&, const reading&) = default;
};

// Byte positions are those of the whole text.
std::string shifted(const status& error, size_t by) {
  std::string text = error.to_string();
  size_t at = text.find("byte ") + 5;
  size_t end = text.find(':', at);
  return text.substr(0, at) + std::to_string(std::stoul(text.substr(at, end - at)) + by) + text.substr(end);
}

reading one_by_one(decoder& with, const std::vector<std::string>& lines) {
  reading all;
  size_t begin = 0;
  for (const auto& line : lines) {
    decode_target target = make_target(fields);
    auto done = with.decode(make_chunk(line), false, target);
    for (auto& row : rows_text(target.columns, target.rows)) all.rows.push_back(std::move(row));
    if (!done.ok()) {
      all.error = shifted(done.error(), begin);
      return all;
    }
    all.skipped += done->skipped;
    begin += line.size();
  }
  return all;
}

reading in_bulk(decoder& with, std::string_view text, uint32_t rows_max) {
  reading all;
  chunk whole = make_chunk(text);
  std::string_view rest = whole.bytes;
  while (!rest.empty()) {
    decode_target target = make_target(fields, rows_max);
    auto done = with.decode({whole.owner, rest}, false, target);
    for (auto& row : rows_text(target.columns, target.rows)) all.rows.push_back(std::move(row));
    if (!done.ok()) {
      all.error = shifted(done.error(), text.size() - rest.size());
      return all;
    }
    all.skipped += done->skipped;
    REQUIRE(done->consumed > 0);
    rest.remove_prefix(done->consumed);
  }
  return all;
}

const std::vector<std::string> odd_lines{
    "\n",
    "  \t\r\n",
    "  {\"id\":-1,\"name\":\"indented\"}\n",
    "{\"id\":-1,\"name\":\"return\"}\r\n",
    "{\"id\":-1,\"name\":\"two objects\"} {\"id\":-2,\"name\":\"on a line\"}\n",
    "{\"id\":-1,\"name\":\"no end\"\n",
    "{\"id\":-1,\"name\":\"no end within\",\"x\":{\"y\":1}\n",
    "{\"id\":-1,\"name\":\"too many ends\"}}\n",
    "{\"id\":-1,\"name\":\n",
    "{\"id\":-1,\n",
    "\"name\":\"the rest of an object\"}\n",
    "{\"id\":-1,\"name\":\"no closing quote}\n",
    "{\"id\":-1,\"name\":\"not \xff UTF-8\"}\n",
    "{\"id\":-1,\"name\":\"not \xff UTF-8 where nobody looks\"}\n",
    "{\"id\":\"x\",\"name\":\"no number\"}\n",
    "{\"id\":-1}\n",
    "{\"name\":\"escaped \\\"\\u00e4\\n\",\"id\":-1}\n",
    "[{\"id\":-1,\"name\":\"an array\"},{\"id\":-2,\"name\":\"of two\"}]\n",
    "[1]\n",
    "null\n",
    "plain text, {\"id\":-1}\n",
    "{}\n",
};

} // namespace

TEST_CASE("json lines in bulk give what they give one by one, whatever is wrong with one of them") {
  size_t place = GENERATE(0, 1, 700, 2999);
  bool ignore_errors = GENERATE(false, true);
  for (const std::string& odd : odd_lines) {
    INFO("line " << place << ": " << odd);
    std::vector<std::string> lines = many_lines();
    lines[place] = odd;
    reading expected = one_by_one(*make_json(ignore_errors), lines);
    CHECK(in_bulk(*make_json(ignore_errors), joined(lines), 65536) == expected);
    if (expected.error.empty()) CHECK(in_bulk(*make_json(ignore_errors), joined(lines), 1000) == expected);
  }
}

TEST_CASE("two json objects on a line before an empty one are not two lines") {
  std::vector<std::string> lines = many_lines();
  lines[10] = odd_lines[4];
  lines[11] = odd_lines[0];
  CHECK(in_bulk(*make_json(false), joined(lines), 4096) == one_by_one(*make_json(false), lines));
}

TEST_CASE("json lines of which every third is malformed are read as well") {
  std::vector<std::string> lines = many_lines();
  for (size_t i = 0; i < lines.size(); i += 3) lines[i] = odd_lines[5 + i / 3 % 8];
  reading expected = one_by_one(*make_json(true), lines);
  CHECK(expected.skipped > 500);
  CHECK(in_bulk(*make_json(true), joined(lines), 4096) == expected);
}

TEST_CASE("a json line longer than what is read in bulk comes through between short ones") {
  std::vector<std::string> lines = many_lines();
  for (size_t i : {0UL, 100UL, 101UL, 2999UL}) {
    lines[i] = R"({"id":-1,"x":")" + std::string(200'000, 'x') +
               R"(","name":"long"})"
               "\n";
  }
  CHECK(in_bulk(*make_json(false), joined(lines), 4096) == one_by_one(*make_json(false), lines));
}
