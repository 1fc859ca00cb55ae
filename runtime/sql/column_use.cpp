#include "runtime/sql/column_use.hpp"

#include "runtime/sql/nested_values.hpp"

namespace levada {

void column_use::merge(const column_use& other) {
  whole = whole || other.whole;
  for (const auto& [name, use] : other.fields) fields[name].merge(use);
}

const column_use& whole_column() {
  static const column_use whole{true, {}};
  return whole;
}

void add_uses(column_uses& uses, const expression& e, const column_use& wanted) {
  if (e.kind == expression_kind::column) {
    uses[e.index].merge(wanted);
    return;
  }
  if (is_field_access(e)) {
    column_use outer;
    outer.fields[std::string(accessed_field(e))] = wanted;
    add_uses(uses, *e.args[0], outer);
    return;
  }
  for (const auto& arg : e.args) add_uses(uses, *arg);
}

data_type narrowed(const data_type& type, const column_use& use) {
  if (use.whole || type.kind() != type_kind::row) return type;
  std::vector<field> kept;
  for (const auto& f : type.fields()) {
    const auto it = use.fields.find(f.name);
    if (it != use.fields.end()) kept.push_back({f.name, narrowed(f.type, it->second)});
  }
  return data_type::row(std::move(kept)).as_nullable(type.nullable());
}

} // namespace levada
