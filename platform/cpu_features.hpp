// What this CPU can do beyond the distribution's baseline, for the choice of a kernel at run time.
#pragma once

namespace levada {

bool cpu_has_crc32c(); // SSE4.2 on x86-64, the CRC extension on arm64, false elsewhere

} // namespace levada
