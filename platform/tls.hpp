// TLS (1.2 and later) for a client, on top of any byte stream.
#pragma once

#include <memory>

#include "platform/socket.hpp"

namespace levada {

// `inner` carries the records. The peer must prove to be `peer.host` (name or address).
// errc::tls_error: a certificate, key or CA file cannot be used; the text names it.
result<std::unique_ptr<byte_stream>> make_tls_client(std::unique_ptr<byte_stream> inner, const endpoint& peer,
                                                     const tls_options& options);

} // namespace levada
