#include "runtime/sql/cast_expression.hpp"

#include <utility>

#include "runtime/functions/cast.hpp"
#include "runtime/functions/coercion.hpp"
#include "runtime/sql/literal.hpp"

namespace levada {

namespace {

result<expression_ptr> cast_with(std::string name, expression_ptr e, const data_type& target, bool safe,
                                 const eval_context& context) {
  auto bound = bind_cast(e->type, target, safe, context);
  if (!bound.ok()) return bound.error();
  return make_call(std::move(name), std::move(*bound), {std::move(e)});
}

} // namespace

result<expression_ptr> implicit_cast(expression_ptr e, const data_type& target, const eval_context& context) {
  if (e->type.same_ignoring_nullability(target)) return e;
  if (e->type.kind() == type_kind::null) return make_null(target);
  if (!implicitly_castable(e->type, target)) {
    return status{errc::type_mismatch, "a value of type " + e->type.as_nullable().to_string() + " does not become " +
                                           target.as_nullable().to_string() + " by itself"};
  }
  const bool nullable = e->type.nullable();
  if (e->kind == expression_kind::column && is_noop_cast(e->type, target))
    return make_column(e->index, target.as_nullable(nullable));
  return cast_with("CAST", std::move(e), target.as_nullable(nullable), false, context);
}

result<expression_ptr> explicit_cast(expression_ptr e, const data_type& target, bool safe,
                                     const eval_context& context) {
  if (e->type.kind() == type_kind::null) return make_null(target);
  const bool nullable = safe || e->type.nullable();
  if (e->type.same_ignoring_nullability(target) && !safe) return e;
  return cast_with(safe ? "TRY_CAST" : "CAST", std::move(e), target.as_nullable(nullable), safe, context);
}

} // namespace levada
