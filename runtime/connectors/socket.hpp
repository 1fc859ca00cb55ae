// The two halves of the `socket` connector: records over TCP, dialled or accepted.
//
// The source reads only as fast as rows are taken: the rest waits in the kernel and, by TCP, at the peer. What was read
// cannot be read again, so a crash loses it. The sink keeps one batch; on a new connection it goes on with the first
// record that was not handed to the kernel as a whole. What the kernel had of a broken connection is lost.
#pragma once

#include <memory>

#include "platform/socket.hpp"
#include "runtime/connectors/connector.hpp"

namespace levada {

result<std::unique_ptr<source>> make_socket_source(const source_spec& spec, std::shared_ptr<network> net);
result<std::unique_ptr<sink>> make_socket_sink(const sink_spec& spec, std::shared_ptr<network> net);

} // namespace levada
