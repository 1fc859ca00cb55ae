#include "runtime/expression/expression.hpp"

#include <catch2/catch.hpp>

using namespace levada;

namespace {

const eval_context no_context;

column_ptr bigints(std::initializer_list<std::optional<int64_t>> values) {
  auto c = std::make_shared<column>(data_type::bigint());
  for (auto v : values) {
    if (v) {
      c->push(*v);
    } else {
      c->push_null();
    }
  }
  return c;
}

column_ptr truth(std::optional<bool> value) {
  auto c = std::make_shared<column>(column::constant(data_type::boolean()));
  c->data<uint8_t>()[0] = value.value_or(false);
  if (!value) c->set_null(0);
  return c;
}

// 10 / x over BIGINT, which fails at zero; counts the rows it computed.
expression_ptr ten_divided_by(expression_ptr x, int* computed = nullptr) {
  binding bound{data_type::bigint(), {data_type::bigint()}, {}};
  bound.run = [computed](const kernel_args& in, column& out) -> status {
    for (uint32_t i = 0; i < in.rows.count; ++i) {
      uint32_t row = in.rows[i];
      if (computed) ++*computed;
      if (in.args[0]->is_null(row)) {
        out.set_null(row);
      } else if (in.args[0]->at<int64_t>(row) == 0) {
        return {errc::division_by_zero, "division by zero"};
      } else {
        out.data<int64_t>()[row] = 10 / in.args[0]->at<int64_t>(row);
      }
    }
    return {};
  };
  return make_call("TEN_DIVIDED_BY", std::move(bound), {std::move(x)});
}

// x > 2, NULL for NULL.
expression_ptr above_two(expression_ptr x) {
  binding bound{data_type::boolean(), {data_type::bigint()}, {}};
  bound.run = [](const kernel_args& in, column& out) -> status {
    in.rows.for_each([&](uint32_t row) {
      out.data<uint8_t>()[row] = in.args[0]->at<int64_t>(row) > 2;
      if (in.args[0]->is_null(row)) out.set_null(row);
    });
    return {};
  };
  return make_call("ABOVE_TWO", std::move(bound), {std::move(x)});
}

batch of(std::vector<column_ptr> columns) {
  batch b;
  b.rows = columns[0]->size();
  b.columns = std::move(columns);
  return b;
}

const expression_ptr x = make_column(0, data_type::bigint());

} // namespace

TEST_CASE("a column reference is the column itself") {
  batch in = of({bigints({1, 2})});
  auto v = evaluate(*x, in, in.selected(), no_context);
  CHECK(*v == in.columns[0]);
}

TEST_CASE("a batch without rows is evaluated without looking at its columns") {
  batch in;
  auto v = evaluate(*ten_divided_by(x), in, in.selected(), no_context);
  REQUIRE(v.ok());
  CHECK((*v)->size() == 0);
  std::vector<uint32_t> rows;
  CHECK(evaluate_filter(*above_two(x), in, in.selected(), no_context, rows).ok());
  CHECK(rows.empty());
}

TEST_CASE("a failure names the function") {
  batch in = of({bigints({1, 0})});
  auto v = evaluate(*ten_divided_by(x), in, in.selected(), no_context);
  REQUIRE_FALSE(v.ok());
  CHECK(v.error().code() == errc::division_by_zero);
  CHECK(v.error().message() == "TEN_DIVIDED_BY: division by zero");
}

TEST_CASE("a call is computed only on the rows asked for") {
  batch in = of({bigints({0, 5, 0, 2})});
  std::vector<uint32_t> some{1, 3};
  auto v = evaluate(*ten_divided_by(x), in, {some.data(), 2}, no_context);
  REQUIRE(v.ok());
  CHECK((*v)->at<int64_t>(1) == 2);
  CHECK((*v)->at<int64_t>(3) == 5);
}

TEST_CASE("a call over constants is computed once and stays constant") {
  batch in = of({bigints({1, 2, 3})});
  auto five = std::make_shared<column>(column::constant(data_type::bigint()));
  five->data<int64_t>()[0] = 5;
  int computed = 0;
  auto v = evaluate(*ten_divided_by(make_literal(five), &computed), in, in.selected(), no_context);
  REQUIRE(v.ok());
  CHECK((*v)->is_constant());
  CHECK((*v)->at<int64_t>(2) == 2);
  CHECK(computed == 1);
}

TEST_CASE("AND and OR follow three-valued logic") {
  batch in = of({bigints({0})});
  const std::optional<bool> values[] = {true, false, std::nullopt};
  auto text = [&](const expression_ptr& e) {
    auto v = evaluate(*e, in, in.selected(), no_context);
    return (*v)->is_null(0) ? '?' : (*v)->at<uint8_t>(0) ? 'T' : 'F';
  };
  std::string ands;
  std::string ors;
  for (auto a : values) {
    for (auto b : values) {
      ands += text(make_and({make_literal(truth(a)), make_literal(truth(b))}));
      ors += text(make_or({make_literal(truth(a)), make_literal(truth(b))}));
    }
  }
  CHECK(ands == "TF?FFF?F?");
  CHECK(ors == "TTTTF?T??");
}

TEST_CASE("AND, OR and CASE spare rows that are decided already") {
  batch in = of({bigints({0, 5, 1})});
  auto ten_over_x_above_two = above_two(ten_divided_by(x));
  auto v = evaluate(*make_and({above_two(x), ten_over_x_above_two}), in, in.selected(), no_context);
  REQUIRE(v.ok());
  CHECK((*v)->at<uint8_t>(0) == 0);
  CHECK((*v)->at<uint8_t>(1) == 0);

  auto guarded = make_case(data_type::bigint(), {above_two(x), ten_divided_by(x), x});
  auto chosen = evaluate(*guarded, in, in.selected(), no_context);
  REQUIRE(chosen.ok());
  CHECK((*chosen)->at<int64_t>(0) == 0);
  CHECK((*chosen)->at<int64_t>(1) == 2);
  CHECK((*chosen)->at<int64_t>(2) == 1);

  std::vector<uint32_t> rows;
  REQUIRE(evaluate_filter(*make_and({above_two(x), ten_over_x_above_two}), in, in.selected(), no_context, rows).ok());
  CHECK(rows.empty());
}

TEST_CASE("COALESCE evaluates the next argument only where the one before is NULL") {
  batch in = of({bigints({4, std::nullopt, 7}), bigints({0, 5, 0})});
  auto y = make_column(1, data_type::bigint());
  int computed = 0;
  auto v =
      evaluate(*make_coalesce(data_type::bigint(), {x, ten_divided_by(y, &computed)}), in, in.selected(), no_context);
  REQUIRE(v.ok());
  CHECK(computed == 1);
  CHECK((*v)->at<int64_t>(0) == 4);
  CHECK((*v)->at<int64_t>(1) == 2);
  CHECK((*v)->at<int64_t>(2) == 7);
}

TEST_CASE("a filter keeps rows in order, drops UNKNOWN, and merges the arms of OR") {
  batch in = of({bigints({5, std::nullopt, 1, 9}), bigints({1, 3, 1, 9})});
  auto y = make_column(1, data_type::bigint());
  std::vector<uint32_t> rows;
  REQUIRE(evaluate_filter(*make_or({above_two(x), above_two(y)}), in, in.selected(), no_context, rows).ok());
  CHECK(rows == std::vector<uint32_t>{0, 1, 3});
  REQUIRE(evaluate_filter(*make_and({above_two(x), above_two(y)}), in, in.selected(), no_context, rows).ok());
  CHECK(rows == std::vector<uint32_t>{3});
  REQUIRE(evaluate_filter(*make_literal(truth(true)), in, in.selected(), no_context, rows).ok());
  CHECK(rows.size() == 4);
}

TEST_CASE("CASE chooses between strings and nested values row by row") {
  data_type row_type = data_type::row({{"s", data_type::string()}, {"l", data_type::array(data_type::bigint())}});
  auto rows_column = std::make_shared<column>(row_type);
  for (int64_t i = 0; i < 2; ++i) {
    rows_column->resize(static_cast<uint32_t>(i));
    rows_column->children()[0].push_string("a string that is not inline " + std::to_string(i));
    rows_column->children()[1].children().resize(0);
    rows_column->children()[1].resize(static_cast<uint32_t>(i + 1));
    rows_column->children()[1].children()[0].push(i);
    rows_column->children()[1].data<list_ref>()[i] = {static_cast<uint32_t>(i), 1};
    rows_column->resize(static_cast<uint32_t>(i + 1));
  }
  auto constant = std::make_shared<column>(column::constant(row_type));
  constant->children()[0].data<string_ref>()[0] = constant->children()[0].strings().store("a constant, also long");

  batch in = of({bigints({9, 1}), rows_column});
  auto e = make_case(row_type, {above_two(x), make_column(1, row_type), make_literal(constant)});
  auto v = evaluate(*e, in, in.selected(), no_context);
  REQUIRE(v.ok());
  CHECK((*v)->children()[0].at<string_ref>(0).view() == "a string that is not inline 0");
  CHECK((*v)->children()[0].at<string_ref>(1).view() == "a constant, also long");
  CHECK((*v)->children()[1].at<list_ref>(0).length == 1);
  CHECK((*v)->children()[1].at<list_ref>(1).length == 0);
}

TEST_CASE("columns of an expression are collected and remapped") {
  auto e = make_and({above_two(make_column(4, data_type::bigint())), above_two(make_column(1, data_type::bigint())),
                     above_two(make_column(4, data_type::bigint()))});
  std::vector<uint32_t> columns;
  collect_columns(*e, columns);
  CHECK(columns == std::vector<uint32_t>{1, 4});
  const uint32_t new_index_of[] = {9, 0, 9, 9, 1};
  columns.clear();
  collect_columns(*remap_columns(e, new_index_of), columns);
  CHECK(columns == std::vector<uint32_t>{0, 1});
  schema input{{{"a", data_type::bigint()}}};
  CHECK(to_string(*make_and({x, ten_divided_by(x)}), input) == "(`a` AND TEN_DIVIDED_BY(`a`))");
}
