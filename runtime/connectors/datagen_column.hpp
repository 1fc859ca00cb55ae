// One generated column of `datagen`: a value for every row number, always the same one for the same seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/column.hpp"
#include "runtime/options.hpp"

namespace levada {

struct generated_row {
  uint64_t number = 0; // of the row, from 0
  int64_t time_us = 0; // wall clock at which the row is due
};

class generated_column {
 public:
  virtual ~generated_column() = default;
  virtual void append(const generated_row& row, column& into) const = 0;
  // Rows until a sequence is used up; -1: never.
  virtual int64_t rows_max() const { return -1; }
};

// Reads 'fields.NAME.kind' and what belongs to it. Errors: invalid_option, missing_option, unsupported (a type that
// cannot be generated). `seed` differs from column to column.
result<std::unique_ptr<generated_column>> make_generated_column(const std::string& name, const data_type& type,
                                                                table_options& options, uint64_t seed);

} // namespace levada
