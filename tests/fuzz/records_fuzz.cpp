// Any bytes in place of what the store holds: records end within their bytes, and operators take their entries or say
// what is wrong with them.
#include "platform/check.hpp"
#include "runtime/chain.hpp"
#include "storage/delta.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/plan_rig.hpp"

namespace levada::fuzz {

namespace {

struct dropped final : output {
  void push(batch) override {}
};

struct state_entry {
  uint16_t key_group;
  std::string key;
  std::string value;
};

void fill(batch_builder& into, const schema& shape, int number) {
  for (uint32_t c = 0; c < shape.fields.size(); ++c) {
    column& to = into.at(c);
    switch (to.type().physical()) {
    case physical_type::i32: to.push<int32_t>(number % 5); break;
    case physical_type::i64:
      to.push<int64_t>((to.type().kind() == type_kind::timestamp) ? number / 2 * 1'000'000 : number % 5);
      break;
    case physical_type::f64: to.push<double>(number * 0.5); break;
    case physical_type::string: to.push_string("key " + std::to_string(number % 3)); break;
    default: to.push_null();
    }
  }
  into.end_row(row_kind::insert);
}

// An operator with state, and entries as it writes them.
class subject {
 public:
  explicit subject(const std::string& query) : planned_(rig_.plan(tables + query)) {
    check(planned_.ok());
    for (const vertex& v : planned_.jobs.back().graph.vertices) {
      for (const operator_spec& spec : v.operators) {
        if (entries_.empty()) write_entries(spec);
      }
    }
    check(!entries_.empty());
  }

  const std::vector<state_entry>& entries() const { return entries_; }

  void restore(const std::vector<state_entry>& entries) {
    auto op = open(*spec_);
    for (const auto& entry : entries) {
      const std::string_view value = entry.value;
      if (!op->at(0).restore(entry.key_group, entry.key, &value).ok()) return;
    }
    if (!op->at(0).restored().ok()) return;
    for (uint32_t input = 0; input < spec_->inputs.size(); ++input) {
      batch end;
      end.watermark_before = end.watermark_after = watermark_end;
      if (!op->process(std::move(end), input, 0).ok()) return;
    }
    delta_writer delta;
    check(op->snapshot(0, delta).ok());
  }

 private:
  static constexpr const char* tables =
      "CREATE TABLE t (k STRING, i INT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)"
      " WITH ('connector' = 'rows');\n";

  std::unique_ptr<chain> open(const operator_spec& spec) {
    operator_context context;
    auto made =
        chain::make({&spec, 1}, *rig_.options.plugins, context, std::vector<uint32_t>(spec.inputs.size(), 1), out_);
    check(made.ok());
    return std::move(*made);
  }

  void write_entries(const operator_spec& spec) {
    auto op = open(spec);
    for (uint32_t input = 0; input < spec.inputs.size(); ++input) {
      batch_builder rows{spec.inputs[input], watermark_none};
      for (int i = 0; i < 12; ++i) fill(rows, spec.inputs[input], i);
      if (!op->process(rows.take(), input, 0).ok()) return;
    }
    delta_writer delta;
    check(op->snapshot(0, delta).ok());
    delta_reader reader{delta.bytes()};
    for (delta_operation operation; reader.next(operation);) {
      if (operation.value)
        entries_.push_back({operation.key_group, std::string(operation.key), std::string(*operation.value)});
    }
    spec_ = &spec;
  }

  testing::plan_rig rig_;
  planned_script planned_;
  dropped out_;
  const operator_spec* spec_ = nullptr;
  std::vector<state_entry> entries_;
};

std::vector<std::unique_ptr<subject>>& subjects() {
  static std::vector<std::unique_ptr<subject>> all = [] {
    std::vector<std::unique_ptr<subject>> made;
    for (const char* query : {
             "SELECT k, window_start, COUNT(*), SUM(d), MIN(i), AVG(DISTINCT i) FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts),"
             " INTERVAL '2' SECOND, INTERVAL '4' SECOND)) GROUP BY k, window_start, window_end",
             "SELECT k, COUNT(*), MAX(ts) FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' "
             "SECOND))"
             " GROUP BY k, window_start, window_end",
             "SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND))",
             "SELECT k, COUNT(DISTINCT i), SUM(d), MIN(d) FROM t GROUP BY k",
             "SELECT a.k, b.d FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) a JOIN TABLE(TUMBLE(TABLE "
             "t,"
             " DESCRIPTOR(ts), INTERVAL '1' HOUR)) b ON a.k = b.k AND a.window_start = b.window_start AND a.window_end "
             "="
             " b.window_end",
         }) {
      made.push_back(std::make_unique<subject>(query));
    }
    return made;
  }();
  return all;
}

void read_records(std::string_view bytes) {
  delta_reader deltas{bytes};
  size_t operations = 0;
  for (delta_operation operation; deltas.next(operation);) check(++operations <= bytes.size());
  check(deltas.position() <= bytes.size());
}

} // namespace

// The first byte is the operator, the second an entry of it, the third what of it the rest replaces: key, value or both.
void one_input(std::string_view bytes) {
  if (bytes.size() < 3) return;
  subject& of = *subjects()[static_cast<unsigned char>(bytes[0]) % subjects().size()];
  auto entries = of.entries();
  state_entry& entry = entries[static_cast<unsigned char>(bytes[1]) % entries.size()];
  const int what = bytes[2] & 3;
  bytes.remove_prefix(3);
  read_records(bytes);
  if (what == 0) entry.key = bytes;
  else if (what == 1) entry.value = bytes;
  else
    entries.push_back({entry.key_group, entry.key + std::string(bytes.substr(0, bytes.size() / 2)),
                       std::string(bytes.substr(bytes.size() / 2))});
  of.restore(entries);
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (size_t s = 0; s < subjects().size(); ++s) {
    const auto& entries = subjects()[s]->entries();
    for (size_t e = 0; e < std::min<size_t>(entries.size(), 4); ++e) {
      all.push_back(std::string{static_cast<char>(s), static_cast<char>(e), '\0'} + entries[e].key);
      all.push_back(std::string{static_cast<char>(s), static_cast<char>(e), '\1'} + entries[e].value);
    }
  }
  return all;
}

} // namespace levada::fuzz
