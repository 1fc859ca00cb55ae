#include "runtime/sql/grammar.hpp"
#include "runtime/sql/keywords.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace levada::grammar {

namespace {

using ast::data_type;
using ast::type_kind;

struct simple_type {
  std::string_view word;
  type_kind kind;
  bool takes_precision;
};

constexpr std::array<simple_type, 25> simple_types = {{
    {"BOOLEAN", type_kind::boolean_type, false},
    {"TINYINT", type_kind::tinyint, false},
    {"SMALLINT", type_kind::smallint, false},
    {"INT", type_kind::integer, false},
    {"INTEGER", type_kind::integer, false},
    {"BIGINT", type_kind::bigint, false},
    {"FLOAT", type_kind::float_type, false},
    {"REAL", type_kind::float_type, false},
    {"DOUBLE", type_kind::double_type, false},
    {"DECIMAL", type_kind::decimal, true},
    {"DEC", type_kind::decimal, true},
    {"NUMERIC", type_kind::decimal, true},
    {"CHAR", type_kind::char_type, true},
    {"CHARACTER", type_kind::char_type, true},
    {"VARCHAR", type_kind::varchar, true},
    {"STRING", type_kind::string, false},
    {"BINARY", type_kind::binary, true},
    {"VARBINARY", type_kind::varbinary, true},
    {"BYTES", type_kind::bytes, false},
    {"DATE", type_kind::date, false},
    {"TIME", type_kind::time, true},
    {"TIMESTAMP", type_kind::timestamp, true},
    {"TIMESTAMP_LTZ", type_kind::timestamp_ltz, true},
    {"VARIANT", type_kind::variant, false},
    {"NULL", type_kind::null_type, false},
}};

// Units an INTERVAL may have, also in the plural.
constexpr std::array<std::string_view, 8> interval_units = {"YEAR", "QUARTER", "MONTH",  "WEEK",
                                                            "DAY",  "HOUR",    "MINUTE", "SECOND"};

// Flink's own list of what may be a column type, for the help line.
constexpr std::string_view type_list =
    "types are BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p, s), CHAR(n), VARCHAR(n), "
    "STRING, BINARY(n), VARBINARY(n), BYTES, DATE, TIME, TIMESTAMP(p), TIMESTAMP_LTZ(p), ARRAY<T>, MAP<K, "
    "V>, ROW<f T>";

std::string_view singular(std::string_view upper) {
  return upper.ends_with('S') ? upper.substr(0, upper.size() - 1) : upper;
}

bool is_interval_unit(std::string_view upper) {
  const auto named = [&](std::string_view unit) { return unit == upper || unit == singular(upper); };
  return std::any_of(interval_units.begin(), interval_units.end(), named);
}

void parse_precision(token_cursor& in, data_type& type) {
  if (!in.accept("(")) return;
  type.precision = in.integer("a length or precision");
  if (type.kind == type_kind::decimal && in.accept(",")) type.scale = in.integer("a scale");
  in.expect(")", "after the precision");
}

// TIMESTAMP and TIME: what follows the precision.
void parse_zone(token_cursor& in, data_type& type) {
  const auto start = in.span();
  if (in.accept("WITHOUT", "TIME", "ZONE")) return;
  if (type.kind == type_kind::timestamp && in.at("WITH") && in.at("LOCAL", 1)) {
    in.accept("WITH", "LOCAL");
    if (!in.accept("TIME", "ZONE")) in.fail_expected("'TIME ZONE'");
    type.kind = type_kind::timestamp_ltz;
  } else if (in.accept("WITH", "TIME", "ZONE")) {
    const bool stamp = type.kind == type_kind::timestamp;
    in.unsupported(in.since(start), "a type with a time zone of its own is not supported",
                   stamp ? "use TIMESTAMP_LTZ(p): an instant, shown in the session's time zone" : "use TIME");
  }
}

data_type parse_type_here(token_cursor& in);

void parse_nullability(token_cursor& in, data_type& type) {
  if (in.accept("NOT", "NULL")) type.not_null = true;
  else in.accept("NULL");
}

data_type parse_nested(token_cursor& in) {
  auto type = parse_type_here(in);
  parse_nullability(in, type);
  return type;
}

void adopt_depth(data_type& type, const data_type& inner) {
  type.depth = std::max(type.depth, static_cast<uint16_t>(inner.depth + 1));
}

void parse_elements(token_cursor& in, data_type& type, size_t count) {
  in.expect("<", "for the element type");
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) in.expect(",", "between the key type and the value type");
    type.elements.push_back(parse_nested(in));
    adopt_depth(type, type.elements.back());
  }
  in.expect(">", "after the element type");
}

void parse_row(token_cursor& in, data_type& type) {
  if (in.accept("<>")) return;
  const bool angle = in.accept("<");
  if (!angle && !in.accept("(")) return in.fail_expected("'<' after ROW");
  const std::string_view close = angle ? ">" : ")";
  if (in.accept(close)) return;
  do {
    ast::row_field field;
    field.field = in.identifier("a field name");
    field.type = parse_nested(in);
    adopt_depth(type, field.type);
    if (in.at_string()) field.comment = in.string("a comment");
    type.fields.push_back(std::move(field));
  } while (in.accept(","));
  in.expect(close, "after the last field");
}

bool parse_constructed(token_cursor& in, data_type& type) {
  if (in.accept("ARRAY")) {
    type.kind = type_kind::array;
    parse_elements(in, type, 1);
  } else if (in.accept("MULTISET")) {
    type.kind = type_kind::multiset;
    parse_elements(in, type, 1);
  } else if (in.accept("MAP")) {
    type.kind = type_kind::map;
    parse_elements(in, type, 2);
  } else if (in.accept("ROW")) {
    type.kind = type_kind::row;
    parse_row(in, type);
  } else if (in.accept("INTERVAL")) {
    type.kind = type_kind::interval;
    type.qualifier = parse_interval_qualifier(in);
  } else if (in.at("RAW") || in.at("STRUCTURED")) {
    in.fail(errc::unsupported, in.span(), std::string(in.text(in.peek())) + " types are not supported",
            "use ROW<..> or BYTES");
  } else {
    return false;
  }
  return true;
}

bool parse_simple(token_cursor& in, data_type& type) {
  for (const auto& simple : simple_types) {
    if (!in.accept(simple.word)) continue;
    type.kind = simple.kind;
    if (type.kind == type_kind::char_type && in.accept("VARYING")) type.kind = type_kind::varchar;
    if (type.kind == type_kind::binary && in.accept("VARYING")) type.kind = type_kind::varbinary;
    if (type.kind == type_kind::double_type) in.accept("PRECISION");
    if (simple.takes_precision) parse_precision(in, type);
    else if (in.at("("))
      in.fail(errc::syntax_error, in.span(), std::string(simple.word) + " takes no length or precision",
              "write " + std::string(simple.word) + " alone");
    if (type.kind == type_kind::timestamp || type.kind == type_kind::time) parse_zone(in, type);
    return true;
  }
  return false;
}

data_type parse_type_here(token_cursor& in) {
  const token_cursor::level nested(in);
  data_type type;
  const auto start = in.span();
  if (!parse_simple(in, type) && !parse_constructed(in, type)) {
    if (!in.at_identifier()) {
      in.fail(errc::syntax_error, start, "expected a type, found " + in.found(), std::string(type_list));
      return type;
    }
    type.type_name = in.compound_name("a type");
  }
  type.span = in.since(start);
  while (in.at("ARRAY") || in.at("MULTISET") || (in.at("NOT") && in.at("NULL", 1) && in.at("ARRAY", 2))) {
    data_type outer;
    parse_nullability(in, type);
    outer.kind = in.at("ARRAY") ? type_kind::array : type_kind::multiset;
    in.advance();
    outer.span = in.since(start);
    adopt_depth(outer, type);
    outer.elements.push_back(std::move(type));
    type = std::move(outer);
    if (!in.check_depth(type.depth, type.span)) break;
  }
  return type;
}

std::optional<int32_t> parse_unit_precision(token_cursor& in, ast::interval_qualifier& qualifier) {
  if (!in.accept("(")) return std::nullopt;
  const int32_t leading = in.integer("a precision");
  if (qualifier.from == time_unit::second && in.accept(",")) qualifier.fraction_precision = in.integer("a precision");
  in.expect(")", "after the precision");
  return leading;
}

} // namespace

std::optional<time_unit> time_unit_named(std::string_view word) {
  const std::string upper = upper_case(word);
  const auto unit = time_unit_of(upper);
  return unit || !is_interval_unit(upper) ? unit : time_unit_of(singular(upper));
}

bool at_interval_unit(const token_cursor& in) {
  return in.kind() == token_kind::word && is_interval_unit(upper_case(in.text(in.peek())));
}

ast::interval_qualifier parse_interval_qualifier(token_cursor& in) {
  ast::interval_qualifier out;
  const auto start = in.span();
  if (!at_interval_unit(in)) {
    in.fail(errc::syntax_error, start, "expected an interval unit, found " + in.found(),
            "units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND; a millisecond is INTERVAL "
            "'0.001' SECOND");
    return out;
  }
  out.from = *time_unit_named(in.text(in.peek()));
  in.advance();
  out.leading_precision = parse_unit_precision(in, out);
  if (in.accept("TO")) {
    if (!at_interval_unit(in)) in.fail_expected("an interval unit after TO");
    out.to = time_unit_named(in.text(in.peek()));
    in.advance();
    if (out.to == time_unit::second && in.accept("(")) {
      out.fraction_precision = in.integer("a precision");
      in.expect(")", "after the precision");
    }
    if (out.to && *out.to <= out.from)
      in.fail(errc::syntax_error, in.since(start), "an interval goes from the larger unit to the smaller",
              "for example DAY TO SECOND or YEAR TO MONTH");
  }
  out.span = in.since(start);
  return out;
}

ast::data_type parse_type(token_cursor& in) { return parse_type_here(in); }

} // namespace levada::grammar
