// WITH options of the `mqtt` connector -> session options.
#pragma once

#include <vector>

#include "runtime/connectors/connector.hpp"
#include "runtime/connectors/mqtt/session.hpp"

namespace levada::mqtt {

// For documentation and did-you-mean.
std::vector<option_definition> option_definitions();

// Reads every option of the connector, whichever half it is for.
result<session_options> read_source_options(const table_spec& table);

struct sink_options {
  session_options session;
  std::string topic; // empty: every row names its own
  uint8_t qos = 1;
  bool retain = false;
};
// `topic_per_row`: the table has a METADATA column `topic`.
result<sink_options> read_sink_options(const table_spec& table, delivery guarantee, bool topic_per_row);

} // namespace levada::mqtt
