// Types as written to types as they are: checks lengths, precisions and what is supported here.
#pragma once

#include <optional>

#include "runtime/sql/ast_type.hpp"
#include "runtime/type.hpp"

namespace levada {

// Nothing after a diagnostic.
std::optional<data_type> bind_type(const ast::data_type& written, diagnostics& found);

} // namespace levada
