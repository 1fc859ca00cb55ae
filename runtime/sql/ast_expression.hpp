// Syntax of expressions. An expression is a span and one of the node structs below; children are owned.
//
//   std::visit(overloaded{[](const ast::literal& n) {...}, [](const ast::binary& n) {...}, ...}, e.node);
//   if (const auto* ref = e.as<ast::column_ref>()) ...
//
// The parser bounds the depth of every tree (max_syntax_depth in parser.hpp), so recursion over it is safe.
#pragma once

#include "runtime/sql/ast_type.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace levada::ast {

struct expression;
struct query;
using expression_ptr = std::unique_ptr<expression>;
using query_ptr = std::unique_ptr<query>;

enum class literal_kind : uint8_t {
  null_value,
  boolean,     // truth
  unknown,     // the keyword UNKNOWN: a BOOLEAN NULL
  integer,     // text = digits; may exceed any integer type
  decimal,     // text = digits with a point
  approximate, // text = with exponent
  string,      // text = unescaped bytes, valid UTF-8
  binary,      // text = the bytes of X'..'
  date,        // text = inside the quotes of DATE '..'
  time,
  timestamp, // also TIMESTAMP WITHOUT TIME ZONE
  interval,  // text = inside the quotes, qualifier set, negative for INTERVAL -'1' DAY
};

// A sign in front of a number is a unary node, never part of the literal.
struct literal {
  literal_kind kind = literal_kind::null_value;
  std::string text;
  bool truth = false;
  bool negative = false;
  interval_qualifier qualifier;
};

// c, t.c, t.c.f: which part is a table, a column or a field is for the binder to say.
struct column_ref {
  name path;
};

// `*` or `t.*`: only as a select item, and bare inside COUNT(*).
struct star {
  name qualifier;
};

enum class unary_op : uint8_t {
  negate,
  plus,
  not_op,
  is_null,
  is_not_null,
  is_true,
  is_not_true,
  is_false,
  is_not_false,
  is_unknown,
  is_not_unknown,
};

struct unary {
  unary_op op;
  expression_ptr operand;
  source_span op_span;
};

enum class binary_op : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  modulo,
  concat,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  is_distinct,
  is_not_distinct,
};

struct binary {
  binary_op op;
  expression_ptr left;
  expression_ptr right;
  source_span op_span;
};

enum class logical_op : uint8_t { and_op, or_op };

// a AND b AND c: two or more operands, so that a long generated condition is wide and not deep.
struct logical {
  logical_op op;
  std::vector<expression_ptr> operands;
};

struct between {
  expression_ptr operand;
  expression_ptr low;
  expression_ptr high;
  bool negated = false;
  bool symmetric = false;
};

struct in_list {
  expression_ptr operand;
  std::vector<expression_ptr> list;
  bool negated = false;
};

struct in_query {
  expression_ptr operand;
  query_ptr subquery;
  bool negated = false;
};

struct like {
  expression_ptr operand;
  expression_ptr pattern;
  expression_ptr escape; // may be null
  bool negated = false;
};

struct exists {
  query_ptr subquery;
};

// left op ANY|SOME|ALL (subquery)
struct quantified {
  binary_op op;
  bool all = false;
  expression_ptr left;
  query_ptr subquery;
};

// (SELECT ..) used as a value.
struct scalar_query {
  query_ptr subquery;
};

struct case_branch {
  expression_ptr when;
  expression_ptr then;
};

// CASE [operand] WHEN .. THEN .. ELSE .. END
struct case_when {
  expression_ptr operand; // null in the searched form
  std::vector<case_branch> branches;
  expression_ptr otherwise; // may be null
};

struct cast {
  expression_ptr operand;
  data_type type;
  bool safe = false; // TRY_CAST
};

// ROW(a, b) or (a, b)
struct row_constructor {
  std::vector<expression_ptr> elements;
};

struct array_constructor {
  std::vector<expression_ptr> elements;
};

// MAP[k, v, k, v]: keys and values alternate; an even count.
struct map_constructor {
  std::vector<expression_ptr> elements;
};

// a[i]
struct element_access {
  expression_ptr operand;
  expression_ptr index;
};

// f(x).field, a[1].field; plain r.f is a column_ref.
struct field_access {
  expression_ptr operand;
  identifier field;
};

// The unit of EXTRACT, FLOOR(.. TO u), TIMESTAMPADD and TIMESTAMPDIFF, as an argument.
struct unit_argument {
  time_unit unit;
};

enum class trim_side : uint8_t { both, leading, trailing };

struct trim_argument {
  trim_side side;
};

// DESCRIPTOR(a, b)
struct descriptor {
  std::vector<identifier> columns;
};

// The keyword DEFAULT as a function argument or in VALUES.
struct default_value {};

struct order_item {
  expression_ptr key;
  bool descending = false;
  std::optional<bool> nulls_first; // NULLS FIRST / LAST if written
};

// TABLE t [PARTITION BY ..] [ORDER BY ..] or (query) [PARTITION BY ..] as the argument of a table function.
struct table_argument {
  name table;         // empty when it is a query
  query_ptr subquery; // may be null
  std::vector<expression_ptr> partition_by;
  std::vector<order_item> order_by;
};

// MODEL m as the argument of a table function.
struct model_argument {
  name model;
};

enum class frame_bound_kind : uint8_t { unbounded_preceding, preceding, current_row, following, unbounded_following };

struct frame_bound {
  frame_bound_kind kind = frame_bound_kind::current_row;
  expression_ptr offset; // for preceding and following
};

enum class frame_unit : uint8_t { rows, range };

// OVER w, OVER (w PARTITION BY .. ORDER BY .. ROWS BETWEEN .. AND ..), and WINDOW w AS (..)
struct window_spec {
  source_span span;
  std::optional<identifier> base;
  std::vector<expression_ptr> partition_by;
  std::vector<order_item> order_by;
  std::optional<frame_unit> unit; // absent: no frame written
  frame_bound lower;
  frame_bound upper; // current row when only one bound is written
};

// `name => value` when name is set.
struct argument {
  std::optional<identifier> argument_name;
  expression_ptr value;
};

enum class json_behaviour : uint8_t {
  null_value,
  error,
  empty_array,
  empty_object,
  default_value,
  true_value,
  false_value,
  unknown
};

struct json_on {
  json_behaviour behaviour = json_behaviour::null_value;
  expression_ptr default_value;
};

enum class json_wrapper : uint8_t { without, conditional, unconditional };

// The clauses of JSON_VALUE, JSON_QUERY, JSON_EXISTS, JSON_OBJECT (arguments alternate key, value),
// JSON_ARRAY.
struct json_clauses {
  std::optional<data_type> returning;
  std::optional<json_on> on_empty;
  std::optional<json_on> on_error;
  std::optional<json_wrapper> wrapper;
  std::optional<bool> absent_on_null;
};

// f(..), and the special forms in their plain shape, name in upper case:
//   EXTRACT(u FROM e)              EXTRACT(unit_argument, e)
//   FLOOR(e TO u), CEIL(e TO u)    FLOOR(e, unit_argument)
//   TIMESTAMPADD(u, n, t), TIMESTAMPDIFF(u, a, b)   (unit_argument, ..)
//   TRIM([side] [chars] FROM e)    TRIM(trim_argument, chars, e); TRIM(e) has one argument
//   POSITION(a IN b)               POSITION(a, b)
//   SUBSTRING(a FROM b FOR c)      SUBSTRING(a, b, c)
//   OVERLAY(a PLACING b FROM c FOR d)  OVERLAY(a, b, c, d)
//   CURRENT_TIMESTAMP              no arguments, parentheses = false
//   COUNT(*)                       one star argument
struct function_call {
  name function;
  std::vector<argument> arguments;
  bool parentheses = true;
  bool distinct = false;
  std::optional<bool> ignore_nulls;     // IGNORE NULLS / RESPECT NULLS
  std::vector<order_item> within_group; // WITHIN GROUP (ORDER BY ..)
  expression_ptr filter;                // FILTER (WHERE ..), may be null
  std::unique_ptr<window_spec> over;    // OVER .., may be null
  std::unique_ptr<json_clauses> json;   // may be null
};

using expression_node =
    std::variant<literal, column_ref, star, unary, binary, logical, between, in_list, in_query, like, exists,
                 quantified, scalar_query, case_when, cast, row_constructor, array_constructor, map_constructor,
                 element_access, field_access, unit_argument, trim_argument, descriptor, default_value, table_argument,
                 model_argument, function_call>;

struct expression {
  source_span span;
  uint16_t depth = 1; // nodes on the longest path down from here, subqueries included
  expression_node node;

  expression(source_span where, expression_node what);
  ~expression();
  expression(const expression&) = delete;
  expression& operator=(const expression&) = delete;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&node);
  }
};

} // namespace levada::ast
