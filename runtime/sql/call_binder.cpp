// Function calls: special forms that decide what is evaluated, aggregates, and everything the registry knows.
#include "runtime/sql/expression_binder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/spelling.hpp"
#include "runtime/sql/cast_expression.hpp"
#include "runtime/sql/literal.hpp"

namespace levada {

namespace {

constexpr std::array<std::string_view, 19> unit_names = {
    "MILLENNIUM", "CENTURY", "DECADE", "YEAR",   "ISOYEAR", "QUARTER",     "MONTH",       "WEEK",       "ISODOW", "DOW",
    "DOY",        "DAY",     "HOUR",   "MINUTE", "SECOND",  "MILLISECOND", "MICROSECOND", "NANOSECOND", "EPOCH"};
constexpr std::array<std::string_view, 3> trim_names = {"BOTH", "LEADING", "TRAILING"};
constexpr std::array<std::string_view, 4> special_forms = {"COALESCE", "IFNULL", "NULLIF", "IF"};
constexpr std::array<std::string_view, 4> window_functions = {"TUMBLE", "HOP", "CUMULATE", "SESSION"};

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool any_nullable(const std::vector<expression_ptr>& args) {
  return std::any_of(args.begin(), args.end(), [](const auto& arg) { return arg->type.nullable(); });
}

} // namespace

expression_ptr expression_binder::bind_node(const ast::expression&, const ast::unit_argument& n) {
  return make_string(unit_names[static_cast<size_t>(n.unit)]);
}

expression_ptr expression_binder::bind_node(const ast::expression&, const ast::trim_argument& n) {
  return make_string(trim_names[static_cast<size_t>(n.side)]);
}

expression_ptr expression_binder::bind_node(const ast::expression& e, const ast::function_call& n) {
  const std::string name = upper(n.function.parts.back().text);
  if (n.function.parts.size() > 1)
    return unsupported(n.function.span, "functions of a catalog are not supported",
                       "write the name of the function alone");
  if (n.over) {
    return unsupported(
        e.span, "OVER windows are not supported",
        "aggregate over TUMBLE, HOP, CUMULATE or SESSION windows with GROUP BY window_start, window_end");
  }
  if (context_.plugins.aggregate(name)) return bind_aggregate(e, n, name);
  if (!refuse_call_clauses(e, n, name)) return nullptr;
  std::vector<expression_ptr> args;
  if (!bind_arguments(n, args)) return nullptr;
  bool known = false;
  auto special = bind_special(e, name, args, known);
  if (known) return special;
  if (context_.plugins.function(name)) return call(name, std::move(args), e.span);
  if (contains(window_functions, name)) {
    return unsupported(e.span, name + " over a column in GROUP BY is not supported",
                       "use the table function: FROM TABLE(" + name +
                           "(TABLE t, DESCRIPTOR(time_column), ..)) GROUP BY window_start, window_end");
  }
  auto names = context_.plugins.function_names();
  for (auto form : special_forms) names.emplace_back(form);
  std::string hint = spelling::suggestion(name, names);
  context_.found.error(errc::unknown_name, n.function.span, "unknown function '" + n.function.parts[0].text + "'",
                       std::move(hint));
  return nullptr;
}

bool expression_binder::refuse_call_clauses(const ast::expression& e, const ast::function_call& n,
                                            const std::string& name) {
  std::string clause_text;
  if (n.distinct) clause_text = "DISTINCT";
  if (n.filter) clause_text = "FILTER";
  if (!n.within_group.empty()) clause_text = "WITHIN GROUP";
  if (n.ignore_nulls) clause_text = "IGNORE NULLS and RESPECT NULLS";
  if (n.json) clause_text = "the JSON clauses";
  if (clause_text.empty()) return true;
  unsupported(e.span, clause_text + " cannot be used with " + name, {});
  return false;
}

bool expression_binder::bind_arguments(const ast::function_call& n, std::vector<expression_ptr>& out) {
  bool ok = true;
  for (const auto& argument : n.arguments) {
    if (argument.argument_name) {
      unsupported(argument.argument_name->span, "named arguments are supported in table functions only",
                  "give the arguments by position");
      ok = false;
      continue;
    }
    out.push_back(bind_node(*argument.value));
    ok = ok && out.back();
  }
  return ok;
}

expression_ptr expression_binder::bind_special(const ast::expression& e, const std::string& name,
                                               std::vector<expression_ptr>& args, bool& known) {
  known = contains(special_forms, name);
  if (!known) return nullptr;
  const auto wrong_count = [&](const char* signature) {
    return fail(e.span, {errc::invalid_argument, name + " is called as " + signature});
  };
  if (name == "COALESCE" || name == "IFNULL") {
    if (args.empty() || (name == "IFNULL" && args.size() != 2))
      return wrong_count(name == "IFNULL" ? "IFNULL(value, if_null)" : "COALESCE(value, ...)");
    if (!unify(args, e.span, "the arguments of " + name, true)) return nullptr;
    const bool nullable = std::all_of(args.begin(), args.end(), [](const auto& arg) { return arg->type.nullable(); });
    data_type type = args[0]->type.as_nullable(nullable);
    if (args.size() == 1) return args[0];
    return fold(make_coalesce(std::move(type), std::move(args)));
  }
  if (name == "NULLIF") {
    if (args.size() != 2) return wrong_count("NULLIF(value, null_when_equal_to_this)");
    auto equal = call("=", {args[0], args[1]}, e.span);
    if (!equal) return nullptr;
    data_type type = args[0]->type.as_nullable();
    return fold(make_case(type, {equal, make_null(type), args[0]}));
  }
  if (args.size() != 3) return wrong_count("IF(condition, value_if_true, value_if_false)");
  auto condition = as_boolean(args[0], e.span, "the condition of IF");
  std::vector<expression_ptr> values{args[1], args[2]};
  if (!condition || !unify(values, e.span, "the values of IF")) return nullptr;
  data_type type = values[0]->type.as_nullable(any_nullable(values));
  return fold(make_case(std::move(type), {condition, values[0], values[1]}));
}

expression_ptr expression_binder::bind_aggregate(const ast::expression& e, const ast::function_call& n,
                                                 const std::string& name) {
  if (!aggregates || inside_aggregate_) {
    const std::string where = inside_aggregate_ ? "inside another aggregate" : "in " + clause;
    return fail(e.span, {errc::invalid_query, "the aggregate " + name + " is not allowed " + where});
  }
  if (!n.within_group.empty() || n.ignore_nulls || n.json)
    return unsupported(e.span, "only DISTINCT and FILTER are supported with " + name, {});
  bound_aggregate made;
  made.name = name;
  made.distinct = n.distinct;
  made.span = e.span;
  inside_aggregate_ = true;
  const bool star = n.arguments.size() == 1 && n.arguments[0].value->as<ast::star>() && name == "COUNT";
  bool ok = star || bind_arguments(n, made.args);
  if (n.filter) {
    made.filter = bind_node(*n.filter);
    if (made.filter) made.filter = as_boolean(std::move(made.filter), n.filter->span, "FILTER");
    ok = ok && made.filter;
  }
  inside_aggregate_ = false;
  if (!ok) return nullptr;
  if (name == "COUNT" && made.args.empty() && !star)
    return fail(e.span, {errc::invalid_argument, "COUNT is called as COUNT(*) or COUNT(value)"});
  if (star && n.distinct)
    return fail(e.span, {errc::invalid_argument, "DISTINCT needs a value: COUNT(DISTINCT value)"});

  // What is never NULL need not be looked at to be counted.
  if (name == "COUNT" && !n.distinct && made.args.size() == 1 && !made.args[0]->type.nullable()) made.args.clear();

  aggregate_request request;
  for (const auto& arg : made.args) request.types.push_back(arg->type);
  request.distinct = n.distinct;
  auto bound = context_.plugins.aggregate(name)->bind(request);
  if (!bound.ok()) return fail(e.span, bound.error());
  const auto& arguments = (*bound)->arguments;
  for (size_t i = 0; i < made.args.size() && i < arguments.size(); ++i) {
    if (made.args[i]->type.same_ignoring_nullability(arguments[i])) continue;
    made.args[i] = coerce(made.args[i], arguments[i].as_nullable(made.args[i]->type.nullable()), e.span);
    if (!made.args[i]) return nullptr;
  }
  made.result = (*bound)->result_type;

  const auto same = [&](const bound_aggregate& other) {
    if (other.name != made.name || other.distinct != made.distinct || other.args.size() != made.args.size())
      return false;
    if (!other.filter != !made.filter || (made.filter && !same_expression(*other.filter, *made.filter))) return false;
    for (size_t i = 0; i < made.args.size(); ++i)
      if (!same_expression(*other.args[i], *made.args[i])) return false;
    return true;
  };
  const auto at =
      static_cast<uint32_t>(std::find_if(aggregates->begin(), aggregates->end(), same) - aggregates->begin());
  data_type type = made.result;
  if (at == aggregates->size()) aggregates->push_back(std::move(made));
  auto placed = make_column(aggregate_column_base + at, std::move(type));
  spans_[placed.get()] = e.span;
  kept_.push_back(placed);
  return placed;
}

} // namespace levada
