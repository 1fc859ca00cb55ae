// The two halves of the `mqtt` connector. `net` is the machine's network, or a simulated one in tests.
#pragma once

#include <memory>

#include "platform/socket.hpp"
#include "runtime/connectors/connector.hpp"

namespace levada::mqtt {

// One row or more a message. Its position holds what the session must know after a crash; what it has handed out is
// answered for once that is committed, and recognised when the broker sends it again (inbound.hpp). Messages longer than
// 'max-message-bytes' are counted as malformed and passed over.
result<std::unique_ptr<source>> make_source(const source_spec& spec, std::shared_ptr<network> net);

// One message a row, to 'topic' or to the row's METADATA column `topic`.
result<std::unique_ptr<sink>> make_sink(const sink_spec& spec, std::shared_ptr<network> net);

} // namespace levada::mqtt
