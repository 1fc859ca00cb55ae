// SQL types, those of Flink 2.2, and how each lies in memory.
//
//   BOOLEAN u8 0/1 | TINYINT..BIGINT i8..i64 | FLOAT f32 | DOUBLE f64 | DECIMAL(p,s) i128 unscaled value
//   CHAR, VARCHAR, STRING, BINARY, VARBINARY, BYTES string_ref (UTF-8 or raw bytes)
//   DATE i32 days since 1970-01-01 | TIME i32 milliseconds of the day
//   TIMESTAMP i64 microseconds since 1970-01-01T00:00:00 of its own wall clock | TIMESTAMP_LTZ i64 microseconds UTC
//   INTERVAL YEAR TO MONTH i32 months | INTERVAL DAY TO SECOND i64 microseconds
//   ARRAY, MAP, ROW: children (see column.hpp)
//
// A data_type is a small immutable value: copying shares what is nested. Threads: immutable, freely shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace levada {

enum class type_kind : uint8_t {
  null, // the type of an untyped NULL literal; never the type of a table's column
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  float32,
  float64,
  decimal,
  character,
  varchar,
  binary,
  varbinary,
  date,
  time,
  timestamp,
  timestamp_ltz,
  interval_month,
  interval_day,
  array,
  map,
  row,
};

enum class physical_type : uint8_t { none, u8, i8, i16, i32, i64, f32, f64, i128, string, array, map, row };

constexpr int32_t string_length_max = 2147483647; // STRING = VARCHAR(2147483647), BYTES likewise
constexpr int decimal_precision_max = 38;
constexpr int timestamp_precision_max = 6;

struct field;

class data_type {
 public:
  data_type() = default; // null
  explicit data_type(type_kind kind) : kind_(kind) {}

  static data_type boolean() { return data_type{type_kind::boolean}; }
  static data_type tinyint() { return data_type{type_kind::tinyint}; }
  static data_type smallint() { return data_type{type_kind::smallint}; }
  static data_type integer() { return data_type{type_kind::integer}; }
  static data_type bigint() { return data_type{type_kind::bigint}; }
  static data_type float32() { return data_type{type_kind::float32}; }
  static data_type float64() { return data_type{type_kind::float64}; }
  static data_type decimal(int precision, int scale);
  static data_type character(int32_t length) { return {type_kind::character, length}; }
  static data_type varchar(int32_t length = string_length_max) { return {type_kind::varchar, length}; }
  static data_type string() { return varchar(); }
  static data_type binary(int32_t length) { return {type_kind::binary, length}; }
  static data_type varbinary(int32_t length = string_length_max) { return {type_kind::varbinary, length}; }
  static data_type date() { return data_type{type_kind::date}; }
  static data_type time(int precision = 0) { return {type_kind::time, precision}; }
  static data_type timestamp(int precision = 6) { return {type_kind::timestamp, precision}; }
  static data_type timestamp_ltz(int precision = 6) { return {type_kind::timestamp_ltz, precision}; }
  static data_type interval_month() { return data_type{type_kind::interval_month}; }
  static data_type interval_day() { return data_type{type_kind::interval_day}; }
  static data_type array(data_type element);
  static data_type map(data_type key, data_type value);
  static data_type row(std::vector<field> fields);

  type_kind kind() const { return kind_; }
  bool nullable() const { return nullable_; }
  data_type as_nullable(bool nullable = true) const;
  data_type not_null() const { return as_nullable(false); }

  int precision() const { return precision_or_length_; }  // DECIMAL, TIME, TIMESTAMP*
  int scale() const { return scale_; }                    // DECIMAL
  int32_t length() const { return precision_or_length_; } // CHAR, VARCHAR, BINARY, VARBINARY

  // ARRAY: one field "element"; MAP: "key", "value"; ROW: its fields. Others: empty.
  const std::vector<field>& fields() const;
  const data_type& element() const; // REQUIRES ARRAY
  const data_type& key() const;     // REQUIRES MAP
  const data_type& value() const;   // REQUIRES MAP

  physical_type physical() const;

  bool is_integer() const { return kind_ >= type_kind::tinyint && kind_ <= type_kind::bigint; }
  bool is_approximate() const { return kind_ == type_kind::float32 || kind_ == type_kind::float64; }
  bool is_numeric() const { return kind_ >= type_kind::tinyint && kind_ <= type_kind::decimal; }
  bool is_string() const { return kind_ == type_kind::character || kind_ == type_kind::varchar; }
  bool is_bytes() const { return kind_ == type_kind::binary || kind_ == type_kind::varbinary; }
  bool is_timestamp() const { return kind_ == type_kind::timestamp || kind_ == type_kind::timestamp_ltz; }
  bool is_interval() const { return kind_ == type_kind::interval_month || kind_ == type_kind::interval_day; }
  bool is_nested() const { return kind_ >= type_kind::array; }

  // Flink's spelling: "DECIMAL(10, 2) NOT NULL", "ROW<`a` INT>".
  std::string to_string() const;

  friend bool operator==(const data_type& a, const data_type& b); // nullability counts
  bool same_ignoring_nullability(const data_type& other) const;

 private:
  data_type(type_kind kind, int32_t precision_or_length, int16_t scale = 0)
      : kind_(kind), scale_(scale), precision_or_length_(precision_or_length) {}
  data_type(type_kind kind, std::vector<field> children);

  type_kind kind_ = type_kind::null;
  bool nullable_ = true;
  int16_t scale_ = 0;
  int32_t precision_or_length_ = 0;
  std::shared_ptr<const std::vector<field>> fields_;
};

struct field {
  std::string name;
  data_type type;
  friend bool operator==(const field&, const field&) = default;
};

// Width in bytes of one value of a fixed-width physical type; 16 for string, 0 for none and nested.
constexpr uint32_t width_of(physical_type type) {
  switch (type) {
  case physical_type::u8:
  case physical_type::i8: return 1;
  case physical_type::i16: return 2;
  case physical_type::i32:
  case physical_type::f32: return 4;
  case physical_type::i64:
  case physical_type::f64: return 8;
  case physical_type::i128:
  case physical_type::string: return 16;
  default: return 0;
  }
}

// The columns of a stream.
struct schema {
  std::vector<field> fields;

  uint32_t size() const { return static_cast<uint32_t>(fields.size()); }
  int index_of(std::string_view name) const; // -1 when absent; case-sensitive, as in Flink
  std::string to_string() const;
  friend bool operator==(const schema&, const schema&) = default;
};

} // namespace levada
