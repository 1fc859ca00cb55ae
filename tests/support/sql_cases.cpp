#include "tests/support/sql_cases.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "runtime/sql/planner.hpp"
#include "tests/support/local_runner.hpp"

namespace levada::testing {

namespace {

constexpr std::string_view section_mark = "---- ";
constexpr std::string_view case_mark = "==== ";

bool starts_with(std::string_view line, std::string_view mark) { return line.substr(0, mark.size()) == mark; }

status malformed(uint32_t line, std::string why) {
  return {errc::malformed_record, "line " + std::to_string(line) + ": " + std::move(why)};
}

// Reads a file line by line; `into` is the prelude until the first title.
class case_reader {
 public:
  status take(const std::string& line, uint32_t number) {
    if (starts_with(line, case_mark)) return start_case(line, number);
    if (starts_with(line, section_mark)) return start_section(line, number);
    if (line.empty() && section_ != section::sql) return {};
    switch (section_) {
    case section::sql: current_.sql += line + "\n"; return {};
    case section::input: return take_input(line, number);
    case section::expected: current_.expected.back().lines.push_back(line); return {};
    }
    return {};
  }

  status finish(std::vector<sql_case>& out) {
    if (auto s = close_case(); !s.ok()) return s;
    if (cases_.empty()) return malformed(1, "a file needs at least one case: ==== title");
    out = std::move(cases_);
    return {};
  }

 private:
  enum class section : uint8_t { sql, input, expected };

  status close_case() {
    if (!started_) {
      prelude_ = std::move(current_);
      if (!prelude_.expected.empty()) return malformed(1, "the prelude cannot expect anything");
      return {};
    }
    if (current_.expected.empty()) return malformed(current_.line, "the case expects nothing");
    cases_.push_back(std::move(current_));
    return {};
  }

  status start_case(const std::string& line, uint32_t number) {
    if (auto s = close_case(); !s.ok()) return s;
    started_ = true;
    current_ = prelude_;
    current_.title = line.substr(case_mark.size());
    current_.line = number;
    current_.prelude_lines = static_cast<uint32_t>(std::count(prelude_.sql.begin(), prelude_.sql.end(), '\n'));
    section_ = section::sql;
    own_input_ = false;
    return {};
  }

  status start_section(const std::string& line, uint32_t number) {
    std::istringstream words(line.substr(section_mark.size()));
    std::string kind;
    expected_section made;
    words >> kind >> made.table;
    if (kind == "input") {
      if (started_ && !own_input_) current_.input.clear();
      own_input_ = started_;
      section_ = section::input;
      return {};
    }
    static const std::map<std::string, expectation> kinds = {{"rows", expectation::rows},
                                                             {"final", expectation::final_rows},
                                                             {"error", expectation::diagnostics},
                                                             {"fails", expectation::failure}};
    const auto it = kinds.find(kind);
    if (it == kinds.end()) return malformed(number, "a section is input, rows, final, error or fails");
    made.kind = it->second;
    current_.expected.push_back(std::move(made));
    section_ = section::expected;
    return {};
  }

  status take_input(const std::string& line, uint32_t number) {
    const size_t blank = line.find(' ');
    if (blank == std::string::npos) return malformed(number, "an input line is: TABLE {json}");
    current_.input.push_back({line.substr(0, blank), line.substr(blank + 1)});
    return {};
  }

  sql_case prelude_;
  sql_case current_;
  std::vector<sql_case> cases_;
  section section_ = section::sql;
  bool started_ = false;
  bool own_input_ = false; // a case's own input replaces the prelude's
};

// A changelog as the multiset it amounts to: additions without their retractions, the kind cut off.
std::vector<std::string> fold(const std::vector<std::string>& changes) {
  std::map<std::string, int64_t> counts;
  for (const auto& change : changes) {
    const std::string kind = change.substr(2, 2);
    std::string row = "[" + (change.size() > 7 ? change.substr(7) : "]");
    counts[row] += kind == "+I" || kind == "+U" ? 1 : -1;
  }
  std::vector<std::string> rows;
  for (const auto& [row, count] : counts) {
    for (int64_t i = 0; i < count; ++i) rows.push_back(row);
    for (int64_t i = count; i < 0; ++i) rows.push_back("retracted but never there: " + row);
  }
  return rows;
}

std::string listing(const char* title, const std::vector<std::string>& lines) {
  std::string text = std::string("  ") + title + "\n";
  for (const auto& line : lines) text += "    " + line + "\n";
  return text;
}

std::string compare(std::vector<std::string> expected, std::vector<std::string> actual, const std::string& what) {
  std::sort(expected.begin(), expected.end());
  std::sort(actual.begin(), actual.end());
  if (expected == actual) return {};
  return "  " + what + "\n" + listing("expected", expected) + listing("got", actual);
}

// Diagnostics without "case.sql:LINE:", which would change with every line added above.
std::vector<std::string> diagnostic_lines(const planned_script& planned) {
  std::vector<std::string> lines;
  for (const auto& d : planned.found.all()) {
    if (d.level != severity::error) continue;
    std::istringstream text(render(planned.source, d));
    for (std::string line; std::getline(text, line);) {
      if (starts_with(line, "case.sql:")) line = line.substr(line.find(':', line.find(':') + 1) + 1);
      while (!line.empty() && line.back() == ' ') line.pop_back();
      if (!line.empty()) lines.push_back(line);
    }
  }
  return lines;
}

const expected_section* find_section(const sql_case& c, expectation kind) {
  for (const auto& e : c.expected)
    if (e.kind == kind) return &e;
  return nullptr;
}

std::string check_diagnostics(const sql_case& c, const planned_script& planned) {
  const auto lines = diagnostic_lines(planned);
  if (const auto* wanted = find_section(c, expectation::diagnostics)) {
    if (wanted->lines == lines) return {};
    return "  the diagnostics differ\n" + listing("expected", wanted->lines) + listing("got", lines);
  }
  return planned.ok() ? std::string{} : listing("the script does not plan", lines);
}

std::string check_rows(const sql_case& c, const test_rows& rows, const status& outcome) {
  if (const auto* wanted = find_section(c, expectation::failure)) {
    const std::string text = outcome.to_string();
    const std::string part = wanted->lines.empty() ? "" : wanted->lines[0];
    if (!outcome.ok() && text.find(part) != std::string::npos) return {};
    return "  expected the failure: " + part + "\n  got: " + text + "\n";
  }
  if (!outcome.ok()) return "  the job failed: " + outcome.to_string() + "\n";
  std::string wrong;
  for (const auto& e : c.expected) {
    const auto it = rows.written.find(e.table);
    const auto written = it == rows.written.end() ? std::vector<std::string>{} : it->second;
    const std::string what = e.table.empty() ? "rows of the query" : "rows of " + e.table;
    if (e.kind == expectation::rows) wrong += compare(e.lines, written, what);
    if (e.kind == expectation::final_rows) wrong += compare(e.lines, fold(written), "final " + what);
  }
  return wrong;
}

} // namespace

result<std::vector<sql_case>> parse_cases(const std::string& text) {
  case_reader reader;
  std::istringstream lines(text);
  uint32_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (auto s = reader.take(line, ++number); !s.ok()) return s;
  }
  std::vector<sql_case> cases;
  if (auto s = reader.finish(cases); !s.ok()) return s;
  return cases;
}

std::string run_case(const sql_case& which, const run_shape& shape) {
  auto rows = std::make_shared<test_rows>();
  rows->input = which.input;
  registry plugins = builtin_registry();
  register_rows(plugins, rows);
  manual_clock clock{1'767'225'600'000'000};
  plan_options options;
  options.plugins = &plugins;
  options.clock = &clock;
  options.settings = {{"table.local-time-zone", "UTC"},
                      {"parallelism.default", std::to_string(shape.parallelism)},
                      {"pipeline.operator-chaining.enabled", shape.chained ? "true" : "false"}};
  options.make_collect = [rows](const sink_spec&) -> result<std::unique_ptr<sink>> {
    return make_collecting_sink(rows, "");
  };
  const auto planned = plan({"case.sql", which.sql}, options);
  if (auto wrong = check_diagnostics(which, planned); !wrong.empty()) return wrong;
  if (find_section(which, expectation::diagnostics)) return {};
  status outcome;
  for (const auto& job : planned.jobs) {
    eval_context eval;
    eval.clock = &clock;
    eval.session_zone = job.session_zone.get();
    if (job.kind == job_kind::explain) continue;
    outcome = run_locally(job.graph, plugins, eval, {shape.batch_rows});
    if (!outcome.ok()) break;
  }
  return check_rows(which, *rows, outcome);
}

} // namespace levada::testing
