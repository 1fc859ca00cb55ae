// Syntax of queries: WITH, set operations, SELECT, VALUES, tables in FROM. Parsed as wide as Flink's grammar
// so that what is not supported can be refused with the span of exactly that clause.
#pragma once

#include "runtime/sql/ast_expression.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace levada::ast {

struct table_expression;
using table_expression_ptr = std::unique_ptr<table_expression>;

// /*+ OPTIONS('k'='v'), LOOKUP('a'='b'), STATE_TTL(..), BROADCAST(t, u) */
struct hint_entry {
  string_text key;
  std::optional<string_text> value;
};

struct hint {
  identifier hint_name;
  std::vector<hint_entry> entries;
  source_span span;
};

// catalog.database.table /*+ hints */ [FOR SYSTEM_TIME AS OF e]
struct table_name {
  name table;
  std::vector<hint> hints;
  expression_ptr system_time; // may be null
};

// (query), LATERAL (query)
struct derived_table {
  query_ptr subquery;
  bool lateral = false;
};

// TABLE(f(..)), LATERAL TABLE(f(..)), and plain f(..)
struct table_function {
  expression_ptr call; // a function_call
  bool lateral = false;
  bool wrapped = true; // inside TABLE(..)
};

// UNNEST(a) [WITH ORDINALITY]
struct unnest {
  std::vector<expression_ptr> operands;
  bool with_ordinality = false;
};

enum class join_kind : uint8_t { inner, left, right, full, cross, comma };

struct join {
  join_kind kind = join_kind::inner;
  bool natural = false;
  source_span join_span; // the keywords or the comma
  table_expression_ptr left;
  table_expression_ptr right;
  expression_ptr on; // may be null
  std::vector<identifier> using_columns;
};

struct table_expression {
  source_span span;
  uint16_t depth = 1;
  std::variant<table_name, derived_table, table_function, unnest, join> node;
  std::optional<identifier> alias;
  std::vector<identifier> column_aliases;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&node);
  }
};

struct select_item {
  expression_ptr value; // a star node for `*` and `t.*`
  std::optional<identifier> alias;
};

enum class grouping_kind : uint8_t {
  expression,    // one expression
  set,           // (a, b) or ()
  grouping_sets, // nested
  rollup,
  cube,
};

struct grouping_element {
  grouping_kind kind = grouping_kind::expression;
  source_span span;
  std::vector<expression_ptr> keys;     // expression, set
  std::vector<grouping_element> nested; // grouping_sets, rollup, cube
};

struct group_by {
  source_span span;
  bool distinct = false;
  std::vector<grouping_element> elements;
};

struct named_window {
  identifier window;
  window_spec spec;
};

struct select {
  source_span span;
  source_span select_span; // the keyword
  std::vector<hint> hints;
  bool distinct = false;
  std::vector<select_item> items;
  table_expression_ptr from; // null: SELECT 1
  expression_ptr where;
  std::optional<group_by> grouping;
  expression_ptr having;
  std::vector<named_window> windows;
  expression_ptr qualify;
};

struct values {
  std::vector<std::vector<expression_ptr>> rows;
  std::vector<source_span> row_spans;
};

// TABLE t as a query.
struct explicit_table {
  name table;
};

enum class set_kind : uint8_t { union_op, intersect_op, except_op };

// a UNION ALL b UNION ALL c: two or more operands, evaluated from the left.
struct set_operation {
  set_kind kind = set_kind::union_op;
  bool all = false;
  std::vector<query_ptr> operands;
  std::vector<source_span> op_spans; // one less than operands
};

struct common_table {
  identifier table;
  std::vector<identifier> columns;
  query_ptr subquery;
};

struct query {
  source_span span;
  uint16_t depth = 1;
  std::vector<common_table> with;
  bool recursive = false;
  std::variant<select, values, explicit_table, set_operation> body;
  std::vector<order_item> order_by;
  source_span order_span; // ORDER BY if written
  expression_ptr limit;   // LIMIT or FETCH; null: none (also LIMIT ALL)
  expression_ptr offset;
  source_span limit_span; // LIMIT, OFFSET or FETCH if written

  template <class T>
  const T* as() const {
    return std::get_if<T>(&body);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&body);
  }
};

// What the depth member should be, from the depths of the direct children: for whoever builds trees.
uint16_t depth_of(const table_expression& table);
uint16_t depth_of(const query& query);

} // namespace levada::ast
