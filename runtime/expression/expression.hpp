// Bound, typed expressions, and their vectorised evaluation.
//
// The binder produces trees in which every implicit cast is explicit and every call holds its kernel. Evaluation yields
// a column aligned with the batch's physical rows, computed only where the row_set says (other rows are undefined), so
// results and inputs mix under one selection. AND, OR, CASE and COALESCE evaluate an argument only on the rows
// that need it: a row that does not reach `1 / x` cannot fail by it.
// Threads: expression trees are immutable and shared; evaluation state lives in the caller.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/status.hpp"
#include "runtime/batch.hpp"
#include "runtime/functions/function.hpp"

namespace levada {

struct expression;
using expression_ptr = std::shared_ptr<const expression>;

enum class expression_kind : uint8_t {
  column,   // column `index` of the input
  literal,  // `value`, a constant column
  call,     // `run` over args, strict evaluation
  and_,     // three-valued, args >= 2, left to right
  or_,      // likewise
  case_,    // args: condition, result, condition, result, ..., otherwise (always present)
  coalesce, // first argument that is not NULL
};

struct expression {
  expression_kind kind = expression_kind::literal;
  data_type type;
  uint32_t index = 0;
  column_ptr value;
  std::string name; // of the function, for EXPLAIN and errors
  kernel run;
  bool deterministic = true; // same columns, same result: holds for the whole subtree
  std::vector<expression_ptr> args;
};

expression_ptr make_column(uint32_t index, data_type type);
expression_ptr make_literal(column_ptr constant);
expression_ptr make_call(std::string name, binding bound, std::vector<expression_ptr> args);
expression_ptr make_and(std::vector<expression_ptr> args);
expression_ptr make_or(std::vector<expression_ptr> args);
// REQUIRES condition, result, ..., otherwise, the results all of `type` but for nullability.
expression_ptr make_case(data_type type, std::vector<expression_ptr> args);
expression_ptr make_coalesce(data_type type, std::vector<expression_ptr> args); // likewise

// Longest path of a tree the binder may build; deeper is errc::nesting_too_deep.
constexpr int expression_depth_max = 256;

// The value of `e` for `rows` of `in`. On failure the status names function and reason.
result<column_ptr> evaluate(const expression& e, const batch& in, row_set rows, const eval_context& context);

// The rows of `rows` for which predicate `e` is TRUE, ascending physical indices.
status evaluate_filter(const expression& e, const batch& in, row_set rows, const eval_context& context,
                       std::vector<uint32_t>& out);

// Constant folding: the value of a deterministic expression without columns; REQUIRES such.
result<column_ptr> evaluate_constant(const expression& e, const eval_context& context);

// Columns that `e` reads, ascending, each once.
void collect_columns(const expression& e, std::vector<uint32_t>& out);
// The same tree with every column index mapped.
expression_ptr remap_columns(const expression_ptr& e, std::span<const uint32_t> new_index_of);

// As SQL-like text for EXPLAIN: "(`price` * 2)".
std::string to_string(const expression& e, const schema& input);

} // namespace levada
