// Casts as expressions: what the binder wraps around a value. An untyped NULL becomes a typed one; a value that has
// the type already stays as it is.
#pragma once

#include "platform/status.hpp"
#include "runtime/expression/expression.hpp"

namespace levada {

// errc::type_mismatch when Flink does not convert by itself. The result's nullability is that of `e`.
result<expression_ptr> implicit_cast(expression_ptr e, const data_type& target, const eval_context& context);
// CAST, or TRY_CAST when `safe`; errc::type_mismatch when there is no such cast.
result<expression_ptr> explicit_cast(expression_ptr e, const data_type& target, bool safe, const eval_context& context);
} // namespace levada
