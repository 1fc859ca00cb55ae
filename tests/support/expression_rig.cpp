#include "tests/support/expression_rig.hpp"

#include <catch2/catch.hpp>

#include "runtime/sql/expression_binder.hpp"
#include "runtime/sql/parser.hpp"
#include "runtime/value_text.hpp"

namespace levada::testing {

namespace {

// What Flink folds before it derives a type decides the nullability it shows.
std::string without_nullability(std::string type) {
  if (type.ends_with(" NOT NULL")) type.resize(type.size() - 9);
  return type;
}

} // namespace

expression_rig::expression_rig() : plugins_(builtin_registry()), clock_(1577960430123456) {}

expression_rig::outcome expression_rig::evaluate(const std::string& expression) const {
  source_text source{"test.sql", "SELECT " + expression};
  diagnostics found;
  ast::script script = parse_script(source, found);
  if (found.failed()) return {"error", found.render(source)};
  const auto* select = script.statements.at(0).as<ast::query_statement>()->source->as<ast::select>();

  eval_context context;
  context.clock = &clock_;
  bind_context binding_context{plugins_, found, context};
  scope nothing;
  expression_binder binder{binding_context, nothing};
  expression_ptr bound = binder.bind(*select->items.at(0).value);
  if (!bound) return {"error", found.render(source)};

  batch one;
  one.rows = 1;
  auto value = levada::evaluate(*bound, one, {nullptr, 1}, context);
  if (!value.ok()) return {"error", value.error().to_string()};
  std::string text;
  append_value_text(**value, 0, text, text_style::sql);
  return {bound->type.to_string(), text};
}

void expression_rig::verify(std::span<const expectation> table) const {
  for (const auto& expected : table) {
    INFO(expected.expression);
    outcome found = evaluate(expected.expression);
    if (std::string{expected.type} == "error") {
      CHECK(found.type == "error");
    } else {
      CHECK(without_nullability(found.type) + ": " + found.value ==
            without_nullability(expected.type) + ": " + expected.value);
    }
  }
}

} // namespace levada::testing
