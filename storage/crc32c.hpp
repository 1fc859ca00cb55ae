// CRC-32C (Castagnoli, RFC 3720 appendix B.4): by instruction on x86-64 and arm64 where the CPU has it, else by
// Boost.CRC's table.
#pragma once

#include <cstdint>
#include <string_view>

namespace levada {

// The checksum of some bytes; pass the checksum of what precedes them to go on.
uint32_t crc32c(std::string_view bytes, uint32_t preceding = 0);

// By table on every machine; what tests compare the instruction with.
uint32_t crc32c_by_table(std::string_view bytes, uint32_t preceding = 0);

} // namespace levada
