// Rows out of nothing. Row i is a function of the seed and i: after a crash the same rows come again. It is due at
// start + i / rows-per-second of the wall clock, and that time is the "now" of its columns.
#include <algorithm>
#include <charconv>
#include <limits>

#include "platform/clock.hpp"
#include "runtime/connectors/datagen_column.hpp"
#include "runtime/registry.hpp"

namespace levada::connectors {

namespace {

// At high rates rows are made in groups this far apart, so that a rate does not become a rate of wake-ups.
constexpr int64_t group_us = 10'000;
// What a stall may make up for at once; the rest of the delay moves the schedule.
constexpr int64_t catch_up_us = 1'000'000;
constexpr int64_t rows_per_second_max = 1'000'000'000;

class datagen_source final : public source {
 public:
  datagen_source(std::vector<std::unique_ptr<generated_column>> columns, const clock_source* clock, int64_t rate,
                 int64_t rows_max, int64_t start_us)
      : columns_(std::move(columns)), clock_(clock), rate_(rate), rows_max_(rows_max), start_wall_us_(start_us) {}

  status open(std::string_view position) override {
    if (!position.empty()) {
      const char* end = position.data() + position.size();
      auto row = std::from_chars(position.data(), end, next_);
      auto time = row.ec == std::errc{} && row.ptr != end ? std::from_chars(row.ptr + 1, end, start_wall_us_) : row;
      if (time.ec != std::errc{} || time.ptr != end) {
        return {errc::corrupt_value, "the saved position of a datagen source cannot be read"};
      }
    }
    begin_us_ = clock_->monotonic_us() - due_us(next_);
    return {};
  }

  result<poll_state> poll(decode_target& into) override {
    int64_t now = clock_->monotonic_us();
    if (now - begin_us_ - due_us(next_) > catch_up_us) begin_us_ = now - due_us(next_) - catch_up_us;
    while (into.rows < into.rows_max) {
      if (next_ == rows_max_) return poll_state::finished;
      if (begin_us_ + due_us(next_) > now) return poll_state::idle;
      generated_row row{static_cast<uint64_t>(next_), start_wall_us_ + due_us(next_)};
      for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->append(row, into.columns[i]);
      ++into.rows;
      ++counters_.rows;
      ++next_;
    }
    return poll_state::more;
  }

  readiness wait() override {
    int64_t due = begin_us_ + due_us(next_);
    if (rate_ > 1'000'000 / group_us) due = std::max(due, clock_->monotonic_us() + group_us);
    return {-1, 0, due};
  }

  std::string position() override { return std::to_string(next_) + ' ' + std::to_string(start_wall_us_); }
  const source_counters& counters() const override { return counters_; }

 private:
  // Since row 0, without overflow for any row number that can be reached.
  int64_t due_us(int64_t row) const { return row / rate_ * 1'000'000 + row % rate_ * 1'000'000 / rate_; }

  std::vector<std::unique_ptr<generated_column>> columns_; // the needed ones
  const clock_source* clock_;
  int64_t rate_;
  int64_t rows_max_; // -1: no end
  int64_t start_wall_us_;
  int64_t begin_us_ = 0; // monotonic time of row 0
  int64_t next_ = 0;
  source_counters counters_;
};

result<std::unique_ptr<source>> make_source(const source_spec& spec) {
  table_options& options = *spec.table.options;
  auto rate = options.integer("rows-per-second", 10'000, 1, rows_per_second_max);
  if (!rate.ok()) return rate.error();
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  auto count = options.integer("number-of-rows", -1, 0, most);
  if (!count.ok()) return count.error();
  static_cast<void>(options.text("scan.parallelism"));
  auto seed = options.integer("seed", 0, std::numeric_limits<int64_t>::min(), most);
  if (!seed.ok()) return seed.error();
  int64_t rows_max = *count;
  std::vector<std::unique_ptr<generated_column>> all;
  for (const column_spec& each : spec.table.columns) {
    auto made = make_generated_column(each.column.name, each.column.type, options,
                                      static_cast<uint64_t>(*seed) * 1'000'003 + all.size());
    if (!made.ok()) return made.error();
    int64_t rows = (*made)->rows_max();
    if (rows >= 0 && (rows_max < 0 || rows < rows_max)) rows_max = rows;
    all.push_back(std::move(*made));
  }
  std::vector<std::unique_ptr<generated_column>> needed;
  for (uint32_t index : spec.needed) needed.push_back(std::move(all[index]));
  return std::unique_ptr<source>(
      new datagen_source(std::move(needed), spec.table.clock, *rate, rows_max, spec.table.clock->wall_us()));
}

} // namespace

void register_datagen(registry& into) {
  connector_definition definition;
  definition.name = "datagen";
  definition.summary = "rows out of nothing, random or in sequence, at a given rate";
  definition.options = {
      {"rows-per-second", "integer", "10000", "how fast"},
      {"number-of-rows", "integer", "", "how many; absent: no end, unless a sequence has one"},
      {"scan.parallelism", "integer", "", "accepted for Flink's sake"},
      {"seed", "integer", "0", "another seed gives other random values"},
      {"fields.#.kind", "enum random|sequence", "random", "how column # gets its values"},
      {"fields.#.min", "number", "the type's least", "least random value"},
      {"fields.#.max", "number", "the type's greatest", "greatest random value"},
      {"fields.#.max-past", "duration", "0", "how long ago a random timestamp may be"},
      {"fields.#.length", "integer", "100, collections 3", "length of a random string, byte string or collection"},
      {"fields.#.var-len", "boolean", "false", "length is random too, up to 'length'"},
      {"fields.#.null-rate", "number", "0", "share of rows that are NULL"},
      {"fields.#.start", "integer", "", "first value of a sequence"},
      {"fields.#.end", "integer", "", "last value of a sequence"},
  };
  definition.make_source = make_source;
  into.add(std::move(definition));
}

} // namespace levada::connectors
