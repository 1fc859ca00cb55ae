// An amount of memory or disk as text for people.
#pragma once

#include <cstdint>
#include <string>

namespace levada {

// "812 bytes", "3.4 KiB", "64 MiB", "1.5 GiB".
std::string byte_count_text(uint64_t bytes);

} // namespace levada
