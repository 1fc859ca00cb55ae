// Functions of ARRAY and MAP: CARDINALITY, ELEMENT, ARRAY_CONTAINS, MAP_KEYS, MAP_VALUES.
#include "runtime/functions/coercion.hpp"
#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/value_order.hpp"

namespace levada {

namespace {

uint32_t stored(const column& c, uint32_t row) { return c.is_constant() ? 0 : row; }

result<binding> bind_cardinality(const bind_request& request) {
  bool ok = request.types.size() == 1 &&
            (request.types[0].kind() == type_kind::array || request.types[0].kind() == type_kind::map);
  if (!ok) return bad_arguments("CARDINALITY", "CARDINALITY(array | map)", request.types);
  const data_type& type = request.types[0];
  return binding{data_type::integer().as_nullable(type.nullable()), {type}, lift<list_ref>([](list_ref list) {
                   return static_cast<int32_t>(list.length);
                 })};
}

status only_element(const kernel_args& in, column& out) {
  const column& lists = *in.args[0];
  // Values are written row by row in ascending order, and rows left out are filled up.
  column elements{out.type()};
  bool constant = out.is_constant();
  for (uint32_t i = 0; i < in.rows.count; ++i) {
    uint32_t row = in.rows[i];
    while (elements.size() < row) elements.push_null();
    list_ref list = lists.is_null(row) ? list_ref{} : lists.at<list_ref>(row);
    if (list.length > 1) return {errc::invalid_argument, "the array has more than one element"};
    if (list.length == 0) {
      elements.push_null();
    } else {
      elements.push_from(lists.children()[0], list.offset);
    }
  }
  if (constant) {
    column one = column::constant(out.type());
    one.resize(0);
    one.push_from(elements, 0);
    out = std::move(one);
  } else {
    elements.resize(in.physical_rows);
    out = std::move(elements);
  }
  return {};
}

result<binding> bind_element(const bind_request& request) {
  if (request.types.size() != 1 || request.types[0].kind() != type_kind::array) {
    return bad_arguments("ELEMENT", "ELEMENT(array)", request.types);
  }
  const data_type& type = request.types[0];
  return binding{type.element().as_nullable(), {type}, only_element};
}

// A NULL needle is found where the array holds a NULL.
status contains(const kernel_args& in, column& out) {
  const column& lists = *in.args[0];
  const column& needles = *in.args[1];
  in.rows.for_each([&](uint32_t row) {
    if (lists.is_null(row)) return out.set_null(row);
    list_ref list = lists.at<list_ref>(row);
    const column& elements = lists.children()[0];
    bool wants_null = needles.is_null(row);
    bool found = false;
    for (uint32_t k = list.offset; k < list.offset + list.length && !found; ++k) {
      bool is_null = elements.is_null(k);
      found = wants_null || is_null ? wants_null == is_null : equal_values(elements, k, needles, stored(needles, row));
    }
    out.data<uint8_t>()[row] = found;
  });
  return {};
}

result<binding> bind_contains(const bind_request& request) {
  constexpr std::string_view signature = "ARRAY_CONTAINS(array, value of its element's type)";
  if (request.types.size() != 2 || request.types[0].kind() != type_kind::array) {
    return bad_arguments("ARRAY_CONTAINS", signature, request.types);
  }
  const data_type& element = request.types[0].element();
  if (!implicitly_castable(request.types[1], element)) {
    return bad_arguments("ARRAY_CONTAINS", signature, request.types);
  }
  return binding{data_type::boolean().as_nullable(request.types[0].nullable()),
                 {request.types[0], argument_type(request.types[1], element)},
                 contains};
}

// Keys (0) or values (1) of a map as an array.
kernel part_of_map(size_t child) {
  return [child](const kernel_args& in, column& out) -> status {
    const column& maps = *in.args[0];
    column& elements = out.children()[0];
    in.rows.for_each([&](uint32_t row) {
      if (maps.is_null(row)) return out.set_null(row);
      list_ref map = maps.at<list_ref>(row);
      out.data<list_ref>()[row] = {elements.size(), map.length};
      for (uint32_t k = 0; k < map.length; ++k) elements.push_from(maps.children()[child], map.offset + k);
    });
    return {};
  };
}

void add_part_of_map(registry& into, const char* name, const char* summary, size_t child) {
  std::string signature = std::string{name} + "(map)";
  into.add(function_definition{
      name, signature, summary, [=](const bind_request& request) -> result<binding> {
        if (request.types.size() != 1 || request.types[0].kind() != type_kind::map) {
          return bad_arguments(name, signature, request.types);
        }
        const data_type& type = request.types[0];
        const data_type& part = type.fields()[child].type;
        return binding{data_type::array(part).as_nullable(type.nullable()), {type}, part_of_map(child)};
      }});
}

} // namespace

namespace functions {

void register_collection(registry& into) {
  into.add(function_definition{"CARDINALITY", "CARDINALITY(array | map)", "Number of elements.", bind_cardinality});
  into.add(function_definition{"ELEMENT", "ELEMENT(array)",
                               "The only element of an array; NULL when it is empty, and an error when it has more.",
                               bind_element});
  into.add(function_definition{"ARRAY_CONTAINS", "ARRAY_CONTAINS(array, value)", "TRUE when the array holds the value.",
                               bind_contains});
  add_part_of_map(into, "MAP_KEYS", "The keys of a map, in no particular order.", 0);
  add_part_of_map(into, "MAP_VALUES", "The values of a map, in no particular order.", 1);
}

} // namespace functions

} // namespace levada
