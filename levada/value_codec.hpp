// Public values as MessagePack, for keys and state of user operators. Decoding appends to `out`, `values` and `timers`;
// errc::corrupt_value when the bytes are not what encoding wrote: what was decoded is then worthless.
#pragma once

#include <map>
#include <set>
#include <string>

#include "levada/levada.hpp"
#include "platform/status.hpp"

namespace levada {

void encode_values(const row& values, std::string& out);
status decode_values(std::string_view bytes, row& out);
void encode_entry(const std::map<std::string, value, std::less<>>& values, const std::set<int64_t>& timers,
                  std::string& out);
status decode_entry(std::string_view bytes, std::map<std::string, value, std::less<>>& values,
                    std::set<int64_t>& timers);

} // namespace levada
