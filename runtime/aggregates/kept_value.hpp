// One value kept in a slot: in place when it has a fixed width, in memory of its own when it is a string. Zero bytes are
// "none".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>

#include "runtime/column.hpp"
#include "storage/msgpack.hpp"

namespace levada::aggregates {

template <class T>
struct kept_value {
  T value;
  uint8_t has;

  bool present() const { return has != 0; }
  T get() const { return value; }
  void set(T v) {
    value = v;
    has = 1;
  }
  void clear() { has = 0; }
  size_t extra_bytes() const { return 0; }
};

template <>
struct kept_value<string_ref> {
  char* bytes;
  uint32_t size;
  uint32_t capacity; // never 0 once a value was set

  bool present() const { return bytes != nullptr; }
  string_ref get() const { return string_ref{std::string_view{bytes, size}}; }
  void set(string_ref v) {
    if (v.size() >= capacity || !bytes) {
      uint32_t wanted = std::max<uint32_t>(v.size() + v.size() / 2, 16);
      char* larger = new char[wanted];
      delete[] bytes;
      bytes = larger;
      capacity = wanted;
    }
    std::memcpy(bytes, v.data(), v.size());
    size = v.size();
  }
  void clear() {
    delete[] bytes;
    bytes = nullptr;
    size = capacity = 0;
  }
  size_t extra_bytes() const { return capacity; }
};

// What a container of values holds, and back.
template <class T>
using owned_value = std::conditional_t<std::is_same_v<T, string_ref>, std::string, T>;

template <class T>
owned_value<T> to_owned(const T& value) {
  if constexpr (std::is_same_v<T, string_ref>) return std::string{value.view()};
  else return value;
}

template <class T>
bool less(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, string_ref>) return a.view() < b.view();
  else return a < b;
}

// Appends; a string is copied into the column.
template <class T>
void push_value(column& out, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) out.push_string(value);
  else if constexpr (std::is_same_v<T, string_ref>) out.push_string(value.view());
  else out.push(value);
}

template <class T>
void save_value(const T& value, msgpack_writer& out) {
  if constexpr (std::is_same_v<T, string_ref>) out.put_bin(value.view());
  else if constexpr (std::is_same_v<T, std::string>) out.put_bin(value);
  else if constexpr (std::is_same_v<T, int128>) out.put_int128(value);
  else if constexpr (std::is_floating_point_v<T>) out.put_double(static_cast<double>(value));
  else out.put_int(value);
}

template <class T>
owned_value<T> load_value(msgpack_reader& in) {
  if constexpr (std::is_same_v<T, string_ref>) return std::string{in.get_bin()};
  else if constexpr (std::is_same_v<T, int128>) return in.get_int128();
  else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(in.get_double());
  else return static_cast<T>(in.get_int());
}

} // namespace levada::aggregates
