// The factories of a table's source and sink, as a job graph holds them. Making one reads and checks the table's
// options, and opens nothing: the planner makes each once to find mistakes.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/sql/catalog.hpp"

namespace levada {

class time_zone;

struct access_context {
  const registry* plugins = nullptr;
  const clock_source* clock = nullptr;
  std::shared_ptr<const time_zone> session_zone; // null: UTC
  uint32_t batch_rows = batch_rows_default;
};

using source_factory = std::function<result<std::unique_ptr<source>>()>;
using sink_factory = std::function<result<std::unique_ptr<sink>>()>;

// Null after a diagnostic. `columns`: of the table, stored ones, ascending; they are what the source yields, as `shape`
// says, where a ROW may have fewer fields than declared.
source_factory open_source(const access_context& context, const std::shared_ptr<const table_entry>& table,
                           const std::vector<uint32_t>& columns, const schema& shape, diagnostics& found);
sink_factory open_sink(const access_context& context, const std::shared_ptr<const table_entry>& table, bool updating,
                       delivery& guarantee, diagnostics& found);

// Constant rows as a source. The status of an expression that fails comes from the factory.
source_factory open_values(const access_context& context, schema shape, std::vector<std::vector<expression_ptr>> rows);

} // namespace levada
