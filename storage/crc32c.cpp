#include "storage/crc32c.hpp"

#include <cstring>

#include <boost/crc.hpp>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#endif

#include "platform/cpu_features.hpp"

namespace levada {

namespace {

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(std::string_view bytes, uint32_t crc) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t sum = crc;
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    sum = _mm_crc32_u64(sum, word);
  }
  for (; left > 0; --left, ++at) sum = _mm_crc32_u8(static_cast<uint32_t>(sum), static_cast<uint8_t>(*at));
  return static_cast<uint32_t>(sum);
}

#elif defined(__aarch64__)

__attribute__((target("+crc"))) uint32_t crc32c_by_instruction(std::string_view bytes, uint32_t crc) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    crc = __crc32cd(crc, word);
  }
  for (; left > 0; --left, ++at) crc = __crc32cb(crc, static_cast<uint8_t>(*at));
  return crc;
}

#else

uint32_t crc32c_by_instruction(std::string_view bytes, uint32_t crc) { return ~crc32c_by_table(bytes, ~crc); }

#endif

} // namespace

uint32_t crc32c_by_table(std::string_view bytes, uint32_t preceding) {
  // Boost takes the start value as if unreflected.
  uint32_t start = 0;
  for (uint32_t bit = 0; bit < 32; ++bit) start |= ((~preceding >> bit) & 1U) << (31 - bit);
  boost::crc_optimal<32, 0x1EDC6F41, 0, 0xFFFFFFFF, true, true> sum(start);
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

uint32_t crc32c(std::string_view bytes, uint32_t preceding) {
  static const bool has_instruction = cpu_has_crc32c();
  return has_instruction ? ~crc32c_by_instruction(bytes, ~preceding) : crc32c_by_table(bytes, preceding);
}

} // namespace levada
