// The halves of the `messagepack` format. A record is a map by column name, or an array by column position; records
// follow each other without separators.
//
//   STRING str | BYTES bin | DECIMAL str of its digits | DATE, TIME, TIMESTAMP str in ISO form
//   TIMESTAMP_LTZ the timestamp extension (-1) | ARRAY array | MAP map | ROW map by name
//
// Read besides these: str for any type that has a text form, any number that fits, bin and str for each other, ROW
// from an array, the extension for TIMESTAMP too.
#pragma once

#include "runtime/formats/format.hpp"

namespace levada {

result<std::unique_ptr<decoder>> make_messagepack_decoder(const format_spec& spec, bool ignore_parse_errors);
result<std::unique_ptr<encoder>> make_messagepack_encoder(const format_spec& spec);

// errc::unsupported, naming the column, for intervals and NULL, at any depth.
status check_messagepack_type(const std::string& column, const data_type& type);

constexpr int8_t messagepack_timestamp_type = -1;

} // namespace levada
