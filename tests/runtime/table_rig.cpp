#include "table_rig.hpp"

#include <cstdio>

namespace levada::tests {

namespace {

std::string real_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string decimal_text(int128 value, int scale) {
  bool negative = value < 0;
  std::string digits;
  for (int128 rest = negative ? -value : value; rest != 0; rest /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  while (digits.size() <= static_cast<size_t>(scale)) digits.insert(digits.begin(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return (negative ? "-" : "") + digits;
}

} // namespace

std::string cell_text(const column& from, uint32_t row) {
  if (from.is_null(row)) return "null";
  switch (from.type().physical()) {
  case physical_type::u8: return from.at<uint8_t>(row) ? "true" : "false";
  case physical_type::i8: return std::to_string(from.at<int8_t>(row));
  case physical_type::i16: return std::to_string(from.at<int16_t>(row));
  case physical_type::i32: return std::to_string(from.at<int32_t>(row));
  case physical_type::i64: return std::to_string(from.at<int64_t>(row));
  case physical_type::f32: return real_text(from.at<float>(row));
  case physical_type::f64: return real_text(from.at<double>(row));
  case physical_type::i128: return decimal_text(from.at<int128>(row), from.type().scale());
  case physical_type::string: return std::string(from.at<string_ref>(row).view());
  case physical_type::array:
  case physical_type::map: {
    bool map = from.type().kind() == type_kind::map;
    std::string text = map ? "{" : "[";
    auto list = from.at<list_ref>(row);
    for (uint32_t i = 0; i < list.length; ++i) {
      if (i > 0) text += ", ";
      text += cell_text(from.children()[0], list.offset + i);
      if (map) text += "=" + cell_text(from.children()[1], list.offset + i);
    }
    return text + (map ? "}" : "]");
  }
  case physical_type::row: {
    std::string text = "(";
    for (size_t i = 0; i < from.children().size(); ++i) {
      text += (i > 0 ? ", " : "") + cell_text(from.children()[i], row);
    }
    return text + ")";
  }
  case physical_type::none: break;
  }
  return "?";
}

texts rows_text(const std::vector<column>& columns, uint32_t rows) {
  texts all(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < columns.size(); ++i) all[row] += (i > 0 ? ", " : "") + cell_text(columns[i], row);
  }
  return all;
}

decode_target make_target(const std::vector<field>& fields, uint32_t rows_max) {
  decode_target target;
  for (const field& f : fields) target.columns.emplace_back(f.type);
  target.rows_max = rows_max;
  return target;
}

batch make_batch(decode_target rows) {
  batch made;
  made.rows = rows.rows;
  for (column& c : rows.columns) made.columns.push_back(std::make_shared<const column>(std::move(c)));
  if (!rows.kinds.empty()) made.kinds = std::make_shared<const std::vector<row_kind>>(std::move(rows.kinds));
  return made;
}

chunk make_chunk(std::string_view bytes) {
  std::shared_ptr<char[]> memory(new char[bytes.size() + chunk_padding]());
  bytes.copy(memory.get(), bytes.size());
  return {memory, {memory.get(), bytes.size()}};
}

namespace {

// False when the chunk must not be gone on with.
bool decode_chunk(decoder& with, const std::vector<field>& fields, chunk input, bool end, decoded& into) {
  for (;;) {
    decode_target target = make_target(fields);
    auto done = with.decode(input, end, target);
    for (const column& c : target.columns) {
      if (c.size() != target.rows) into.error = {errc::operator_failed, "columns of unequal length"};
    }
    for (auto& text : rows_text(target.columns, target.rows)) into.rows.push_back(std::move(text));
    if (!done.ok()) into.error = done.error();
    if (!into.error.ok()) return false;
    into.skipped += done->skipped;
    input.bytes.remove_prefix(done->consumed);
    into.left = input.bytes.size();
    if (input.bytes.empty() || target.rows < target.rows_max) return true;
  }
}

} // namespace

decoded decode_all(decoder& with, const std::vector<field>& fields, std::string_view input) {
  decoded all;
  decode_chunk(with, fields, make_chunk(input), true, all);
  return all;
}

decoded decode_cut(decoder& with, const std::vector<field>& fields, std::string_view input, size_t cut) {
  decoded all;
  if (!decode_chunk(with, fields, make_chunk(input.substr(0, cut)), false, all)) return all;
  decode_chunk(with, fields, make_chunk(input.substr(cut - all.left)), true, all);
  return all;
}

result<std::unique_ptr<decoder>> format_rig::make_decoder(const std::vector<field>& fields, option_map options,
                                                          bool messages, std::vector<uint32_t> needed) const {
  registry formats;
  add(formats);
  table_options with{std::move(options)};
  format_spec spec{fields, std::move(needed), &with};
  if (spec.needed.empty()) {
    for (uint32_t i = 0; i < fields.size(); ++i) spec.needed.push_back(i);
  }
  spec.clock = clock;
  spec.messages = messages;
  return formats.format(name)->make_decoder(spec);
}

result<std::unique_ptr<encoder>> format_rig::make_encoder(const std::vector<field>& fields, option_map options) const {
  registry formats;
  add(formats);
  table_options with{std::move(options)};
  return formats.format(name)->make_encoder(format_spec{fields, {}, &with});
}

std::string format_rig::write(const std::vector<field>& fields, decode_target rows, option_map options) const {
  auto encoder = make_encoder(fields, std::move(options));
  if (!encoder.ok()) return encoder.error().to_string();
  std::string out;
  status s = (*encoder)->encode(make_batch(std::move(rows)), out, nullptr);
  return s.ok() ? out : s.to_string();
}

source_spec table_rig::reading(std::vector<uint32_t> needed) {
  if (needed.empty()) {
    for (uint32_t i = 0; i < columns.size(); ++i) needed.push_back(i);
  }
  return {table(), std::move(needed), batch_rows_default};
}

std::vector<field> table_rig::fields() const {
  std::vector<field> all;
  for (const column_spec& c : columns) all.push_back(c.column);
  return all;
}

polled poll_all(source& from, const source_spec& spec, uint32_t batch_rows, size_t rows_max) {
  std::vector<field> fields;
  for (uint32_t index : spec.needed) fields.push_back(spec.table.columns[index].column);
  polled all;
  while (all.rows.size() < rows_max) {
    decode_target target = make_target(fields, batch_rows);
    auto state = from.poll(target);
    for (auto& text : rows_text(target.columns, target.rows)) all.rows.push_back(std::move(text));
    if (!state.ok()) {
      all.error = state.error();
      return all;
    }
    all.last = *state;
    if (*state != poll_state::more) return all;
  }
  return all;
}

} // namespace levada::tests
