// SQL text to syntax tree: Flink SQL, hand-written descent with precedence climbing for expressions. Never
// throws, never crashes: whatever the bytes, the outcome is a script and diagnostics, and time and memory are
// linear in the text. After a mistake parsing goes on at the next statement.
#pragma once

#include "runtime/sql/ast.hpp"
#include "runtime/sql/diagnostic.hpp"

#include <cstdint>

namespace levada {

// Bounds nesting, and with it the stack of everything that walks a tree (parser, binder, destructors).
inline constexpr uint16_t max_syntax_depth = 256;

ast::script parse_script(const source_text& source, diagnostics& found);

} // namespace levada
