// Syntax of statements: what the parser hands to the binder. A statement is a span and one of the structs
// below. Spans point into the source_text that was parsed.
#pragma once

#include "runtime/sql/ast_expression.hpp"
#include "runtime/sql/ast_query.hpp"
#include "runtime/sql/ast_type.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace levada::ast {

// 'key' = 'value' in WITH, in order.
struct option {
  string_text key;
  string_text value;
};

enum class column_kind : uint8_t { physical, computed, metadata };

struct column {
  column_kind kind = column_kind::physical;
  identifier column_name;
  source_span span;
  data_type type;                          // physical, metadata
  expression_ptr expression;               // computed
  std::optional<string_text> metadata_key; // METADATA FROM 'key'
  bool is_virtual = false;                 // METADATA .. VIRTUAL
  std::optional<string_text> comment;
};

struct watermark {
  name column_name;
  expression_ptr expression;
  source_span span;
};

// PRIMARY KEY (..) NOT ENFORCED, also written at a column.
struct primary_key {
  std::optional<identifier> constraint_name;
  std::vector<identifier> columns;
  source_span span;
};

enum class like_merge : uint8_t { including, excluding, overwriting };
enum class like_feature : uint8_t {
  all,
  constraints,
  distribution,
  generated,
  metadata,
  options,
  partitions,
  watermarks
};

struct like_rule {
  like_merge merge;
  like_feature feature;
  source_span span;
};

// LIKE t (INCLUDING ALL EXCLUDING OPTIONS)
struct like_clause {
  name table;
  std::vector<like_rule> rules;
  source_span span;
};

struct create_table {
  name table;
  bool temporary = false;
  bool if_not_exists = false;
  std::vector<column> columns; // in the order written
  std::optional<watermark> row_time;
  std::optional<primary_key> key;
  std::optional<string_text> comment;
  std::vector<identifier> partitioned_by;
  source_span options_span; // WITH (..)
  std::vector<option> options;
  std::optional<like_clause> like;
  query_ptr as_query; // CREATE TABLE .. AS query; may be null
};

struct create_view {
  name view;
  bool temporary = false;
  bool if_not_exists = false;
  std::vector<identifier> columns;
  std::optional<string_text> comment;
  query_ptr definition;
};

enum class object_kind : uint8_t { table, view };

struct drop {
  object_kind kind = object_kind::table;
  name object;
  bool temporary = false;
  bool if_exists = false;
};

struct insert {
  name table;
  source_span table_span;
  std::vector<hint> hints; // INSERT INTO t /*+ OPTIONS(..) */
  std::vector<identifier> columns;
  query_ptr source;
};

// EXECUTE STATEMENT SET BEGIN insert; .. END: one job.
struct statement_set {
  std::vector<insert> inserts;
};

// SET 'key' = 'value'; without a key: SET alone, which lists the settings.
struct set_option {
  std::optional<string_text> key;
  string_text value;
};

// RESET 'key'; without a key: all.
struct reset_option {
  std::optional<string_text> key;
};

struct statement;

// EXPLAIN [PLAN FOR | ESTIMATED_COST, CHANGELOG_MODE, ..] statement
struct explain {
  std::vector<identifier> details;   // upper case
  std::unique_ptr<statement> target; // a query_statement, insert or statement_set
};

// A bare query: its rows are the output.
struct query_statement {
  query_ptr source;
};

struct statement {
  source_span span; // without the semicolon
  std::variant<query_statement, create_table, create_view, drop, insert, statement_set, set_option, reset_option,
               explain>
      node;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&node);
  }
};

// A file: the statements that parsed, in order. When diagnostics has errors, some are missing.
struct script {
  std::vector<statement> statements;
};

} // namespace levada::ast
