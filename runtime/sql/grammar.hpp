// The rules of the grammar, one function each, shared by the parser_*.cpp files. Every function consumes what
// it recognises and returns a complete tree, or a placeholder after a mistake (see token_cursor.hpp).
#pragma once

#include "runtime/sql/ast.hpp"
#include "runtime/sql/token_cursor.hpp"

#include <optional>
#include <vector>

namespace levada::grammar {

// parser_types.cpp
ast::data_type parse_type(token_cursor& in);
std::optional<time_unit> time_unit_named(std::string_view word); // DAY, also DAYS where Flink takes it
bool at_interval_unit(const token_cursor& in);
ast::interval_qualifier parse_interval_qualifier(token_cursor& in);

// parser_expressions.cpp
ast::expression_ptr make(token_cursor& in, source_span span, ast::expression_node node);
// A call that ends here.
ast::expression_ptr finish(token_cursor& in, ast::function_call call);
ast::expression_ptr placeholder(token_cursor& in);
ast::expression_ptr parse_expression(token_cursor& in);
// Operators that bind at least as tightly as min_power (power.hpp).
ast::expression_ptr parse_operators(token_cursor& in, int min_power);
std::vector<ast::expression_ptr> parse_expression_list(token_cursor& in);

// parser_primary.cpp
ast::expression_ptr parse_primary(token_cursor& in);

// parser_functions.cpp
bool at_function(const token_cursor& in);
ast::expression_ptr parse_function(token_cursor& in);
// Behind a function name: "(arguments)" and what may follow it.
ast::expression_ptr parse_call(token_cursor& in, ast::name function);

// parser_special_forms.cpp
// Empty if this word begins no special form (CASE, CAST, EXTRACT, ..).
ast::expression_ptr parse_special_form(token_cursor& in);

// parser_windows.cpp
ast::window_spec parse_window_spec(token_cursor& in);
std::vector<ast::order_item> parse_order_items(token_cursor& in);
ast::order_item parse_order_item(token_cursor& in);

// parser_json.cpp
bool is_json_function(std::string_view upper);
void parse_json_arguments(token_cursor& in, ast::function_call& call);

// parser_queries.cpp
bool at_query(const token_cursor& in, size_t ahead = 0); // SELECT, WITH, VALUES, TABLE t
ast::query_ptr parse_query(token_cursor& in);
// A query whose first operand has been read already, with what follows it.
ast::query_ptr continue_query(token_cursor& in, ast::query_ptr first);
bool at_query_continuation(const token_cursor& in); // UNION, ORDER BY, LIMIT, ..
// Sets the depth of a finished query and checks it.
void seal(token_cursor& in, ast::query& query);

// parser_tables.cpp
ast::table_expression_ptr parse_from(token_cursor& in);
std::vector<ast::hint> parse_hints(token_cursor& in);
std::vector<ast::identifier> parse_name_list(token_cursor& in, std::string_view what); // (a, b)

// parser_ddl.cpp
ast::create_table parse_create_table(token_cursor& in, bool temporary);
ast::create_view parse_create_view(token_cursor& in, bool temporary);
ast::drop parse_drop(token_cursor& in);

} // namespace levada::grammar
