#include "runtime/functions/value_order.hpp"

#include <cmath>
#include <functional>

namespace levada {

namespace {

template <class T>
int order_of(T a, T b) {
  if (a < b) return -1;
  if (b < a) return 1;
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) != std::isnan(b)) return std::isnan(a) ? 1 : -1;
  }
  return 0;
}

template <class T>
int order_at(const column& a, uint32_t row_a, const column& b, uint32_t row_b) {
  return order_of(a.data<T>()[row_a], b.data<T>()[row_b]);
}

uint64_t mixed(uint64_t x) {
  // The finaliser of MurmurHash3.
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

bool equal_parts(const column& a, uint32_t row_a, const column& b, uint32_t row_b) {
  bool valid = a.valid().is_valid(row_a);
  return valid == b.valid().is_valid(row_b) && (!valid || equal_values(a, row_a, b, row_b));
}

bool equal_maps(const column& a, list_ref x, const column& b, list_ref y) {
  for (uint32_t i = 0; i < x.length; ++i) {
    bool found = false;
    for (uint32_t k = 0; k < y.length && !found; ++k) {
      found = equal_parts(a.children()[0], x.offset + i, b.children()[0], y.offset + k) &&
              equal_parts(a.children()[1], x.offset + i, b.children()[1], y.offset + k);
    }
    if (!found) return false;
  }
  return true;
}

} // namespace

int compare_values(const column& a, uint32_t row_a, const column& b, uint32_t row_b) {
  switch (a.type().physical()) {
  case physical_type::u8: return order_at<uint8_t>(a, row_a, b, row_b);
  case physical_type::i8: return order_at<int8_t>(a, row_a, b, row_b);
  case physical_type::i16: return order_at<int16_t>(a, row_a, b, row_b);
  case physical_type::i32: return order_at<int32_t>(a, row_a, b, row_b);
  case physical_type::i64: return order_at<int64_t>(a, row_a, b, row_b);
  case physical_type::f32: return order_at<float>(a, row_a, b, row_b);
  case physical_type::f64: return order_at<double>(a, row_a, b, row_b);
  case physical_type::i128: return order_at<int128>(a, row_a, b, row_b);
  case physical_type::string: return a.data<string_ref>()[row_a].view().compare(b.data<string_ref>()[row_b].view());
  default: check(false); return 0;
  }
}

bool equal_values(const column& a, uint32_t row_a, const column& b, uint32_t row_b) {
  switch (a.type().physical()) {
  case physical_type::array: {
    list_ref x = a.data<list_ref>()[row_a];
    list_ref y = b.data<list_ref>()[row_b];
    if (x.length != y.length) return false;
    for (uint32_t i = 0; i < x.length; ++i) {
      if (!equal_parts(a.children()[0], x.offset + i, b.children()[0], y.offset + i)) return false;
    }
    return true;
  }
  case physical_type::map: {
    list_ref x = a.data<list_ref>()[row_a];
    list_ref y = b.data<list_ref>()[row_b];
    return x.length == y.length && equal_maps(a, x, b, y);
  }
  case physical_type::row:
    for (size_t i = 0; i < a.children().size(); ++i) {
      if (!equal_parts(a.children()[i], row_a, b.children()[i], row_b)) return false;
    }
    return true;
  case physical_type::none: return true;
  default: return compare_values(a, row_a, b, row_b) == 0;
  }
}

uint64_t hash_value(const column& c, uint32_t row) {
  switch (c.type().physical()) {
  case physical_type::u8:
  case physical_type::i8: return mixed(static_cast<uint64_t>(c.data<int8_t>()[row]));
  case physical_type::i16: return mixed(static_cast<uint64_t>(c.data<int16_t>()[row]));
  case physical_type::i32: return mixed(static_cast<uint64_t>(c.data<int32_t>()[row]));
  case physical_type::i64: return mixed(static_cast<uint64_t>(c.data<int64_t>()[row]));
  case physical_type::f32: return mixed(std::hash<float>{}(c.data<float>()[row]));
  case physical_type::f64: return mixed(std::hash<double>{}(c.data<double>()[row]));
  case physical_type::i128: {
    int128 v = c.data<int128>()[row];
    return mixed(absl::Int128Low64(v) ^ mixed(static_cast<uint64_t>(absl::Int128High64(v))));
  }
  case physical_type::string: {
    string_ref text = c.data<string_ref>()[row];
    return mixed(std::hash<std::string_view>{}(text.view()));
  }
  default: check(false); return 0;
  }
}

} // namespace levada
