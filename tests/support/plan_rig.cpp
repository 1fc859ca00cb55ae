#include "tests/support/plan_rig.hpp"

namespace levada::testing {

namespace {

class no_source final : public source {
 public:
  status open(std::string_view) override { return {}; }
  result<poll_state> poll(decode_target&) override { return poll_state::finished; }
  std::string position() override { return {}; }
  const source_counters& counters() const override { return counters_; }

 private:
  source_counters counters_;
};

class no_sink final : public sink {
 public:
  status open(std::string_view) override { return {}; }
  status write(const batch&) override { return {}; }
};

void register_rows(registry& into, const char* name, bool accepts_updates) {
  connector_definition rows;
  rows.name = name;
  rows.options = {{"size", "integer", "", "not read by anybody", false}};
  rows.metadata = {{"offset", data_type::bigint().not_null()}, {"topic", data_type::string()}};
  rows.accepts_updates = accepts_updates;
  rows.fields_by_name = true;
  rows.make_source = [](const source_spec&) -> result<std::unique_ptr<source>> {
    return std::unique_ptr<source>(new no_source);
  };
  rows.make_sink = [](const sink_spec&) -> result<std::unique_ptr<sink>> { return std::unique_ptr<sink>(new no_sink); };
  into.add(std::move(rows));
}

} // namespace

plan_rig::plan_rig() : plugins_(builtin_registry()) {
  register_rows(plugins_, "rows", true);
  register_rows(plugins_, "append", false);
  options.plugins = &plugins_;
  options.clock = &clock_;
  options.settings = {{"table.local-time-zone", "UTC"}, {"parallelism.default", "2"}};
  options.make_collect = [](const sink_spec&) -> result<std::unique_ptr<sink>> {
    return std::unique_ptr<sink>(new no_sink);
  };
}

planned_script plan_rig::plan(std::string_view text) { return levada::plan({"q.sql", text}, options); }

std::string plan_rig::explain(std::string_view text) {
  const auto planned = plan(text);
  if (!planned.ok() || planned.jobs.empty()) return planned.found.render(planned.source);
  const auto& job = planned.jobs.back();
  return job.kind == job_kind::explain ? job.text : levada::explain(job.graph);
}

std::string plan_rig::errors(std::string_view text) {
  const auto planned = plan(text);
  return planned.found.render(planned.source);
}

} // namespace levada::testing
