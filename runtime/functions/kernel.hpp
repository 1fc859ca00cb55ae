// How a scalar function of a few lines becomes a vectorised kernel.
//
//   lift<std::string_view, int32_t>([](std::string_view s, int32_t n) { return s.substr(...); })
//
// reads arguments of these physical types, gives NULL where one is NULL and stores what the function returns:
//   a value (bool, number, int128, or anything a string_view views), std::optional<value> where NULL can come out,
//   result<value> where it can fail. A function that takes a const eval_context& first gets it.
// lift loops with a check per row: right for everything that is not arithmetic on plain numbers. For that there are
// dense_unary and dense_binary: no check, no branch, computed on rows nobody asked for when that is faster, so the
// function must be total.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime/functions/function.hpp"

namespace levada {

// out is NULL wherever an argument is.
void propagate_nulls(const kernel_args& in, column& out);
// NULL on each of `rows`.
void set_all_null(row_set rows, column& out);

// An argument read by row, constant or not.
template <class T>
class operand {
 public:
  explicit operand(const column& c) : data_(c.data<T>()), step_(c.is_constant() ? 0 : 1) {}
  T operator[](uint32_t row) const { return data_[row * step_]; }

 private:
  const T* data_;
  uint32_t step_;
};

template <>
class operand<std::string_view> {
 public:
  explicit operand(const column& c) : data_(c.data<string_ref>()), step_(c.is_constant() ? 0 : 1) {}
  std::string_view operator[](uint32_t row) const { return data_[row * step_].view(); }

 private:
  const string_ref* data_;
  uint32_t step_;
};

template <>
class operand<bool> {
 public:
  explicit operand(const column& c) : data_(c.data<uint8_t>()), step_(c.is_constant() ? 0 : 1) {}
  bool operator[](uint32_t row) const { return data_[row * step_] & 1; }

 private:
  const uint8_t* data_;
  uint32_t step_;
};

template <class T>
void store(column& out, uint32_t row, const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    out.data<string_ref>()[row] = out.strings().store(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out.data<uint8_t>()[row] = value;
  } else {
    out.data<T>()[row] = value;
  }
}

template <class T>
status store_outcome(column& out, uint32_t row, T&& value) {
  store(out, row, value);
  return {};
}
template <class T>
status store_outcome(column& out, uint32_t row, std::optional<T>&& value) {
  if (value) {
    store(out, row, *value);
  } else {
    out.set_null(row);
  }
  return {};
}
template <class T>
status store_outcome(column& out, uint32_t row, result<T>&& value) {
  if (!value.ok()) return value.error();
  return store_outcome(out, row, std::move(*value));
}

template <class... A, class F>
kernel lift(F f) {
  return [f = std::move(f)](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    return [&]<size_t... I>(std::index_sequence<I...>)->status {
      [[maybe_unused]] std::tuple<operand<A>...> args{operand<A>{*in.args[I]}...};
      for (uint32_t i = 0; i < in.rows.count; ++i) {
        uint32_t row = in.rows[i];
        if (out.is_null(row)) continue;
        status s;
        if constexpr (std::is_invocable_v<const F&, const eval_context&, A...>) {
          s = store_outcome(out, row, f(in.context, std::get<I>(args)[row]...));
        } else {
          s = store_outcome(out, row, f(std::get<I>(args)[row]...));
        }
        if (!s.ok()) return s;
      }
      return {};
    }
    (std::index_sequence_for<A...>{});
  };
}

// Whether to compute every row up to the last one asked for: a straight loop does a few rows at a time.
inline bool prefer_dense(row_set rows, uint32_t physical_rows) {
  return !rows.indices || rows.count >= physical_rows / 4;
}

template <class R, class A, class F>
kernel dense_unary(F f) {
  return [f](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    const A* __restrict a = in.args[0]->template data<A>();
    R* __restrict to = out.template data<R>();
    if (in.args[0]->is_constant()) {
      R value = f(a[0]);
      in.rows.for_each([&](uint32_t row) { to[row] = value; });
    } else if (prefer_dense(in.rows, in.physical_rows)) {
      uint32_t rows = in.rows.indices ? in.physical_rows : in.rows.count;
      for (uint32_t i = 0; i < rows; ++i) to[i] = f(a[i]);
    } else {
      for (uint32_t i = 0; i < in.rows.count; ++i) to[in.rows.indices[i]] = f(a[in.rows.indices[i]]);
    }
    return {};
  };
}

template <class R, class A, class F>
kernel dense_binary(F f) {
  return [f](const kernel_args& in, column& out) -> status {
    propagate_nulls(in, out);
    const A* __restrict a = in.args[0]->template data<A>();
    const A* __restrict b = in.args[1]->template data<A>();
    R* __restrict to = out.template data<R>();
    uint32_t rows = in.rows.indices ? in.physical_rows : in.rows.count;
    if (!prefer_dense(in.rows, in.physical_rows)) {
      uint32_t step_a = in.args[0]->is_constant() ? 0 : 1;
      uint32_t step_b = in.args[1]->is_constant() ? 0 : 1;
      for (uint32_t i = 0; i < in.rows.count; ++i) {
        uint32_t row = in.rows.indices[i];
        to[row] = f(a[row * step_a], b[row * step_b]);
      }
    } else if (in.args[1]->is_constant()) {
      A k = b[0];
      if (in.args[0]->is_constant()) {
        R value = f(a[0], k);
        for (uint32_t i = 0; i < rows; ++i) to[i] = value;
      } else {
        for (uint32_t i = 0; i < rows; ++i) to[i] = f(a[i], k);
      }
    } else if (in.args[0]->is_constant()) {
      A k = a[0];
      for (uint32_t i = 0; i < rows; ++i) to[i] = f(k, b[i]);
    } else {
      for (uint32_t i = 0; i < rows; ++i) to[i] = f(a[i], b[i]);
    }
    return {};
  };
}

} // namespace levada
