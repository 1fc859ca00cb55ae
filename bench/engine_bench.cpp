// In-memory work without a parse and without actors: chains of operators over batches made beforehand, beside the loops
// of hand_loops.hpp over the same batches. Thread CPU seconds, best of `rounds`; results are compared.
//   engine_bench [ROWS [map | tumble | hop]]
// Prints: work<TAB>levada rows/s<TAB>limit rows/s<TAB>ratio
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>

#include "bench/hand_loops.hpp"
#include "runtime/chain.hpp"
#include "runtime/registry.hpp"
#include "runtime/sql/expression_binder.hpp"
#include "runtime/sql/parser.hpp"

namespace {

using namespace levada;
using namespace levada::bench;

constexpr int rounds = 3;
constexpr uint32_t batch_rows = batch_rows_default;
constexpr uint32_t ring_batches = 256; // distinct keys and values before they repeat
constexpr int64_t disorder_ms = 1500;  // one row in five comes this much early in event time
constexpr int64_t bound_ms = 2000;
constexpr int64_t values_below = 1000;

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "engine_bench: %s\n", why.c_str());
  std::exit(1);
}
void must(const status& s) {
  if (!s.ok()) stop(s.to_string());
}

double thread_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

using filler = std::function<int64_t(uint32_t row)>;
column_ptr make_column_of(data_type type, const filler& value) {
  auto made = std::make_shared<column>(std::move(type), batch_rows);
  for (uint32_t i = 0; i < batch_rows; ++i) made->data<int64_t>()[i] = value(i);
  return made;
}

// Sums what comes out.
struct filter_map_output final : output {
  void push(batch out) override {
    uint64_t sum = 0;
    for (const auto& c : out.columns) {
      const auto* values = c->data<int64_t>();
      out.selected().for_each([&](uint32_t row) { sum += static_cast<uint64_t>(values[row]); });
    }
    result.rows += out.selected_count();
    result.sum += sum;
  }
  tally result;
};

// Rows of key, count, window_start, window_end, window_time.
struct window_output final : output {
  void push(batch out) override {
    out.selected().for_each([&](uint32_t row) {
      result.sum += group_sum(out.columns[0]->at<int64_t>(row), out.columns[1]->at<int64_t>(row),
                              out.columns[3]->at<int64_t>(row) / 1000);
    });
    result.rows += out.selected_count();
  }
  tally result;
};

expression_ptr bind(const std::string& text, const scope& names, const registry& plugins) {
  source_text source{"engine_bench", "SELECT " + text};
  diagnostics found;
  const auto script = parse_script(source, found);
  if (found.failed()) stop(found.render(source));
  const auto* select = script.statements.at(0).as<ast::query_statement>()->source->as<ast::select>();
  const eval_context context;
  bind_context binding{plugins, found, context};
  expression_binder binder{binding, names};
  auto bound = binder.bind(*select->items.at(0).value);
  if (!bound) stop(found.render(source));
  return bound;
}

struct rate {
  double levada = 0;
  double limit = 0;
};

void report(const char* work, rate best, const tally& levada, const tally& limit) {
  if (levada != limit) {
    stop(std::string{work} + ": results differ: " + std::to_string(levada.rows) + " rows, the limit " +
         std::to_string(limit.rows));
  }
  std::printf("%s\t%.0f\t%.0f\t%.2f\n", work, best.levada, best.limit, best.levada / best.limit);
}

void bench_filter_map(const registry& plugins, uint32_t batches) {
  const char* const names[] = {"a", "b", "c", "d"};
  scope columns;
  schema input;
  for (const char* name : names) {
    columns.columns.push_back({"", name, data_type::bigint(), {}});
    input.fields.push_back({name, data_type::bigint()});
  }
  operator_spec filter;
  filter.kind = filter.id = "filter";
  filter.inputs = {input};
  filter.output = input;
  filter.expressions = {bind("a < 500", columns, plugins)};
  operator_spec project;
  project.kind = project.id = "project";
  project.inputs = {input};
  for (const char* text : {"a", "b + c", "d * 2"}) {
    project.expressions.push_back(bind(text, columns, plugins));
    project.output.fields.push_back({text, project.expressions.back()->type});
  }
  const operator_spec specs[] = {filter, project};

  std::mt19937_64 random(1);
  std::vector<batch> ring(ring_batches);
  for (auto& b : ring) {
    b.rows = batch_rows;
    for (size_t c = 0; c < std::size(names); ++c) {
      b.columns.push_back(
          make_column_of(data_type::bigint(), [&](uint32_t) { return static_cast<int64_t>(random() % values_below); }));
    }
  }

  rate best;
  tally ours, theirs;
  for (int round = 0; round < rounds; ++round) {
    filter_map_output out;
    auto made = chain::make(specs, plugins, operator_context{}, {1}, out);
    must(made.error());
    double started = thread_seconds();
    for (uint32_t b = 0; b < batches; ++b) must((*made)->process(ring[b % ring_batches], 0, 0));
    const auto rows = static_cast<double>(batches) * batch_rows;
    best.levada = std::max(best.levada, rows / (thread_seconds() - started));

    filter_map_loop loop;
    started = thread_seconds();
    for (uint32_t b = 0; b < batches; ++b) {
      const auto& in = ring[b % ring_batches].columns;
      loop.process(in[0]->data<int64_t>(), in[1]->data<int64_t>(), in[2]->data<int64_t>(), in[3]->data<int64_t>(),
                   batch_rows, 500);
    }
    best.limit = std::max(best.limit, rows / (thread_seconds() - started));
    ours = out.result;
    theirs = loop.result();
  }
  report("in-memory filter + map, 4 BIGINT columns", best, ours, theirs);
}

// Batches of (key, time) with the watermark after each row, in order of arrival.
class timed_rows {
 public:
  timed_rows(uint32_t keys, int64_t rows_per_second) : rows_per_second_(rows_per_second) {
    std::mt19937_64 random(1);
    for (uint32_t i = 0; i < ring_batches; ++i) {
      keys_.push_back(make_column_of(data_type::bigint(),
                                     [&](uint32_t) { return static_cast<int64_t>(random() % keys) * 7 + 1000; }));
    }
  }
  batch next() {
    batch made;
    made.rows = batch_rows;
    made.watermark_before = watermark_;
    auto steps = std::make_shared<std::vector<int64_t>>(batch_rows);
    auto times = make_column_of(data_type::timestamp(3), [&](uint32_t i) {
      const auto row = static_cast<int64_t>(number_) * batch_rows + i;
      const int64_t time_ms = base_ms + row * 1000 / rows_per_second_ - (row % 5 == 0 ? disorder_ms : 0);
      watermark_ = std::max(watermark_, time_ms - bound_ms);
      (*steps)[i] = watermark_;
      return time_ms * 1000;
    });
    made.columns = {keys_[number_++ % ring_batches], times};
    made.watermarks = steps;
    made.watermark_after = watermark_;
    return made;
  }

 private:
  static constexpr int64_t base_ms = 1'767'225'600'000;
  std::vector<column_ptr> keys_;
  int64_t rows_per_second_;
  int64_t watermark_ = base_ms - 2 * bound_ms;
  uint32_t number_ = 0;
};

struct window_work {
  const char* name;
  window_kind kind;
  int64_t size_ms;
  int64_t slide_ms;
  uint32_t keys;
  int64_t rows_per_second;
};

void bench_window(const registry& plugins, uint32_t batches, const window_work& work) {
  const auto time = data_type::timestamp(3);
  operator_spec spec;
  spec.kind = spec.id = "window_aggregate";
  spec.inputs = {schema{{{"k", data_type::bigint()}, {"ts", time}}}};
  spec.keys = {{0}};
  spec.aggregates = {{"COUNT", {}, -1, false, data_type::bigint()}};
  spec.updating = {false};
  spec.window.kind = work.kind;
  spec.window.time_column = 1;
  spec.window.size_ms = work.size_ms;
  spec.window.slide_ms = work.slide_ms;
  spec.output.fields = {{"k", data_type::bigint()}, {"count", data_type::bigint()}};
  for (const char* name : {"window_start", "window_end", "window_time"}) spec.output.fields.push_back({name, time});

  rate best;
  tally ours, theirs;
  const auto rows = static_cast<double>(batches) * batch_rows;
  for (int round = 0; round < rounds; ++round) {
    window_output out;
    auto made = chain::make({&spec, 1}, plugins, operator_context{}, {1}, out);
    must(made.error());
    timed_rows arriving(work.keys, work.rows_per_second);
    double spent = 0;
    int64_t watermark = watermark_none;
    for (uint32_t b = 0; b < batches; ++b) {
      auto in = arriving.next();
      watermark = in.watermark_after;
      const double started = thread_seconds();
      must((*made)->process(std::move(in), 0, 0));
      spent += thread_seconds() - started;
    }
    batch end;
    for (const auto& field : spec.inputs[0].fields) end.columns.push_back(std::make_shared<column>(field.type));
    end.watermark_before = watermark;
    end.watermark_after = watermark_end;
    double started = thread_seconds();
    must((*made)->process(std::move(end), 0, 0));
    spent += thread_seconds() - started;
    best.levada = std::max(best.levada, rows / spent);

    window_count_loop loop(work.slide_ms, static_cast<uint32_t>(work.size_ms / work.slide_ms), work.keys);
    timed_rows again(work.keys, work.rows_per_second);
    spent = 0;
    for (uint32_t b = 0; b < batches; ++b) {
      const auto in = again.next();
      started = thread_seconds();
      loop.process(in.columns[0]->data<int64_t>(), in.columns[1]->data<int64_t>(), in.watermarks->data(), in.rows);
      spent += thread_seconds() - started;
    }
    started = thread_seconds();
    loop.finish();
    spent += thread_seconds() - started;
    best.limit = std::max(best.limit, rows / spent);
    ours = out.result;
    theirs = loop.result();
  }
  report(work.name, best, ours, theirs);
}

} // namespace

int main(int argc, char** argv) {
  const auto rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const std::string_view only = argc > 2 ? argv[2] : "";
  const auto batches = static_cast<uint32_t>(rows / batch_rows) + 1;
  const registry plugins = builtin_registry();
  if (only.empty() || only == "map") bench_filter_map(plugins, batches);
  if (only.empty() || only == "tumble") {
    bench_window(plugins, batches,
                 {"in-memory tumbling 10 s count, 300 k keys", window_kind::tumble, 10'000, 10'000, 300'000, 300'000});
  }
  if (only.empty() || only == "hop") {
    bench_window(plugins, batches,
                 {"in-memory hopping 10 s / 2 s count, 10 k keys", window_kind::hop, 10'000, 2'000, 10'000, 100'000});
  }
  return 0;
}
