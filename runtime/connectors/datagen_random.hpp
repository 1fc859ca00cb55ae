// Random columns of `datagen`: every value follows from the seed and the number of its row, none from the rows before it.
#pragma once

#include "runtime/connectors/datagen_column.hpp"
#include "runtime/connectors/datagen_options.hpp"

namespace levada {

using made_column = result<std::unique_ptr<generated_column>>;

// Errors: invalid_option, unsupported (a type that cannot be generated).
made_column make_random_column(const std::string& name, const data_type& type, column_options& options, uint64_t seed);

} // namespace levada
