// Syntax of names and types. Nothing is resolved or checked against a catalog: `DECIMAL(99, 3)` is a
// data_type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/sql/diagnostic.hpp"
#include "runtime/time_unit.hpp"

namespace levada::ast {

// Spelt as the user wrote it (Flink's identifiers are case-sensitive), back-quotes removed.
struct identifier {
  std::string text;
  source_span span;
  bool quoted = false;
};

// a, a.b, a.b.c
struct name {
  std::vector<identifier> parts;
  source_span span;
};

// A string constant, unescaped.
struct string_text {
  std::string value;
  source_span span;
};

using levada::time_unit;

// DAY(3) TO SECOND(6): from = day, to = second, leading_precision = 3, fraction_precision = 6.
// For SECOND alone, SECOND(p, f) gives both.
struct interval_qualifier {
  time_unit from = time_unit::second;
  std::optional<time_unit> to;
  std::optional<int32_t> leading_precision;
  std::optional<int32_t> fraction_precision;
  source_span span;

  bool year_month() const { return from == time_unit::year || from == time_unit::month || from == time_unit::quarter; }
};

enum class type_kind : uint8_t {
  boolean_type,
  tinyint,
  smallint,
  integer,
  bigint,
  float_type,  // 4 bytes; also REAL
  double_type, // also DOUBLE PRECISION
  decimal,     // also DEC, NUMERIC; precision, scale
  char_type,   // precision = length
  varchar,     // precision = length; absent means STRING
  string,
  binary,    // precision = length
  varbinary, // precision = length; absent means BYTES
  bytes,
  date,
  time,          // precision
  timestamp,     // precision
  timestamp_ltz, // also TIMESTAMP WITH LOCAL TIME ZONE; precision
  interval,      // qualifier
  array,         // elements[0]; ARRAY<T> and T ARRAY
  multiset,      // elements[0]
  map,           // elements[0] -> elements[1]
  row,           // fields
  null_type,
  variant,
  unknown, // user-defined: type_name
};

struct row_field;

struct data_type {
  type_kind kind = type_kind::unknown;
  source_span span;
  uint16_t depth = 1;    // nested types, this one included
  bool not_null = false; // NOT NULL written
  std::optional<int32_t> precision;
  std::optional<int32_t> scale;
  std::optional<interval_qualifier> qualifier;
  std::vector<data_type> elements;
  std::vector<row_field> fields;
  name type_name;
};

struct row_field {
  identifier field;
  data_type type;
  std::optional<string_text> comment;
};

} // namespace levada::ast
