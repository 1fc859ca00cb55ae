#include "runtime/formats/json_shape.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/formats/text_cell.hpp"

namespace levada {

namespace {

// Key positions remembered per object; later ones are looked up by name.
constexpr size_t remembered_keys_max = 1024;
// A remembered key is compared without looking for its end, which the padding behind a chunk makes safe.
constexpr size_t remembered_key_bytes_max = chunk_padding;

status make_cell(const field& from, json_cell& into) {
  into.name = from.name;
  into.type = from.type;
  switch (from.type.kind()) {
  case type_kind::row: return make_json_shape(from.type.fields(), into.fields);
  case type_kind::map:
    if (!from.type.key().is_string()) {
      return {errc::unsupported,
              "column '" + from.name + "': a JSON object's keys are strings, not " + from.type.key().to_string()};
    }
    into.elements.resize(1);
    return make_cell(field{from.name, from.type.value()}, into.elements[0]);
  case type_kind::array:
    into.elements.resize(1);
    return make_cell(field{from.name, from.type.element()}, into.elements[0]);
  default:
    if (has_text_form(from.type) || from.type.is_bytes()) return {};
    return {errc::unsupported, "column '" + from.name + "': json cannot carry " + from.type.to_string()};
  }
}

} // namespace

json_object_shape::expected_key::expected_key(std::string_view key, int found) : index(found), known_(true) {
  size_t head = std::min(key.size(), sizeof head_);
  std::memcpy(head_, key.data(), head);
  std::memset(mask_, 0xff, head);
  tail_ = key.substr(head);
}

int json_object_shape::find(std::string_view name) const {
  auto it = by_name.find(name);
  return it == by_name.end() ? unwanted : it->second;
}

void json_object_shape::remember(size_t position, std::string_view key, int index) {
  if (position >= remembered_keys_max || key.size() > remembered_key_bytes_max) return;
  if (expected.size() <= position) expected.resize(position + 1);
  expected[position] = expected_key{key, index};
}

status make_json_shape(const std::vector<field>& fields, json_object_shape& shape) {
  shape.cells.resize(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    if (auto s = make_cell(fields[i], shape.cells[i]); !s.ok()) return s;
    shape.by_name[fields[i].name] = static_cast<int>(i);
  }
  return {};
}

} // namespace levada
