#include "runtime/formats/senml_records.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "simdjson.h"

#include "runtime/formats/text_cell.hpp"
#include "runtime/number_text.hpp"

namespace levada {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t records_max = 100'000;
constexpr double relative_below = 268'435'456; // RFC 8428, 4.5.3: 2^28 seconds
constexpr double milliseconds_from = 100e9;    // drafts only: as seconds this would be the year 5138
constexpr int version_max = 10;                // RFC 8428

int64_t rounded_us(double seconds) {
  constexpr double bound = 9.2e12;
  return std::llround(std::fmin(std::fmax(seconds, -bound), bound) * 1e6);
}

struct base_values {
  std::string_view name;
  std::string_view unit;
  double time = 0;
  double value = 0;
  double sum = 0;
};

} // namespace

struct senml_parser::reader {
  ondemand::parser parser;
  base_values base;
  std::vector<double> times; // of the records themselves
  bool in_draft = false;
  int64_t now_us = 0;
  double last_time = 0;
  double last_base_time = 0;
  int64_t last_absolute_us = 0;
  std::string reason;

  bool fail(std::string what) {
    reason = std::move(what);
    return false;
  }
  bool fail(simdjson::error_code code) { return fail(simdjson::error_message(code)); }

  // A string's text; unescaped copies live in the parser until the next document.
  bool text_of(ondemand::value& value, std::string_view& text, bool* in_place = nullptr) {
    std::string_view token = value.raw_json_token();
    if (token.size() < 2 || token.front() != '"' || token.back() != '"' ||
        std::memchr(token.data(), '\\', token.size())) {
      return odd_text_of(value, text, in_place);
    }
    text = token.substr(1, token.size() - 2);
    return true;
  }
  // With spaces behind it, or escapes in it. Out of line: its registers would be saved for every string.
  [[gnu::noinline]] bool odd_text_of(ondemand::value& value, std::string_view& text, bool* in_place) {
    std::string_view token = trimmed(value.raw_json_token());
    if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
    if (token.find('\\') != std::string_view::npos) {
      if (in_place) *in_place = false;
      return !value.get_string().get(text);
    }
    text = token.substr(1, token.size() - 2);
    return true;
  }

  // What may be a number, as text; drafts write numbers as strings too. Whoever needs the value parses it.
  bool number_of(ondemand::value& value, std::string_view& text) {
    text = value.raw_json_token();
    if (text.front() == '"') {
      if (!in_draft || !text_of(value, text)) return false;
      text = trimmed(text);
      return !text.empty();
    }
    text = trimmed(text);
    return text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
  }

  bool real_of(ondemand::value& value, double& number) {
    std::string_view text;
    if (!number_of(value, text)) return false;
    auto parsed = parse_double(text);
    if (!parsed || !std::isfinite(*parsed)) return false;
    number = *parsed;
    return true;
  }

  double seconds(double time) const { return in_draft && std::fabs(time) >= milliseconds_from ? time / 1000 : time; }

  // Records of one moment follow each other.
  int64_t absolute_us(double time) {
    if (time != last_time || base.time != last_base_time) {
      last_time = time;
      last_base_time = base.time;
      last_absolute_us = to_absolute_us(time);
    }
    return last_absolute_us;
  }

  int64_t to_absolute_us(double time) const {
    double base_seconds = seconds(base.time);
    double total = base_seconds + (base.time == 0 ? seconds(time) : time);
    return total < relative_below ? now_us + rounded_us(total) : rounded_us(total);
  }

  bool resolve(senml_record& record, double time);
  bool read_record(ondemand::object& object, std::vector<senml_record>& into);
  bool read_records(ondemand::array& array, std::vector<senml_record>& into);
  bool read_draft(ondemand::object& object, std::vector<senml_record>& into);
  bool read_base(std::string_view key, ondemand::value& value, bool& known);
};

// Base fields: "known" tells whether `key` is one.
bool senml_parser::reader::read_base(std::string_view key, ondemand::value& value, bool& known) {
  known = true;
  bool good = true;
  if (key == "bn") good = text_of(value, base.name);
  else if (key == "bu") good = text_of(value, base.unit);
  else if (key == "bt") good = real_of(value, base.time);
  else if (key == "bs") good = real_of(value, base.sum);
  else if (key == "bv" && !in_draft) good = real_of(value, base.value);
  else if (key == "bver" || (in_draft && key == "ver")) {
    double version;
    good = real_of(value, version);
    if (good && version > version_max) return fail("SenML version " + std::string(trimmed(value.raw_json_token())));
  } else {
    known = false;
  }
  return good || fail("'" + std::string(key) + "': " + std::string(trimmed(value.raw_json_token()).substr(0, 60)));
}

bool senml_parser::reader::read_record(ondemand::object& object, std::vector<senml_record>& into) {
  if (into.size() == records_max) return fail("more than " + std::to_string(records_max) + " records");
  senml_record& record = into.emplace_back();
  double time = 0;
  bool own_fields = false;
  for (auto next : object) {
    if (auto error = next.error()) return fail(error);
    // Not get(): copying a field stalls on its half-written words.
    ondemand::field& from = next.value_unsafe();
    // Keys have at most four letters; one that is longer is none of ours.
    const char* raw = from.key().raw();
    size_t length = 0;
    while (length < 8 && raw[length] != '"' && raw[length] != '\\') ++length;
    std::string_view key{raw, length};
    ondemand::value& value = from.value();
    bool good = true;
    bool known = true;
    if (key == "n") good = text_of(value, record.name, &record.text_in_place);
    else if (key == "u") good = text_of(value, record.unit, &record.text_in_place);
    else if (key == "v") good = number_of(value, record.number);
    else if (key == "vs" || (in_draft && key == "sv")) {
      good = record.has_text = text_of(value, record.text, &record.text_in_place);
    } else if (key == "vb" || (in_draft && key == "bv")) {
      std::string_view word = trimmed(value.raw_json_token());
      if (in_draft && word.size() > 2 && word.front() == '"') word = word.substr(1, word.size() - 2);
      record.boolean = word == "true";
      good = record.has_boolean = word == "true" || word == "false";
    } else if (key == "vd") {
      good = record.has_data = text_of(value, record.data);
    } else if (key == "s") {
      good = number_of(value, record.sum);
    } else if (key == "t") {
      good = real_of(value, time);
    } else if (key == "ut") {
      good = record.has_update = real_of(value, record.update_seconds);
    } else {
      if (!read_base(key, value, known)) return false;
      if (!known) {
        std::string_view whole;
        if (auto error = from.unescaped_key().get(whole)) return fail(error);
        // RFC 8428, 4.4: what ends in "_" must be understood or refused.
        if (!whole.empty() && whole.back() == '_') return fail("unknown field '" + std::string(whole) + "'");
      }
      continue;
    }
    own_fields = true;
    if (!good) return fail("'" + std::string(key) + "': " + std::string(trimmed(value.raw_json_token()).substr(0, 60)));
  }
  int values = !record.number.empty() + record.has_text + record.has_boolean + record.has_data;
  if (values == 0 && record.sum.empty()) {
    // Base fields may stand alone.
    into.pop_back();
    return !own_fields || fail("a record without a value");
  }
  if (values > 1) return fail("a record with several values");
  times.push_back(time);
  // A draft's base values stand behind the records as often as before them.
  return in_draft || resolve(into.back(), time);
}

bool senml_parser::reader::resolve(senml_record& record, double time) {
  record.base_name = base.name;
  if (record.base_name.empty() && record.name.empty()) return fail("a record without a name");
  if (record.unit.empty()) record.unit = base.unit;
  record.base_value = base.value;
  record.base_sum = base.sum;
  record.time_us = absolute_us(time);
  return true;
}

bool senml_parser::reader::read_records(ondemand::array& array, std::vector<senml_record>& into) {
  for (auto next : array) {
    ondemand::object object;
    if (next.get_object().get(object)) return fail("expected an array of objects");
    if (!read_record(object, into)) return false;
  }
  return true;
}

bool senml_parser::reader::read_draft(ondemand::object& object, std::vector<senml_record>& into) {
  bool records_seen = false;
  for (auto next : object) {
    ondemand::field from;
    if (auto error = std::move(next).get(from)) return fail(error);
    std::string_view key;
    if (auto error = from.unescaped_key().get(key)) return fail(error);
    if (key == "e") {
      ondemand::array array;
      if (from.value().get_array().get(array)) return fail("'e': expected an array");
      if (!read_records(array, into)) return false;
      records_seen = true;
      continue;
    }
    bool known;
    if (!read_base(key, from.value(), known)) return false;
  }
  if (!records_seen) return fail("no records ('e')");
  for (size_t i = 0; i < into.size(); ++i) {
    if (!resolve(into[i], times[i])) return false;
  }
  return true;
}

senml_parser::senml_parser(senml_dialect dialect) : reader_(std::make_unique<reader>()), dialect_(dialect) {}
senml_parser::~senml_parser() = default;

bool senml_parser::parse(std::string_view text, int64_t now_us) {
  records_.clear();
  reader_->base = {};
  reader_->times.clear();
  reader_->now_us = now_us;
  reader_->last_time = std::numeric_limits<double>::quiet_NaN();
  text = trimmed(text);
  bool draft = dialect_ == senml_dialect::draft || (dialect_ == senml_dialect::any && !text.empty() && text[0] != '[');
  reader_->in_draft = draft;
  // "MILLIS,{...}": when the reading was logged; the pack has times of its own.
  if (draft && !text.empty() && text[0] >= '0' && text[0] <= '9') {
    size_t comma = text.find_first_not_of("0123456789");
    if (comma != std::string_view::npos && text[comma] == ',') text.remove_prefix(comma + 1);
  }
  if (text.empty() || text.front() != (draft ? '{' : '[') || text.back() != (draft ? '}' : ']')) {
    reason_ = draft ? "expected a SenML object" : "expected a SenML array";
    return false;
  }
  ondemand::document document;
  auto error =
      reader_->parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING).get(document);
  bool good = false;
  if (error) {
    reader_->fail(error);
  } else if (draft) {
    ondemand::object object;
    good = !document.get_object().get(object) ? reader_->read_draft(object, records_) : reader_->fail("no object");
  } else {
    ondemand::array array;
    good = !document.get_array().get(array) ? reader_->read_records(array, records_) : reader_->fail("no array");
  }
  if (!good) {
    reason_ = reader_->reason;
    records_.clear();
  }
  return good;
}

} // namespace levada
