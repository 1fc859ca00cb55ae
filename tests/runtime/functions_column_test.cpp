// What constants cannot show, because Flink folds them by other rules than it computes rows: its values over a table of
// two rows.
#include <catch2/catch.hpp>

#include "runtime/expression/expression.hpp"
#include "runtime/functions/cast.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/registry.hpp"
#include "runtime/value_text.hpp"

using namespace levada;

namespace {

template <class T>
column_ptr values(const data_type& type, T first, T second) {
  auto c = std::make_shared<column>(type);
  c->push(first);
  c->push(second);
  return c;
}

// The two results of a function over the two rows of its arguments.
std::string call(const std::string& name, std::vector<column_ptr> args) {
  static const registry plugins = builtin_registry();
  batch in;
  in.rows = 2;
  in.columns = args;
  eval_context context;
  std::vector<data_type> types;
  std::vector<const column*> literals(args.size());
  for (const auto& arg : args) types.push_back(arg->type());
  auto bound = plugins.function(name)->bind({types, literals, context});
  if (!bound.ok()) return bound.error().to_string();
  std::vector<column> cast;
  std::vector<const column*> inputs;
  cast.reserve(args.size());
  for (size_t i = 0; i < args.size(); ++i) {
    inputs.push_back(args[i].get());
    if (bound->arguments[i].same_ignoring_nullability(types[i])) continue;
    auto conversion = bind_cast(types[i], bound->arguments[i], false, context);
    cast.emplace_back(bound->arguments[i], 2);
    const column* from[] = {args[i].get()};
    if (!conversion.ok() || !conversion->run({from, {nullptr, 2}, 2, context}, cast.back()).ok()) return "cast failed";
    inputs.back() = &cast.back();
  }
  column out{bound->result, 2};
  if (status s = bound->run({inputs, {nullptr, 2}, 2, context}, out); !s.ok()) return s.to_string();
  std::string text;
  append_value_text(out, 0, text, text_style::sql);
  text += ' ';
  append_value_text(out, 1, text, text_style::sql);
  return text;
}

const column_ptr i = values<int32_t>(data_type::integer(), 7, -7);
const column_ptr b = values<int64_t>(data_type::bigint(), 9007199254740993, 1);
const column_ptr f = values<float>(data_type::float32(), 0.1F, 1.25F);
const column_ptr d = values<double>(data_type::float64(), 0.1, 1.25);
const column_ptr dc = values<int128>(data_type::decimal(10, 2), 10, -125);
const column_ptr zero = values<double>(data_type::float64(), 0, 0);
const column_ptr two_to_53 = values<double>(data_type::float64(), 9007199254740992.0, 9007199254740992.0);

} // namespace

TEST_CASE("FLOAT meets DOUBLE as the type on the left, and DECIMAL as DOUBLE") {
  CHECK(call("=", {f, d}) == "TRUE TRUE");
  CHECK(call("=", {f, dc}) == "FALSE FALSE");
  CHECK(call("+", {f, d}) == "0.2 2.5");
  CHECK(call("+", {d, f}) == "0.20000000149011612 2.5");
  CHECK(call("*", {f, dc}) == "0.010000000149011612 -1.5625");
  CHECK(call("/", {f, d}) == "1.0 1.0");
  CHECK(call("/", {i, f}) == "70.0 -5.6");
}

TEST_CASE("BIGINT meets DOUBLE as DOUBLE, and division by a zero DOUBLE is infinite") {
  CHECK(call("=", {b, two_to_53}) == "TRUE FALSE");
  CHECK(call("/", {i, zero}) == "Infinity -Infinity");
  CHECK(call("/", {d, zero}) == "Infinity Infinity");
}

TEST_CASE("a DECIMAL that needs more than its digits is NULL") {
  int128 largest = power_of_ten(38) - 1;
  auto big = values<int128>(data_type::decimal(38, 0), largest, 5);
  CHECK(call("+", {big, big}) == "NULL 10");
  CHECK(call("*", {big, values<int32_t>(data_type::integer(), 10, 10)}) == "NULL 50");
}
