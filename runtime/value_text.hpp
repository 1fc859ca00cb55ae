// Any value of a column as text.
#pragma once

#include <string>

#include "runtime/column.hpp"

namespace levada {

class time_zone;

enum class text_style : uint8_t {
  print, // as Flink's print sink: true, 2020-10-10T00:00:05, null, +I[1, x], {k=v}, [1, 2]
  sql,   // as CAST AS STRING: TRUE, 2020-10-10 00:00:05.000, NULL, (1, x), {k=v}, [1, 2]
};

// Appends the value at `row`. `zone` renders TIMESTAMP_LTZ in the sql style; null is UTC.
void append_value_text(const column& values, uint32_t row, std::string& out, text_style style = text_style::print,
                       const time_zone* zone = nullptr);

} // namespace levada
