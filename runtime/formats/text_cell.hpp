// A column's value from its text, by the rules of Flink's text formats (csv, json): what Java's parseInt, parseDouble,
// parseBoolean and BigDecimal accept, with blanks around it ignored.
#pragma once

#include <string_view>

#include "runtime/formats/format.hpp"
#include "runtime/formats/time_text.hpp"

namespace levada {

// True for the types that append_text_cell reads: all but nested types, intervals and BYTES.
bool has_text_form(const data_type& type);

// Appends one value to `into`; false (nothing appended) when `text` is not one. Strings are taken as they are, without
// copying: `text` must live as long as the column (or be handed to column::strings() first). A DECIMAL is rounded
// half up to its scale and NULL when it has too many digits.
bool append_text_cell(column& into, std::string_view text, timestamp_parser& timestamps);

// Appends a DECIMAL from the digits of a number ("-12.50", "1e3"); false when it is none.
bool append_decimal_cell(column& into, std::string_view text);

// Whether strings may point into the chunk, which the target's columns then keep alive. Those of a small one (a message)
// are copied, which costs less.
bool share_chunk(const chunk& input, decode_target& into);

std::string_view trimmed(std::string_view text);

} // namespace levada
