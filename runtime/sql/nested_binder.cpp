// The constructors of rows, arrays and maps, and access to what is in them.
#include <utility>

#include "runtime/sql/expression_binder.hpp"
#include "runtime/sql/nested_values.hpp"

namespace levada {

expression_ptr expression_binder::bind_node(const ast::expression&, const ast::row_constructor& n) {
  std::vector<expression_ptr> values;
  if (!bind_all(n.elements, values)) return nullptr;
  return make_row(std::move(values));
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::array_constructor& n) {
  std::vector<expression_ptr> values;
  if (!bind_all(n.elements, values)) return nullptr;
  if (values.empty()) return unsupported(e.span, "an empty ARRAY has no type", "CAST(NULL AS ARRAY<..>)");
  if (!unify(values, e.span, "the elements of ARRAY")) return nullptr;
  return make_array(std::move(values));
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::map_constructor& n) {
  std::vector<expression_ptr> all;
  if (!bind_all(n.elements, all)) return nullptr;
  if (all.empty()) return unsupported(e.span, "an empty MAP has no type", "CAST(NULL AS MAP<.., ..>)");
  std::vector<expression_ptr> keys;
  std::vector<expression_ptr> values;
  for (size_t i = 0; i < all.size(); ++i) (i % 2 == 0 ? keys : values).push_back(all[i]);
  if (!unify(keys, e.span, "the keys of MAP") || !unify(values, e.span, "the values of MAP")) return nullptr;
  return make_map(std::move(keys), std::move(values));
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::element_access& n) {
  auto operand = bind_node(*n.operand);
  auto index = bind_node(*n.index);
  if (!operand || !index) return nullptr;
  if (operand->type.kind() == type_kind::array) {
    if (!index->type.is_integer())
      return fail(n.index->span, {errc::type_mismatch,
                                  "the index of an ARRAY is an integer from 1, this is " + index->type.to_string()});
    index = coerce(index, data_type::integer().as_nullable(index->type.nullable()), n.index->span);
    return index ? array_element(std::move(operand), std::move(index)) : nullptr;
  }
  if (operand->type.kind() == type_kind::map) {
    // Integers find each other whatever their width.
    if (!index->type.is_integer() || !operand->type.key().is_integer())
      index = coerce(index, operand->type.key().as_nullable(index->type.nullable()), n.index->span);
    return index ? map_element(std::move(operand), std::move(index)) : nullptr;
  }
  return fail(e.span, {errc::type_mismatch, "[ ] needs an ARRAY or a MAP, this is " + operand->type.to_string()});
}

expression_ptr expression_binder::bind_node(const ast::expression&, const ast::field_access& n) {
  auto operand = bind_node(*n.operand);
  if (!operand) return nullptr;
  scope inside;
  inside.columns.push_back({"", "value", operand->type, {}});
  ast::name path;
  path.span = n.field.span;
  path.parts = {{"value", n.field.span, false}, n.field};
  resolved_name where;
  if (!inside.resolve(path, context_.found, where)) return nullptr;
  return row_field_access(std::move(operand), where.fields[0]);
}

} // namespace levada
