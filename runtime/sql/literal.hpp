// Constants of SQL text as typed values. An integer is INT, else BIGINT, if it fits; a number with a point is
// DECIMAL(digits, digits after the point); text is CHAR(n); all NOT NULL. Intervals obey their leading precision
// (2 digits unless DAY(3) or the like says otherwise), as in Calcite.
#pragma once

#include "platform/status.hpp"
#include "runtime/expression/expression.hpp"
#include "runtime/sql/ast_expression.hpp"

namespace levada {

// errc::value_out_of_range, errc::invalid_argument or errc::unsupported with a text for a diagnostic. `negated`: a
// minus sign stands in front, so that -2147483648 is an INT.
result<expression_ptr> bind_literal(const ast::literal& literal, bool negated);

expression_ptr make_null(const data_type& type);
expression_ptr make_boolean(bool value);
expression_ptr make_string(std::string_view text); // CHAR(n) NOT NULL

// Milliseconds of an INTERVAL DAY TO SECOND literal; nothing for any other expression.
std::optional<int64_t> interval_ms(const expression& e);

} // namespace levada
