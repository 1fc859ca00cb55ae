#include "runtime/connectors/table_format.hpp"

#include <charconv>

#include "runtime/registry.hpp"

namespace levada {

namespace {

result<const format_definition*> find_format(const table_spec& table) {
  auto name = table.options->require_text("format");
  if (!name.ok()) return name.error();
  if (const format_definition* found = table.formats->format(*name)) return found;
  std::string known;
  for (const std::string& each : table.formats->format_names()) known += (known.empty() ? "'" : ", '") + each + "'";
  return status{errc::invalid_option, "'format' = '" + *name + "': expected one of " + known};
}

format_spec base_spec(const table_spec& table) {
  format_spec spec;
  spec.options = table.options;
  spec.session_zone = table.session_zone;
  spec.clock = table.clock;
  for (const column_spec& c : table.columns) {
    if (c.metadata_key.empty()) spec.fields.push_back(c.column);
  }
  return spec;
}

} // namespace

result<table_decoder> table_decoder::make(const source_spec& spec, bool messages) {
  auto format = find_format(spec.table);
  if (!format.ok()) return format.error();
  if (!(*format)->make_decoder) return status{errc::unsupported, "format '" + (*format)->name + "' cannot be read"};
  format_spec decoding = base_spec(spec.table);
  decoding.messages = messages;
  table_decoder made;
  for (uint32_t i = 0; i < spec.needed.size(); ++i) {
    const column_spec& wanted = spec.table.columns[spec.needed[i]];
    if (!wanted.metadata_key.empty()) {
      made.metadata_.push_back({i, wanted.metadata_key});
      continue;
    }
    uint32_t index = 0;
    for (uint32_t k = 0; k < spec.needed[i]; ++k) index += spec.table.columns[k].metadata_key.empty() ? 1 : 0;
    decoding.needed.push_back(index);
    made.physical_.push_back(i);
  }
  auto decoder = (*format)->make_decoder(decoding);
  if (!decoder.ok()) return decoder.error();
  made.decoder_ = std::move(*decoder);
  return made;
}

result<decode_result> table_decoder::decode(const chunk& input, bool end_of_input, decode_target& into) {
  if (metadata_.empty()) return decoder_->decode(input, end_of_input, into);
  inner_.columns.resize(physical_.size());
  for (size_t i = 0; i < physical_.size(); ++i) inner_.columns[i] = std::move(into.columns[physical_[i]]);
  inner_.kinds.swap(into.kinds);
  inner_.rows = into.rows;
  inner_.rows_max = into.rows_max;
  auto done = decoder_->decode(input, end_of_input, inner_);
  for (size_t i = 0; i < physical_.size(); ++i) into.columns[physical_[i]] = std::move(inner_.columns[i]);
  inner_.kinds.swap(into.kinds);
  into.rows = inner_.rows;
  return done;
}

result<std::unique_ptr<encoder>> make_table_encoder(const table_spec& table) {
  auto format = find_format(table);
  if (!format.ok()) return format.error();
  if (!(*format)->make_encoder) return status{errc::unsupported, "format '" + (*format)->name + "' cannot be written"};
  format_spec encoding = base_spec(table);
  for (uint32_t i = 0; i < encoding.fields.size(); ++i) encoding.needed.push_back(i);
  return (*format)->make_encoder(encoding);
}

status malformed_at(const status& failure, std::string_view where, uint64_t base) {
  std::string_view message = failure.message();
  constexpr std::string_view lead = "byte ";
  uint64_t offset = 0;
  if (message.substr(0, lead.size()) == lead) {
    auto [end, error] = std::from_chars(message.data() + lead.size(), message.data() + message.size(), offset);
    if (error == std::errc{}) {
      std::string_view reason{end, static_cast<size_t>(message.data() + message.size() - end)};
      return {failure.code(), std::string(where) + ": byte " + std::to_string(base + offset) + std::string(reason)};
    }
  }
  return failure.at(where);
}

} // namespace levada
