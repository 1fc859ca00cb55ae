// = <> < <= > >= and IS [NOT] DISTINCT FROM, IS [NOT] NULL.
#include "runtime/functions/cast.hpp"
#include "runtime/functions/coercion.hpp"
#include "runtime/functions/decimal.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/value_order.hpp"

namespace levada {

namespace {

struct equal {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a == b;
  }
};
struct not_equal {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a != b;
  }
};
struct less {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a < b;
  }
};
struct less_equal {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a <= b;
  }
};
struct greater {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a > b;
  }
};
struct greater_equal {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a >= b;
  }
};

template <class T, class Op>
kernel dense() {
  return dense_binary<uint8_t, T>([](T a, T b) -> uint8_t { return Op{}(a, b); });
}

uint32_t stored(const column& c, uint32_t row) { return c.is_constant() ? 0 : row; }

bool equal_at(const kernel_args& in, uint32_t row) {
  return equal_values(*in.args[0], stored(*in.args[0], row), *in.args[1], stored(*in.args[1], row));
}

template <class Op>
kernel nested() {
  return [](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    in.rows.for_each([&](uint32_t row) {
      if (!out.is_null(row)) out.data<uint8_t>()[row] = Op{}(equal_at(in, row), true);
    });
    return {};
  };
}

template <class Op>
kernel comparison_kernel(const data_type& type) {
  switch (type.physical()) {
  case physical_type::u8: return lift<bool, bool>(Op{});
  case physical_type::i32: return dense<int32_t, Op>();
  case physical_type::i64: return dense<int64_t, Op>();
  case physical_type::f32: return dense<float, Op>();
  case physical_type::f64: return dense<double, Op>();
  case physical_type::i128: return lift<int128, int128>(Op{});
  case physical_type::string:
    // Equality first looks at size and prefix, which lie in the reference itself.
    if constexpr (std::is_same_v<Op, equal> || std::is_same_v<Op, not_equal>) {
      return lift<string_ref, string_ref>(Op{});
    } else {
      return lift<std::string_view, std::string_view>(Op{});
    }
  case physical_type::array:
  case physical_type::map:
  case physical_type::row: return nested<Op>();
  default: return {};
  }
}

// A string beside a date or time is read as one first: the binder casts nothing from text by itself.
kernel with_text_cast(kernel compare, size_t which, kernel cast, data_type to) {
  return [compare = std::move(compare), which, cast = std::move(cast), to = std::move(to)](const kernel_args& in,
                                                                                           column& out) -> status {
    const column& texts = *in.args[which];
    bool constant = texts.is_constant();
    column times = constant ? column::constant(to) : column{to, in.physical_rows};
    const column* cast_args[] = {&texts};
    kernel_args cast_in{cast_args, constant ? row_set{nullptr, 1} : in.rows, constant ? 1 : in.physical_rows,
                        in.context};
    if (status s = cast(cast_in, times); !s.ok()) return s;
    const column* args[] = {in.args[0], in.args[1]};
    args[which] = &times;
    return compare({args, in.rows, in.physical_rows, in.context}, out);
  };
}

template <class Op>
result<binding> compare_with_text(const bind_request& request, const data_type& type) {
  size_t which = request.types[0].is_string() ? 0 : 1;
  data_type nullable = type.as_nullable();
  auto cast = bind_cast(request.types[which], nullable, false, request.context);
  if (!cast.ok()) return cast;
  return binding{data_type::boolean().as_nullable(any_nullable(request.types)),
                 {request.types[0], request.types[1]},
                 with_text_cast(comparison_kernel<Op>(type), which, cast->run, nullable)};
}

// DECIMALs are compared as they are: a common type of 38 digits may not hold both.
template <class Op>
binding compare_decimals(const bind_request& request) {
  data_type a = argument_type(request.types[0], as_decimal(request.types[0]));
  data_type b = argument_type(request.types[1], as_decimal(request.types[1]));
  kernel run = lift<int128, int128>([scale_a = a.scale(), scale_b = b.scale()](int128 x, int128 y) {
    return Op{}(decimal_compare(x, scale_a, y, scale_b), 0);
  });
  return {data_type::boolean().as_nullable(any_nullable(request.types)), {a, b}, std::move(run)};
}

result<data_type> operand_type(const bind_request& request, std::string_view name) {
  if (request.types.size() != 2) {
    return bad_arguments(name, "value " + std::string{name} + " value", request.types);
  }
  auto type = comparison_type(request.types[0], request.types[1]);
  if (type.ok()) return type;
  return status{errc::type_mismatch, "cannot compare " + request.types[0].as_nullable().to_string() + " with " +
                                         request.types[1].as_nullable().to_string() + "; cast one of them"};
}

// FLOAT on the left of a DOUBLE: compared as FLOAT, so that 0.1 equals 0.1, as in Flink.
template <class Op>
binding compare_as_float(const bind_request& request) {
  binding bound{data_type::boolean().as_nullable(any_nullable(request.types)), {}, {}};
  for (const auto& given : request.types) bound.arguments.push_back(argument_type(given, data_type::float64()));
  bound.run =
      lift<double, double>([](double a, double b) { return Op{}(static_cast<float>(a), static_cast<float>(b)); });
  return bound;
}

template <class Op>
void add_comparison(registry& into, const std::string& name, std::string summary, bool ordering) {
  function_definition definition{name, "value " + name + " value", std::move(summary), {}};
  definition.bind = [name, ordering](const bind_request& request) -> result<binding> {
    auto type = operand_type(request, name);
    if (!type.ok()) return type.error();
    if (type->kind() == type_kind::null) *type = data_type::integer();
    if (request.types[0].kind() == type_kind::float32 && request.types[1].kind() == type_kind::float64) {
      return compare_as_float<Op>(request);
    }
    bool both_numbers = request.types[0].is_numeric() && request.types[1].is_numeric();
    if (type->kind() == type_kind::decimal && both_numbers) return compare_decimals<Op>(request);
    if (!type->is_string() && request.types[0].is_string() != request.types[1].is_string() &&
        request.types[0].kind() != type_kind::null && request.types[1].kind() != type_kind::null) {
      return compare_with_text<Op>(request, *type);
    }
    if (ordering && type->is_nested()) {
      return status{errc::type_mismatch, type->as_nullable().to_string() + " has no order: only = and <> apply"};
    }
    return binding{data_type::boolean().as_nullable(any_nullable(request.types)),
                   {argument_type(request.types[0], *type), argument_type(request.types[1], *type)},
                   comparison_kernel<Op>(*type)};
  };
  into.add(std::move(definition));
}

kernel distinct_kernel(bool distinct) {
  return [distinct](const kernel_args& in, column& out) -> status {
    in.rows.for_each([&](uint32_t row) {
      bool null_a = in.args[0]->is_null(row);
      bool null_b = in.args[1]->is_null(row);
      bool same = null_a || null_b ? null_a == null_b : equal_at(in, row);
      out.data<uint8_t>()[row] = same != distinct;
    });
    return {};
  };
}

void add_distinct(registry& into, const std::string& name, std::string summary, bool distinct) {
  function_definition definition{name, "value " + name + " value", std::move(summary), {}};
  definition.bind = [name, distinct](const bind_request& request) -> result<binding> {
    auto type = operand_type(request, name);
    if (!type.ok()) return type.error();
    if (type->kind() == type_kind::null) *type = data_type::integer();
    return binding{data_type::boolean().not_null(),
                   {argument_type(request.types[0], *type), argument_type(request.types[1], *type)},
                   distinct_kernel(distinct)};
  };
  into.add(std::move(definition));
}

void add_null_test(registry& into, const std::string& name, std::string summary, bool wanted) {
  function_definition definition{name, "value " + name, std::move(summary), {}};
  definition.bind = [name, wanted](const bind_request& request) -> result<binding> {
    if (request.types.size() != 1) return bad_arguments(name, "value " + name, request.types);
    kernel run = [wanted](const kernel_args& in, column& out) -> status {
      auto* to = out.data<uint8_t>();
      const column& arg = *in.args[0];
      if (arg.valid().all_valid()) {
        in.rows.for_each([&](uint32_t row) { to[row] = !wanted; });
      } else {
        in.rows.for_each([&](uint32_t row) { to[row] = arg.is_null(row) == wanted; });
      }
      return {};
    };
    return binding{data_type::boolean().not_null(), {request.types[0]}, std::move(run)};
  };
  into.add(std::move(definition));
}

} // namespace

namespace functions {

void register_comparison(registry& into) {
  add_comparison<equal>(into, "=", "TRUE when both are equal; NULL when one is NULL.", false);
  add_comparison<not_equal>(into, "<>", "TRUE when both differ; NULL when one is NULL.", false);
  add_comparison<less>(into, "<", "TRUE when the left is smaller; NULL when one is NULL.", true);
  add_comparison<less_equal>(into, "<=", "TRUE when the left is smaller or equal; NULL when one is NULL.", true);
  add_comparison<greater>(into, ">", "TRUE when the left is larger; NULL when one is NULL.", true);
  add_comparison<greater_equal>(into, ">=", "TRUE when the left is larger or equal; NULL when one is NULL.", true);
  add_distinct(into, "IS DISTINCT FROM", "TRUE when both differ; two NULLs do not.", true);
  add_distinct(into, "IS NOT DISTINCT FROM", "TRUE when both are equal; two NULLs are.", false);
  add_null_test(into, "IS NULL", "TRUE when the value is NULL.", true);
  add_null_test(into, "IS NOT NULL", "TRUE when the value is not NULL.", false);
}

} // namespace functions

} // namespace levada
