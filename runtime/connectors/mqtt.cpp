#include "runtime/connectors/mqtt/connector.hpp"
#include "runtime/connectors/mqtt/options.hpp"
#include "runtime/registry.hpp"

namespace levada::connectors {

void register_mqtt(registry& into) {
  connector_definition definition;
  definition.name = "mqtt";
  definition.summary = "messages of an MQTT broker, 3.1.1 and 5, acknowledged once their effects are durable";
  definition.options = mqtt::option_definitions();
  definition.metadata = {
      {"topic", data_type::string().not_null()},
      {"qos", data_type::integer().not_null()},
      {"retain", data_type::boolean().not_null()},
      {"duplicate", data_type::boolean().not_null()},
      {"user-properties", data_type::map(data_type::string().not_null(), data_type::string()).not_null()},
      {"receive-time", data_type::timestamp_ltz(3).not_null()},
  };
  const auto net = std::make_shared<system_network>();
  definition.make_source = [net](const source_spec& spec) { return mqtt::make_source(spec, net); };
  definition.make_sink = [net](const sink_spec& spec) { return mqtt::make_sink(spec, net); };
  into.add(std::move(definition));
}

} // namespace levada::connectors
