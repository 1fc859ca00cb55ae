#include "runtime/formats/csv.hpp"

#include "absl/strings/escaping.h"

#include "runtime/registry.hpp"

namespace levada::formats {

namespace {

// One character, also in an escaped spelling such as '\t'.
result<std::optional<char>> read_character(table_options& options, std::string_view key) {
  auto text = options.text(key);
  if (!text) return std::optional<char>{};
  std::string plain = *text;
  if (plain.size() > 1 && !absl::CUnescape(plain, &plain)) plain.clear();
  if (plain.size() != 1) {
    return status{errc::invalid_option, "'" + std::string(key) + "' = '" + *text + "': expected a single character"};
  }
  return std::optional<char>{plain[0]};
}

result<csv_dialect> read_dialect(table_options& options) {
  csv_dialect dialect;
  auto delimiter = read_character(options, "csv.field-delimiter");
  if (!delimiter.ok()) return delimiter.error();
  dialect.delimiter = delimiter->value_or(',');
  auto unquoted = options.boolean("csv.disable-quote-character", false);
  if (!unquoted.ok()) return unquoted.error();
  dialect.quoting = !*unquoted;
  if (*unquoted && options.has("csv.quote-character")) {
    return status{errc::invalid_option,
                  "'csv.quote-character' and 'csv.disable-quote-character' = 'true' exclude each other"};
  }
  auto quote = read_character(options, "csv.quote-character");
  if (!quote.ok()) return quote.error();
  dialect.quote = quote->value_or('"');
  auto escape = read_character(options, "csv.escape-character");
  if (!escape.ok()) return escape.error();
  dialect.escape = *escape;
  auto comments = options.boolean("csv.allow-comments", false);
  if (!comments.ok()) return comments.error();
  dialect.comments = *comments;
  auto ignore = options.boolean("csv.ignore-parse-errors", false);
  if (!ignore.ok()) return ignore.error();
  dialect.ignore_parse_errors = *ignore;
  auto scientific = options.boolean("csv.write-bigdecimal-in-scientific-notation", true);
  if (!scientific.ok()) return scientific.error();
  dialect.scientific_decimals = *scientific;
  dialect.null_literal = options.text("csv.null-literal");
  dialect.element_delimiter = options.text("csv.array-element-delimiter").value_or(";");
  if (dialect.element_delimiter.empty()) {
    return status{errc::invalid_option, "'csv.array-element-delimiter' must not be empty"};
  }
  return dialect;
}

} // namespace

void register_csv(registry& into) {
  format_definition definition;
  definition.name = "csv";
  definition.summary = "comma-separated values (RFC 4180)";
  definition.options = {
      {"csv.field-delimiter", "character", ",", "between fields"},
      {"csv.quote-character", "character", "\"", "around a field that needs it"},
      {"csv.disable-quote-character", "boolean", "false", "no quotes: a quote is a character like any other"},
      {"csv.escape-character", "character", "", "takes the meaning from the character behind it"},
      {"csv.null-literal", "string", "", "the text that means NULL"},
      {"csv.allow-comments", "boolean", "false", "pass over lines that begin with #"},
      {"csv.ignore-parse-errors", "boolean", "false", "skip malformed records, make malformed fields NULL"},
      {"csv.array-element-delimiter", "string", ";", "between the elements of an ARRAY or ROW"},
      {"csv.write-bigdecimal-in-scientific-notation", "boolean", "true", "write DECIMAL as 1E+2; false: 100.00"},
  };
  definition.make_decoder = [](const format_spec& spec) -> result<std::unique_ptr<decoder>> {
    auto dialect = read_dialect(*spec.options);
    if (!dialect.ok()) return dialect.error();
    return make_csv_decoder(spec.fields, spec.needed, *dialect);
  };
  definition.make_encoder = [](const format_spec& spec) -> result<std::unique_ptr<encoder>> {
    auto dialect = read_dialect(*spec.options);
    if (!dialect.ok()) return dialect.error();
    return make_csv_encoder(spec.fields, *dialect);
  };
  into.add(std::move(definition));
}

} // namespace levada::formats
