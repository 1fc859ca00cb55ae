#include "runtime/sql/expression_binder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/functions/coercion.hpp"
#include "runtime/sql/bind_type.hpp"
#include "runtime/sql/cast_expression.hpp"
#include "runtime/sql/literal.hpp"
#include "runtime/sql/nested_values.hpp"

namespace levada {

namespace {

constexpr std::array<std::string_view, 14> binary_names = {
    "+", "-", "*", "/", "%", "||", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"};
constexpr std::array<std::string_view, 11> unary_names = {
    "-",           "+",        "NOT",          "IS NULL",    "IS NOT NULL",   "IS TRUE",
    "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN"};

bool count_nodes(const expression& e, int depth, size_t& left) {
  if (depth > expression_depth_max || left == 0) return false;
  --left;
  for (const auto& arg : e.args)
    if (!count_nodes(*arg, depth + 1, left)) return false;
  return true;
}

} // namespace

bool within_limits(const expression& e) {
  size_t left = expression_nodes_max;
  return count_nodes(e, 1, left);
}

expression_ptr expression_binder::bind(const ast::expression& e) {
  auto bound = bind_node(e);
  if (bound && !within_limits(*bound)) {
    context_.found.error(errc::nesting_too_deep, e.span, "this expression is too deep or too large",
                         "compute parts of it in a nested SELECT or a view");
    return nullptr;
  }
  return bound;
}

expression_ptr expression_binder::bind_predicate(const ast::expression& e, std::string_view where) {
  auto bound = bind(e);
  return bound ? as_boolean(std::move(bound), e.span, where) : nullptr;
}

expression_ptr expression_binder::as_boolean(expression_ptr e, source_span at, std::string_view where) {
  if (e->type.kind() == type_kind::null) return make_null(data_type::boolean());
  if (e->type.kind() == type_kind::boolean) return e;
  context_.found.error(errc::type_mismatch, at,
                       std::string(where) + " needs a BOOLEAN, this is " + e->type.to_string());
  return nullptr;
}

expression_ptr expression_binder::fail(source_span at, const status& why) {
  context_.found.error(why.code(), at, std::string(why.message()));
  return nullptr;
}

expression_ptr expression_binder::unsupported(source_span at, std::string what, std::string hint) {
  context_.found.error(errc::unsupported, at, std::move(what), std::move(hint));
  return nullptr;
}

source_span expression_binder::span_of(const expression& e, source_span otherwise) const {
  const auto it = spans_.find(&e);
  return it == spans_.end() ? otherwise : it->second;
}

expression_ptr expression_binder::fold(expression_ptr e) {
  if (e->kind == expression_kind::literal || !e->deterministic) return e;
  const auto constant = [](const auto& arg) { return arg->kind == expression_kind::literal; };
  if (e->kind == expression_kind::column || !std::all_of(e->args.begin(), e->args.end(), constant)) return e;
  // What fails now (1 / 0) must fail only if a row gets there.
  auto value = evaluate_constant(*e, context_.eval);
  if (!value.ok() || !(*value)->is_constant()) return e;
  return (*value)->type() == e->type ? make_literal(std::move(*value)) : e;
}

expression_ptr expression_binder::coerce(expression_ptr e, const data_type& target, source_span at) {
  auto cast = implicit_cast(std::move(e), target, context_.eval);
  if (!cast.ok()) return fail(at, cast.error());
  return fold(std::move(*cast));
}

bool expression_binder::unify(std::vector<expression_ptr>& values, source_span at, std::string_view what, bool merge) {
  std::vector<data_type> types;
  for (const auto& value : values) types.push_back(value->type);
  auto common = merge ? merged_type(types) : common_type(types);
  if (!common.ok()) {
    std::string text;
    for (const auto& type : types) text += (text.empty() ? "" : ", ") + type.as_nullable().to_string();
    context_.found.error(errc::type_mismatch, at, std::string(what) + " have no common type: " + text,
                         "CAST them to one type");
    return false;
  }
  for (auto& value : values) {
    value = coerce(value, common->as_nullable(value->type.nullable()), at);
    if (!value) return false;
  }
  return true;
}

expression_ptr expression_binder::call(std::string_view function, std::vector<expression_ptr> args, source_span at) {
  const auto* definition = context_.plugins.function(function);
  if (!definition) return unsupported(at, "'" + std::string(function) + "' is not supported", {});
  std::vector<data_type> types;
  std::vector<const column*> literals;
  for (const auto& arg : args) {
    types.push_back(arg->type);
    literals.push_back(arg->kind == expression_kind::literal ? arg->value.get() : nullptr);
  }
  auto bound = definition->bind({types, literals, context_.eval});
  if (!bound.ok()) {
    context_.found.error(bound.error().code(), at, std::string(bound.error().message()));
    return nullptr;
  }
  check(bound->arguments.size() == args.size());
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i]->type.same_ignoring_nullability(bound->arguments[i])) continue;
    args[i] = coerce(args[i], bound->arguments[i].as_nullable(args[i]->type.nullable()), at);
    if (!args[i]) return nullptr;
  }
  return fold(make_call(definition->name, std::move(*bound), std::move(args)));
}

bool expression_binder::bind_all(const std::vector<ast::expression_ptr>& in, std::vector<expression_ptr>& out) {
  bool ok = true;
  for (const auto& e : in) {
    out.push_back(bind_node(*e));
    ok = ok && out.back();
  }
  return ok;
}

struct expression_binder::node_visitor {
  expression_binder& self;
  const ast::expression& e;

  expression_ptr operator()(const ast::star&) {
    return self.unsupported(e.span, "'*' stands only in a SELECT list or as COUNT(*)", {});
  }
  expression_ptr operator()(const ast::in_query&) { return subquery("IN (SELECT ..)"); }
  expression_ptr operator()(const ast::exists&) { return subquery("EXISTS (SELECT ..)"); }
  expression_ptr operator()(const ast::quantified&) { return subquery("ANY, SOME and ALL"); }
  expression_ptr operator()(const ast::scalar_query&) { return subquery("a SELECT as a value"); }
  expression_ptr operator()(const ast::descriptor&) {
    return self.unsupported(e.span, "DESCRIPTOR stands only as an argument of a window table function", {});
  }
  expression_ptr operator()(const ast::default_value&) {
    return self.unsupported(e.span, "DEFAULT is not supported here", "write the value, or NULL");
  }
  expression_ptr operator()(const ast::table_argument&) {
    return self.unsupported(e.span, "a TABLE argument stands only in a table function in FROM", {});
  }
  expression_ptr operator()(const ast::model_argument&) {
    return self.unsupported(e.span, "models are not supported", {});
  }
  template <class T>
  expression_ptr operator()(const T& node) {
    return self.bind_node(e, node);
  }

  expression_ptr subquery(std::string_view what) {
    return self.unsupported(e.span, std::string(what) + " is not supported",
                            "use a nested SELECT in FROM, or a join of two windowed tables");
  }
};

expression_ptr expression_binder::bind_node(const ast::expression& e) {
  return std::visit(node_visitor{*this, e}, e.node);
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::literal& n) {
  auto bound = bind_literal(n, false);
  return bound.ok() ? *bound : fail(e.span, bound.error());
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::column_ref& n) {
  resolved_name where;
  if (!names_.resolve(n.path, context_.found, where)) return nullptr;
  auto bound = make_column(where.column, names_.columns[where.column].type);
  spans_[bound.get()] = e.span;
  kept_.push_back(bound);
  for (uint32_t index : where.fields) bound = row_field_access(std::move(bound), index);
  return bound;
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::unary& n) {
  if (n.op == ast::unary_op::negate) {
    // Signs belong to the literal: -2147483648 is an INT, and -(-2147483648) a BIGINT.
    bool negated = true;
    const ast::expression* signless = n.operand.get();
    for (const auto* inner = signless->as<ast::unary>(); inner && inner->op == ast::unary_op::negate;
         inner = signless->as<ast::unary>()) {
      negated = !negated;
      signless = inner->operand.get();
    }
    if (const auto* literal = signless->as<ast::literal>()) {
      const auto kind = literal->kind;
      if (kind == ast::literal_kind::integer || kind == ast::literal_kind::decimal ||
          kind == ast::literal_kind::approximate || kind == ast::literal_kind::interval) {
        auto bound = bind_literal(*literal, negated);
        return bound.ok() ? *bound : fail(e.span, bound.error());
      }
    }
  }
  auto operand = bind_node(*n.operand);
  if (!operand) return nullptr;
  const auto name = unary_names[static_cast<size_t>(n.op)];
  if (n.op == ast::unary_op::plus) {
    if (operand->type.is_numeric() || operand->type.is_interval()) return operand;
    return fail(e.span, {errc::type_mismatch, "'+' needs a number, this is " + operand->type.to_string()});
  }
  const bool truth =
      n.op != ast::unary_op::negate && n.op != ast::unary_op::is_null && n.op != ast::unary_op::is_not_null;
  if (truth) {
    operand = as_boolean(std::move(operand), n.operand->span, name);
    if (!operand) return nullptr;
  }
  if (n.op == ast::unary_op::is_unknown) return call("IS NULL", {operand}, e.span);
  if (n.op == ast::unary_op::is_not_unknown) return call("IS NOT NULL", {operand}, e.span);
  return call(name, {operand}, e.span);
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::binary& n) {
  auto left = bind_node(*n.left);
  auto right = bind_node(*n.right);
  if (!left || !right) return nullptr;
  const auto name = binary_names[static_cast<size_t>(n.op)];
  return name == "=" ? equality(left, right, e.span) : call(name, {left, right}, e.span);
}

expression_ptr expression_binder::equality(const expression_ptr& left, const expression_ptr& right, source_span at) {
  const bool constructed = is_constructed_row(*left) && is_constructed_row(*right);
  if (!constructed || left->args.size() != right->args.size()) return call("=", {left, right}, at);
  std::vector<expression_ptr> tests;
  for (size_t i = 0; i < left->args.size(); ++i) {
    auto test = call("=", {left->args[i], right->args[i]}, at);
    if (!test) return nullptr;
    tests.push_back(std::move(test));
  }
  return tests.size() == 1 ? tests[0] : fold(make_and(std::move(tests)));
}

expression_ptr expression_binder::bind_node(const ast::expression&, const ast::logical& n) {
  const std::string_view name = n.op == ast::logical_op::and_op ? "AND" : "OR";
  std::vector<expression_ptr> args;
  bool ok = true;
  for (const auto& operand : n.operands) {
    auto bound = bind_node(*operand);
    if (bound) bound = as_boolean(std::move(bound), operand->span, name);
    ok = ok && bound;
    args.push_back(std::move(bound));
  }
  if (!ok) return nullptr;
  return fold(n.op == ast::logical_op::and_op ? make_and(std::move(args)) : make_or(std::move(args)));
}

expression_ptr expression_binder::between_bounds(const expression_ptr& value, const expression_ptr& low,
                                                 const expression_ptr& high, bool negated, source_span at) {
  auto above = call(negated ? "<" : ">=", {value, low}, at);
  auto below = call(negated ? ">" : "<=", {value, high}, at);
  if (!above || !below) return nullptr;
  return negated ? make_or({above, below}) : make_and({above, below});
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::between& n) {
  auto value = bind_node(*n.operand);
  auto low = bind_node(*n.low);
  auto high = bind_node(*n.high);
  if (!value || !low || !high) return nullptr;
  auto straight = between_bounds(value, low, high, n.negated, e.span);
  if (!straight || !n.symmetric) return straight;
  auto swapped = between_bounds(value, high, low, n.negated, e.span);
  if (!swapped) return nullptr;
  return n.negated ? make_and({straight, swapped}) : make_or({straight, swapped});
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::in_list& n) {
  std::vector<expression_ptr> values{bind_node(*n.operand)};
  if (!bind_all(n.list, values) || !values[0]) return nullptr;
  const bool rows = std::all_of(values.begin(), values.end(), [](const auto& v) { return is_constructed_row(*v); });
  if (!rows && !unify(values, e.span, "the values of IN")) return nullptr;
  if (!rows && context_.plugins.function("IN")) {
    auto found = call("IN", std::move(values), e.span);
    return found && n.negated ? call("NOT", {found}, e.span) : found;
  }
  std::vector<expression_ptr> tests;
  for (size_t i = 1; i < values.size(); ++i) {
    auto test = equality(values[0], values[i], e.span);
    if (!test) return nullptr;
    tests.push_back(std::move(test));
  }
  auto found = tests.size() == 1 ? tests[0] : fold(make_or(std::move(tests)));
  return n.negated ? call("NOT", {found}, e.span) : found;
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::like& n) {
  std::vector<expression_ptr> args{bind_node(*n.operand), bind_node(*n.pattern)};
  if (n.escape) args.push_back(bind_node(*n.escape));
  if (std::any_of(args.begin(), args.end(), [](const auto& arg) { return !arg; })) return nullptr;
  auto found = call("LIKE", std::move(args), e.span);
  return found && n.negated ? call("NOT", {found}, e.span) : found;
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::case_when& n) {
  expression_ptr operand;
  if (n.operand && !(operand = bind_node(*n.operand))) return nullptr;
  std::vector<expression_ptr> conditions;
  std::vector<expression_ptr> values;
  bool ok = true;
  for (const auto& branch : n.branches) {
    auto condition = bind_node(*branch.when);
    if (condition && operand) condition = call("=", {operand, condition}, branch.when->span);
    if (condition) condition = as_boolean(std::move(condition), branch.when->span, "WHEN");
    values.push_back(bind_node(*branch.then));
    ok = ok && condition && values.back();
    conditions.push_back(std::move(condition));
  }
  values.push_back(n.otherwise ? bind_node(*n.otherwise) : make_null(data_type{}));
  if (!ok || !values.back()) return nullptr;
  if (!unify(values, e.span, "the branches of CASE")) return nullptr;
  const bool nullable = std::any_of(values.begin(), values.end(), [](const auto& v) { return v->type.nullable(); });
  data_type type = values[0]->type.as_nullable(nullable);
  std::vector<expression_ptr> args;
  for (size_t i = 0; i < conditions.size(); ++i) {
    args.push_back(std::move(conditions[i]));
    args.push_back(std::move(values[i]));
  }
  args.push_back(std::move(values.back()));
  return fold(make_case(std::move(type), std::move(args)));
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::cast& n) {
  auto operand = bind_node(*n.operand);
  auto type = bind_type(n.type, context_.found);
  if (!operand || !type) return nullptr;
  auto cast = explicit_cast(std::move(operand), *type, n.safe, context_.eval);
  return cast.ok() ? fold(std::move(*cast)) : fail(e.span, cast.error());
}

} // namespace levada
