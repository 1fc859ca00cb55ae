#include "runtime/formats/messagepack.hpp"

#include "runtime/registry.hpp"

namespace levada {

status check_messagepack_type(const std::string& name, const data_type& type) {
  if (type.is_interval() || type.kind() == type_kind::null) {
    return {errc::unsupported, "column '" + name + "': messagepack cannot carry " + type.to_string()};
  }
  for (const field& part : type.fields()) {
    if (auto s = check_messagepack_type(name, part.type); !s.ok()) return s;
  }
  return {};
}

} // namespace levada

namespace levada::formats {

void register_messagepack(registry& into) {
  format_definition definition;
  definition.name = "messagepack";
  definition.summary = "MessagePack maps by column name, or arrays by position";
  definition.options = {
      {"messagepack.ignore-parse-errors", "boolean", "false", "skip malformed records, make malformed fields NULL"},
  };
  definition.make_decoder = [](const format_spec& spec) -> result<std::unique_ptr<decoder>> {
    auto ignore = spec.options->boolean("messagepack.ignore-parse-errors", false);
    if (!ignore.ok()) return ignore.error();
    return make_messagepack_decoder(spec, *ignore);
  };
  definition.make_encoder = [](const format_spec& spec) -> result<std::unique_ptr<encoder>> {
    static_cast<void>(spec.options->text("messagepack.ignore-parse-errors"));
    return make_messagepack_encoder(spec);
  };
  into.add(std::move(definition));
}

} // namespace levada::formats
