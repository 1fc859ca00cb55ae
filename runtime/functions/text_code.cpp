// Digests, encodings and codes of characters.
#include <array>
#include <memory>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "runtime/functions/kernel.hpp"
#include "runtime/functions/overload.hpp"
#include "runtime/functions/utf8.hpp"

namespace levada {

namespace {

using text = std::string_view;

constexpr char lower_digits[] = "0123456789abcdef";
constexpr char upper_digits[] = "0123456789ABCDEF";

void append_hex(text bytes, const char* digits, std::string& out) {
  for (char c : bytes) {
    out += digits[static_cast<uint8_t>(c) >> 4];
    out += digits[static_cast<uint8_t>(c) & 15];
  }
}

struct free_digest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};

kernel digest_kernel(const char* algorithm) {
  // Fetched once: looking the algorithm up by name costs more than a short digest.
  std::shared_ptr<EVP_MD> digest{EVP_MD_fetch(nullptr, algorithm, nullptr), free_digest{}};
  return lift<text>([digest](text s) -> result<std::string> {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned int size = 0;
    if (!digest || EVP_Digest(s.data(), s.size(), bytes.data(), &size, digest.get(), nullptr) != 1) {
      return status{errc::unsupported, "the TLS library of this machine does not offer this digest"};
    }
    std::string out;
    append_hex({reinterpret_cast<const char*>(bytes.data()), size}, lower_digits, out);
    return out;
  });
}

void add_digest(registry& into, const char* name, const char* algorithm, int32_t length) {
  into.add(overloaded(name, std::string{name} + "(string)", std::string{"The "} + name + " digest in hexadecimal.",
                      {{{data_type::string()}, data_type::character(length), digest_kernel(algorithm)}}));
}

std::string hex_of_text(text s) {
  std::string out;
  append_hex(s, upper_digits, out);
  return out;
}

std::string hex_of_number(int64_t value) {
  std::string out;
  auto bits = static_cast<uint64_t>(value);
  int shift = 60;
  while (shift > 0 && bits >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) out += upper_digits[bits >> shift & 15];
  return out;
}

std::string to_base64(text s) {
  std::string out((s.size() + 2) / 3 * 4 + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<const unsigned char*>(s.data()), static_cast<int>(s.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

result<std::string> from_base64(text s) {
  std::string padded{s};
  while (padded.size() % 4 != 0) padded += '=';
  size_t padding = 0;
  while (padding < 2 && padding < padded.size() && padded[padded.size() - 1 - padding] == '=') ++padding;
  std::string out(padded.size() / 4 * 3 + 1, '\0');
  int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<const unsigned char*>(padded.data()), static_cast<int>(padded.size()));
  if (size < 0 || static_cast<size_t>(size) < padding) {
    return status{errc::invalid_argument, "'" + std::string{s.substr(0, 40)} + "' is not base64"};
  }
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

// Java's view of the first byte, which is signed.
int32_t first_byte(text s) { return s.empty() ? 0 : static_cast<int8_t>(s[0]); }

std::string character_of(int64_t code) {
  std::string out;
  if (code >= 0) utf8_append(static_cast<uint32_t>(code & 255), out);
  return out;
}

status random_uuids(const kernel_args& in, column& out) {
  std::string uuid;
  for (uint32_t i = 0; i < in.rows.count; ++i) {
    std::array<unsigned char, 16> bytes;
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
      return {errc::io_error, "no random numbers on this machine"};
    }
    bytes[6] = static_cast<unsigned char>(0x40 | (bytes[6] & 0x0f)); // version 4
    bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));
    uuid.clear();
    for (size_t k = 0; k < bytes.size(); ++k) {
      if (k == 4 || k == 6 || k == 8 || k == 10) uuid += '-';
      append_hex({reinterpret_cast<const char*>(&bytes[k]), 1}, lower_digits, uuid);
    }
    store(out, in.rows[i], uuid);
  }
  return {};
}

} // namespace

namespace functions {

void register_text_code(registry& into) {
  const data_type string = data_type::string();
  const data_type bigint = data_type::bigint();
  add_digest(into, "MD5", "MD5", 32);
  add_digest(into, "SHA1", "SHA1", 40);
  add_digest(into, "SHA224", "SHA2-224", 56);
  add_digest(into, "SHA256", "SHA2-256", 64);
  add_digest(into, "SHA384", "SHA2-384", 96);
  add_digest(into, "SHA512", "SHA2-512", 128);
  into.add(overloaded("HEX", "HEX(string | number)", "In hexadecimal, in upper case.",
                      {{{string}, string, lift<text>(hex_of_text)}, {{bigint}, string, lift<int64_t>(hex_of_number)}}));
  into.add(overloaded("TO_BASE64", "TO_BASE64(string)", "As base64.", {{{string}, string, lift<text>(to_base64)}}));
  into.add(overloaded("FROM_BASE64", "FROM_BASE64(string)", "The text that base64 stands for.",
                      {{{string}, string, lift<text>(from_base64)}}));
  into.add(overloaded("ASCII", "ASCII(string)", "The number of the first byte, 0 without one.",
                      {{{string}, data_type::integer(), lift<text>(first_byte)}}));
  into.add(overloaded("CHR", "CHR(code)", "The character of a code, modulo 256.",
                      {{{bigint}, string, lift<int64_t>(character_of), true}}));
  into.add(overloaded("UUID", "UUID()", "A random UUID, another one for each row.",
                      {{{}, data_type::character(36).not_null(), random_uuids, false, false}}));
}

} // namespace functions

} // namespace levada
