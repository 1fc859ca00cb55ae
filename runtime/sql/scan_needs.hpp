// What a plan reads: every node of its inputs, and so every scan of its table. Scans of one table are given the union of
// what they need, so that the physical plan can read the table once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/sql/column_use.hpp"
#include "runtime/sql/plan_node.hpp"

namespace levada {

// What one source is to deliver.
struct scan_need {
  std::vector<uint32_t> columns; // of the table, ascending
  column_uses uses;              // of all columns of the table: by the query, computed columns and the watermark

  // What a stored column is read as.
  data_type type_of(uint32_t column, const data_type& declared) const {
    return uses[column].any() ? narrowed(declared, uses[column]) : declared;
  }
  // Something above reads event time: a window, a function of the user, CURRENT_WATERMARK. Otherwise the watermark
  // is not computed and its column not even parsed.
  bool watermark = false;
};

// By scan_key.
using scan_needs = std::map<std::string, scan_need>;

// The table and the options it is read with: equal keys are one source.
std::string scan_key(const plan_node& scan);

// Adds what `root` needs, all of its own output included. `plugins`: the formats.
void collect_needs(const plan_node& root, const registry& plugins, scan_needs& needs);

// What `node` reads of its input number `which` to produce the wanted columns of its output.
column_uses input_needs(const plan_node& node, const column_uses& wanted, size_t which);

} // namespace levada
