// The format of tests/sql/**.test: see tests/sql/README.md.
#pragma once

#include <string>
#include <vector>

#include "platform/status.hpp"
#include "tests/support/rows_connector.hpp"

namespace levada::testing {

enum class expectation : uint8_t { rows, final_rows, diagnostics, failure };

struct expected_section {
  expectation kind = expectation::rows;
  std::string table; // rows, final_rows: where the rows were written; empty: the bare SELECT
  std::vector<std::string> lines;
};

struct sql_case {
  std::string title;
  uint32_t line = 0; // of the title in the file
  std::string sql;   // the file's prelude and the case's own statements
  uint32_t prelude_lines = 0;
  std::vector<input_line> input;
  std::vector<expected_section> expected;
};

// errc::malformed_record with "line N: reason".
result<std::vector<sql_case>> parse_cases(const std::string& text);

// How a case is run: the result must not depend on it.
struct run_shape {
  uint32_t parallelism = 1;
  uint32_t batch_rows = batch_rows_default;
  bool chained = true;
};

// Empty: the case holds. Else what was expected and what came.
std::string run_case(const sql_case& which, const run_shape& shape);

} // namespace levada::testing
