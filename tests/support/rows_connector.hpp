// Connector `rows`: reads the rows of a test and keeps what is written. Rows of all tables form one sequence, and a
// source waits until those before its next one have been read: the interleaving, and with it every late row, is the same
// at any batch size.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/registry.hpp"

namespace levada::testing {

struct input_line {
  std::string table;
  std::string json; // one object; a changelog row has "+I", "-U", "+U" or "-D" and a blank in front
};

// What one run read and wrote. Rows written are as oracle output: ["+I", 1, "x"].
struct test_rows {
  std::vector<input_line> input;
  std::map<std::string, std::vector<std::string>> written; // by table; a bare SELECT's under ""
};

// Sources and sinks of `rows` share `rows`; make one for each run.
void register_rows(registry& into, const std::shared_ptr<test_rows>& rows);
std::unique_ptr<sink> make_collecting_sink(std::shared_ptr<test_rows> rows, std::string table);

// One row as the oracle prints it.
std::string row_text(const batch& rows, uint32_t row);

} // namespace levada::testing
