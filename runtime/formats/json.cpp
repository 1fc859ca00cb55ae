#include "runtime/formats/json.hpp"

#include <array>

#include "runtime/registry.hpp"

namespace levada::formats {

namespace {

constexpr std::array<std::string_view, 2> timestamp_standards = {"sql", "iso-8601"};
constexpr std::array<std::string_view, 3> null_key_modes = {"fail", "drop", "literal"};

result<timestamp_style> read_standard(table_options& options) {
  auto standard = options.one_of("json.timestamp-format.standard", timestamp_standards, "sql");
  if (!standard.ok()) return standard.error();
  return *standard == "sql" ? timestamp_style::sql : timestamp_style::iso_8601;
}

// What only the other direction reads is known all the same: one table may be read and written.
void mark_known(table_options& options) {
  for (const char* key : {"json.map-null-key.mode", "json.map-null-key.literal", "json.encode.decimal-as-plain-number",
                          "json.encode.ignore-null-fields", "json.fail-on-missing-field", "json.ignore-parse-errors",
                          "json.decode.json-parser.enabled"}) {
    static_cast<void>(options.text(key));
  }
}

result<std::unique_ptr<decoder>> make_decoder(const format_spec& spec) {
  table_options& options = *spec.options;
  mark_known(options);
  auto missing = options.boolean("json.fail-on-missing-field", false);
  if (!missing.ok()) return missing.error();
  auto ignore = options.boolean("json.ignore-parse-errors", false);
  if (!ignore.ok()) return ignore.error();
  if (*missing && *ignore) {
    return status{errc::invalid_option,
                  "'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be true"};
  }
  auto standard = read_standard(options);
  if (!standard.ok()) return standard.error();
  std::vector<field> needed;
  for (uint32_t index : spec.needed) needed.push_back(spec.fields[index]);
  return make_json_decoder(needed, {*missing, *ignore, *standard, spec.messages});
}

result<std::unique_ptr<encoder>> make_encoder(const format_spec& spec) {
  table_options& options = *spec.options;
  mark_known(options);
  json_write_options write;
  auto standard = read_standard(options);
  if (!standard.ok()) return standard.error();
  write.timestamps = *standard;
  auto plain = options.boolean("json.encode.decimal-as-plain-number", false);
  if (!plain.ok()) return plain.error();
  write.plain_decimals = *plain;
  auto skip = options.boolean("json.encode.ignore-null-fields", false);
  if (!skip.ok()) return skip.error();
  write.skip_nulls = *skip;
  auto mode = options.one_of("json.map-null-key.mode", null_key_modes, "fail");
  if (!mode.ok()) return mode.error();
  write.null_key = *mode == "fail"   ? json_null_key::fail
                   : *mode == "drop" ? json_null_key::drop
                                     : json_null_key::literal;
  write.null_key_literal = options.text("json.map-null-key.literal").value_or("null");
  return make_json_encoder(spec.fields, write);
}

} // namespace

void register_json(registry& into) {
  format_definition definition;
  definition.name = "json";
  definition.summary = "one JSON object a line or message; nested ROW, ARRAY and MAP";
  definition.options = {
      {"json.fail-on-missing-field", "boolean", "false", "a missing field is an error instead of NULL"},
      {"json.ignore-parse-errors", "boolean", "false", "skip malformed records, make malformed fields NULL"},
      {"json.timestamp-format.standard", "enum SQL|ISO-8601", "SQL", "2026-01-31 23:59:58.1 or 2026-01-31T23:59:58.1"},
      {"json.map-null-key.mode", "enum FAIL|DROP|LITERAL", "FAIL", "what to write for a NULL key of a MAP"},
      {"json.map-null-key.literal", "string", "null", "the key written for NULL in mode LITERAL"},
      {"json.encode.decimal-as-plain-number", "boolean", "false", "write DECIMAL without an exponent, always"},
      {"json.encode.ignore-null-fields", "boolean", "false", "leave fields that are NULL out"},
      {"json.decode.json-parser.enabled", "boolean", "true", "accepted for Flink's sake; there is one parser here"},
  };
  definition.fields_by_name = true;
  definition.make_decoder = make_decoder;
  definition.make_encoder = make_encoder;
  into.add(std::move(definition));
}

} // namespace levada::formats
