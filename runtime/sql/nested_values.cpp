#include "runtime/sql/nested_values.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/functions/value_order.hpp"

namespace levada {

namespace {

// Rows outside the row_set hold undefined values: they become NULL and are never read. `append(row, out)` adds a row.
template <class F>
status build_rows(const kernel_args& in, column& out, F&& append) {
  column built{out.type()};
  const uint32_t rows = out.size();
  uint32_t next = 0;
  for (uint32_t i = 0; i < in.rows.count; ++i) {
    const uint32_t row = in.rows[i];
    for (; next < row; ++next) built.push_null();
    if (auto s = append(row, built); !s.ok()) return s;
    ++next;
  }
  for (; next < rows; ++next) built.push_null();
  if (!out.is_constant()) {
    out = std::move(built);
    return {};
  }
  column constant = column::constant(out.type());
  constant.resize(0);
  constant.push_from(built, 0);
  out = std::move(constant);
  return {};
}

uint32_t stored_row(const column& c, uint32_t row) { return c.is_constant() ? 0 : row; }

int64_t integer_at(const column& c, uint32_t row) {
  switch (c.type().physical()) {
  case physical_type::i8: return c.data<int8_t>()[row];
  case physical_type::i16: return c.data<int16_t>()[row];
  case physical_type::i32: return c.data<int32_t>()[row];
  default: return c.data<int64_t>()[row];
  }
}

bool same_value(const column& a, uint32_t i, const column& b, uint32_t j) {
  if (a.is_null(i) || b.is_null(j)) return false;
  const auto physical = a.type().physical();
  if (physical != b.type().physical()) return integer_at(a, stored_row(a, i)) == integer_at(b, stored_row(b, j));
  if (physical == physical_type::string) return a.at<string_ref>(i) == b.at<string_ref>(j);
  const uint32_t width = width_of(physical);
  const auto* left = a.data<std::byte>() + static_cast<size_t>(stored_row(a, i)) * width;
  const auto* right = b.data<std::byte>() + static_cast<size_t>(stored_row(b, j)) * width;
  return std::memcmp(left, right, width) == 0;
}

status read_field(const kernel_args& in, column& out, uint32_t index) {
  const column& parent = *in.args[0];
  return build_rows(in, out, [&](uint32_t row, column& to) {
    if (parent.is_null(row)) to.push_null();
    else to.push_from(parent.children()[index], stored_row(parent, row));
    return status{};
  });
}

status read_element(const kernel_args& in, column& out) {
  const column& array = *in.args[0];
  const column& index = *in.args[1];
  return build_rows(in, out, [&](uint32_t row, column& to) -> status {
    if (array.is_null(row) || index.is_null(row)) {
      to.push_null();
      return {};
    }
    const int32_t at = index.at<int32_t>(row);
    const auto list = array.at<list_ref>(row);
    if (at < 1) return {errc::invalid_argument, "array index " + std::to_string(at) + ": the first element is 1"};
    if (static_cast<uint32_t>(at) > list.length) to.push_null();
    else to.push_from(array.children()[0], list.offset + static_cast<uint32_t>(at) - 1);
    return {};
  });
}

status read_value(const kernel_args& in, column& out) {
  const column& map = *in.args[0];
  const column& key = *in.args[1];
  return build_rows(in, out, [&](uint32_t row, column& to) {
    if (!map.is_null(row) && !key.is_null(row)) {
      const auto list = map.at<list_ref>(row);
      for (uint32_t i = list.offset; i < list.offset + list.length; ++i) {
        if (!same_value(map.children()[0], i, key, row)) continue;
        to.push_from(map.children()[1], i);
        return status{};
      }
    }
    to.push_null();
    return status{};
  });
}

status write_row(const kernel_args& in, column& out) {
  return build_rows(in, out, [&](uint32_t row, column& to) {
    to.resize(to.size());
    for (size_t i = 0; i < in.args.size(); ++i) to.children()[i].push_from(*in.args[i], row);
    to.resize(to.size() + 1);
    return status{};
  });
}

status write_array(const kernel_args& in, column& out) {
  return build_rows(in, out, [&](uint32_t row, column& to) {
    to.resize(to.size() + 1);
    to.data<list_ref>()[to.size() - 1] = {to.children()[0].size(), static_cast<uint32_t>(in.args.size())};
    for (const column* arg : in.args) to.children()[0].push_from(*arg, row);
    return status{};
  });
}

bool same_key(const column& a, const column& b, uint32_t row) {
  if (a.is_null(row) || b.is_null(row)) return a.is_null(row) && b.is_null(row);
  return equal_values(a, stored_row(a, row), b, stored_row(b, row));
}

// Keys and values alternate in args.
status write_map(const kernel_args& in, column& out) {
  return build_rows(in, out, [&](uint32_t row, column& to) {
    to.resize(to.size() + 1);
    list_ref list{to.children()[0].size(), 0};
    for (size_t i = 0; i < in.args.size(); i += 2) {
      bool repeated = false;
      for (size_t k = i + 2; k < in.args.size() && !repeated; k += 2)
        repeated = same_key(*in.args[i], *in.args[k], row);
      if (repeated) continue;
      to.children()[0].push_from(*in.args[i], row);
      to.children()[1].push_from(*in.args[i + 1], row);
      ++list.length;
    }
    to.data<list_ref>()[to.size() - 1] = list;
    return status{};
  });
}

std::vector<data_type> types_of(const std::vector<expression_ptr>& args) {
  std::vector<data_type> types;
  for (const auto& arg : args) types.push_back(arg->type);
  return types;
}

data_type element_type(const std::vector<expression_ptr>& values) {
  const bool nullable = std::any_of(values.begin(), values.end(), [](const auto& v) { return v->type.nullable(); });
  return values[0]->type.as_nullable(nullable);
}

} // namespace

expression_ptr row_field_access(expression_ptr row, uint32_t index) {
  const auto& f = row->type.fields()[index];
  binding bound;
  bound.result = f.type.as_nullable(f.type.nullable() || row->type.nullable());
  bound.arguments = {row->type};
  bound.run = [index](const kernel_args& in, column& out) { return read_field(in, out, index); };
  return make_call("." + f.name, std::move(bound), {std::move(row)});
}

bool is_field_access(const expression& e) {
  return e.kind == expression_kind::call && e.args.size() == 1 && e.name.size() > 1 && e.name[0] == '.';
}

std::string_view accessed_field(const expression& access) { return std::string_view(access.name).substr(1); }

expression_ptr access_same_field(const expression& access, expression_ptr row) {
  const auto& fields = row->type.fields();
  const auto it =
      std::find_if(fields.begin(), fields.end(), [&](const field& f) { return f.name == accessed_field(access); });
  check(it != fields.end());
  return row_field_access(std::move(row), static_cast<uint32_t>(it - fields.begin()));
}

expression_ptr array_element(expression_ptr array, expression_ptr index) {
  binding bound;
  bound.result = array->type.element().as_nullable();
  bound.arguments = {array->type, index->type};
  bound.run = read_element;
  return make_call("[]", std::move(bound), {std::move(array), std::move(index)});
}

expression_ptr map_element(expression_ptr map, expression_ptr key) {
  binding bound;
  bound.result = map->type.value().as_nullable();
  bound.arguments = {map->type, key->type};
  bound.run = read_value;
  return make_call("[]", std::move(bound), {std::move(map), std::move(key)});
}

expression_ptr make_row(std::vector<expression_ptr> fields) {
  std::vector<field> shape;
  for (size_t i = 0; i < fields.size(); ++i) shape.push_back({"EXPR$" + std::to_string(i), fields[i]->type});
  binding bound;
  bound.result = data_type::row(std::move(shape)).not_null();
  bound.arguments = types_of(fields);
  bound.run = write_row;
  return make_call("ROW", std::move(bound), std::move(fields));
}

bool is_constructed_row(const expression& e) { return e.kind == expression_kind::call && e.name == "ROW"; }

expression_ptr make_array(std::vector<expression_ptr> elements) {
  binding bound;
  bound.result = data_type::array(element_type(elements)).not_null();
  bound.arguments = types_of(elements);
  bound.run = write_array;
  return make_call("ARRAY", std::move(bound), std::move(elements));
}

expression_ptr make_map(std::vector<expression_ptr> keys, std::vector<expression_ptr> values) {
  binding bound;
  bound.result = data_type::map(element_type(keys), element_type(values)).not_null();
  std::vector<expression_ptr> args;
  for (size_t i = 0; i < keys.size(); ++i) {
    args.push_back(std::move(keys[i]));
    args.push_back(std::move(values[i]));
  }
  bound.arguments = types_of(args);
  bound.run = write_map;
  return make_call("MAP", std::move(bound), std::move(args));
}

} // namespace levada
