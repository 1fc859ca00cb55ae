// How tightly operators bind, as Calcite has it; all binary ones associate to the left. Shared by the parser and
// the printer.
#pragma once

namespace levada::grammar {

inline constexpr int power_or = 22;
inline constexpr int power_and = 24;
inline constexpr int power_not = 26;
inline constexpr int power_is = 28;
inline constexpr int power_compare = 30;
inline constexpr int power_range = 32; // BETWEEN, IN, LIKE
inline constexpr int power_add = 40;
inline constexpr int power_multiply = 60; // and ||
inline constexpr int power_sign = 80;
inline constexpr int power_access = 100; // a[i], and everything that needs no parentheses

} // namespace levada::grammar
