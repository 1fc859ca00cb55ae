#include "runtime/functions/cast.hpp"

#include "runtime/expression/scatter.hpp"
#include "runtime/functions/cast_kernels.hpp"
#include "runtime/functions/coercion.hpp"
#include "runtime/functions/kernel.hpp"

namespace levada {

namespace {

status no_cast(const data_type& from, const data_type& to) {
  return {errc::unsupported, "cannot cast " + from.as_nullable().to_string() + " to " + to.as_nullable().to_string()};
}

kernel null_kernel() {
  return [](const kernel_args& in, column& out) -> status {
    set_all_null(in.rows, out);
    return {};
  };
}

kernel copy_kernel() {
  return [](const kernel_args& in, column& out) -> status {
    copy_rows(*in.args[0], in.rows, out);
    return {};
  };
}

// Stored row of `row`: constants hold one.
uint32_t stored(const column& c, uint32_t row) { return c.is_constant() ? 0 : row; }

kernel cast_lists(std::vector<kernel> casts) {
  return [casts = std::move(casts)](const kernel_args& in, column& out) -> status {
    const column& from = *in.args[0];
    propagate_nulls(in, out);
    std::vector<uint32_t> elements; // only those of rows asked for: others may hold anything
    in.rows.for_each([&](uint32_t row) {
      if (out.is_null(row)) return;
      list_ref list = from.at<list_ref>(row);
      out.data<list_ref>()[row] = list;
      for (uint32_t k = 0; k < list.length; ++k) elements.push_back(list.offset + k);
    });
    row_set rows{elements.data(), static_cast<uint32_t>(elements.size())};
    for (size_t i = 0; i < casts.size(); ++i) {
      if (status s = cast_column(casts[i], from.children()[i], rows, in.context, out.children()[i]); !s.ok()) return s;
    }
    return {};
  };
}

kernel cast_rows(std::vector<kernel> casts) {
  return [casts = std::move(casts)](const kernel_args& in, column& out) -> status {
    const column& from = *in.args[0];
    propagate_nulls(in, out);
    std::vector<uint32_t> present;
    in.rows.for_each([&](uint32_t row) {
      if (!out.is_null(row)) present.push_back(stored(from, row));
    });
    row_set rows{present.data(), static_cast<uint32_t>(present.size())};
    for (size_t i = 0; i < casts.size(); ++i) {
      if (status s = cast_column(casts[i], from.children()[i], rows, in.context, out.children()[i]); !s.ok()) return s;
    }
    return {};
  };
}

// TRY_CAST of a nested value is NULL as a whole when one part fails.
kernel null_on_failure(kernel cast) {
  return [cast = std::move(cast)](const kernel_args& in, column& out) -> status {
    for (uint32_t i = 0; i < in.rows.count; ++i) {
      uint32_t row = in.rows[i];
      column one{out.type(), out.size()};
      kernel_args single{in.args, {&row, 1}, in.physical_rows, in.context};
      if (status s = cast(single, one); s.ok()) {
        copy_rows(one, {&row, 1}, out);
      } else {
        out.set_null(row);
      }
    }
    return {};
  };
}

result<kernel> find_cast(const data_type& from, const data_type& to, bool try_cast, const eval_context& context);

result<kernel> nested_cast(const data_type& from, const data_type& to, bool try_cast, const eval_context& context) {
  if (from.kind() != to.kind() || from.fields().size() != to.fields().size()) return no_cast(from, to);
  std::vector<kernel> casts;
  for (size_t i = 0; i < to.fields().size(); ++i) {
    auto cast = find_cast(from.fields()[i].type, to.fields()[i].type, false, context);
    if (!cast.ok()) return cast;
    casts.push_back(std::move(*cast));
  }
  kernel cast = to.kind() == type_kind::row ? cast_rows(std::move(casts)) : cast_lists(std::move(casts));
  return try_cast ? null_on_failure(std::move(cast)) : std::move(cast);
}

result<kernel> find_cast(const data_type& from, const data_type& to, bool try_cast, const eval_context& context) {
  if (from.kind() == type_kind::null) return null_kernel();
  if (is_noop_cast(from, to)) return copy_kernel();
  kernel cast;
  if (to.is_string() || to.is_bytes()) {
    cast = cast_to_text(from, to);
  } else if (from.is_string()) {
    cast = cast_from_text(from, to, try_cast);
  } else if (to.is_nested()) {
    return nested_cast(from, to, try_cast, context);
  } else {
    cast = cast_number(from, to);
    bool may_fail = from.is_approximate() && to.kind() == type_kind::decimal;
    if (cast && may_fail && try_cast) return null_on_failure(std::move(cast));
    if (!cast) cast = cast_time(from, to);
  }
  if (!cast) return no_cast(from, to);
  return cast;
}

} // namespace

result<binding> bind_cast(const data_type& from, const data_type& to, bool try_cast, const eval_context& context) {
  auto cast = find_cast(from, to, try_cast, context);
  if (!cast.ok()) return cast.error();
  bool nullable = from.nullable() || from.kind() == type_kind::null || try_cast;
  return binding{to.as_nullable(nullable), {from}, std::move(*cast)};
}

status cast_column(const kernel& cast, const column& from, row_set rows, const eval_context& context, column& to) {
  to.resize(from.size());
  if (rows.count == 0) return {};
  const column* args[] = {&from};
  return cast({args, rows, from.size(), context}, to);
}

} // namespace levada
