// Column values as MessagePack: keys, rows and accumulated values of operator state.
//
// One value is one MessagePack value: NULL nil, BOOLEAN a boolean, integers, dates and times integers, FLOAT and DOUBLE
// floats bit for bit, DECIMAL a 16-byte bin, strings and bytes bin, ARRAY an array, MAP an array of alternating keys and
// values, ROW an array of its fields. Equal values of one type have equal bytes when written as a key.
#pragma once

#include <string>

#include "runtime/column.hpp"
#include "storage/msgpack.hpp"

namespace levada {

void write_value(const column& c, uint32_t row, msgpack_writer& out);
// As write_value, but -0.0 is written as 0.0 and every NaN as one, so that bytes compare as values.
void write_key_value(const column& c, uint32_t row, msgpack_writer& out);
// Appends one value to `out`, whose type says what to expect. On malformed input the reader has failed and a NULL was
// appended.
void read_value(msgpack_reader& in, column& out);

} // namespace levada
