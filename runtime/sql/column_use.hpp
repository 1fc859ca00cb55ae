// What of its columns a query reads: of a ROW perhaps only some fields, which are then all that its source delivers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/expression/expression.hpp"

namespace levada {

struct column_use {
  bool whole = false;
  std::map<std::string, column_use> fields; // of a ROW, when not read as a whole

  bool any() const { return whole || !fields.empty(); }
  void merge(const column_use& other);
};

using column_uses = std::vector<column_use>; // one a column

const column_use& whole_column();

// Adds what `e` reads when `wanted` is read of its value.
void add_uses(column_uses& uses, const expression& e, const column_use& wanted = whole_column());

// The type with only the fields that are read, in their order. REQUIRES use.any().
data_type narrowed(const data_type& type, const column_use& use);

} // namespace levada
