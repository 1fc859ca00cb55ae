#include "runtime/sql/planner.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "runtime/spelling.hpp"
#include "runtime/sql/changelog.hpp"
#include "runtime/sql/merge_branches.hpp"
#include "runtime/sql/parser.hpp"
#include "runtime/sql/physical_plan.hpp"
#include "runtime/sql/prune_columns.hpp"
#include "runtime/sql/rewrite_plan.hpp"
#include "runtime/sql/self_join.hpp"
#include "runtime/sql/session_grouping.hpp"
#include "runtime/sql/sink_binder.hpp"
#include "runtime/sql/table_binder.hpp"

namespace levada {

namespace {

class script_planner {
 public:
  script_planner(const plan_options& options, planned_script& out)
      : options_(options), out_(out), found_(out.found), context_{*options.plugins, out.found, {}} {
    context_.eval.clock = options.clock;
    reset_to_session();
    use_zone({0, 0});
  }

  void run() {
    const auto script = parse_script(out_.source, found_);
    for (const auto& s : script.statements) std::visit([&](const auto& node) { apply(s, node); }, s.node);
    if (found_.failed()) out_.jobs.clear();
  }

 private:
  // The session zone is what expressions are bound and folded with from here on.
  void use_zone(source_span at) {
    const std::string& name = out_.settings.local_time_zone;
    if (name.empty()) {
      zone_ = time_zone::system();
    } else {
      auto found = time_zone::find(name);
      if (found.ok()) zone_ = std::move(*found);
      else found_.error(found.error().code(), at, std::string(found.error().message()));
    }
    context_.eval.session_zone = zone_.get();
    zones_.push_back(zone_);
  }

  // What the session said holds as if SET in front of the script, and again after RESET.
  void reset_to_session() {
    settings_.reset_all();
    for (const auto& [key, value] : options_.settings) {
      const auto done = settings_.set(key, value);
      if (!done.error.ok()) found_.error(done.error.code(), {0, 0}, std::string(done.error.message()), done.hint);
    }
    out_.settings = settings_.job();
  }

  void apply(const ast::statement& s, const ast::set_option& set) {
    ast::set_option filled{set.key, {{}, set.value.span}};
    if (!substitute(set.value, options_.variables, found_, filled.value.value)) return;
    settings_.apply(filled, found_);
    out_.settings = settings_.job();
    use_zone(s.span);
  }

  void apply(const ast::statement& s, const ast::reset_option& reset) {
    settings_.apply(reset, found_);
    if (!reset.key) reset_to_session();
    if (reset.key) {
      const auto it = options_.settings.find(reset.key->value);
      if (it != options_.settings.end()) (void)settings_.set(it->first, it->second);
    }
    out_.settings = settings_.job();
    use_zone(s.span);
  }

  bool may_create(const std::string& name, bool if_not_exists, source_span at) {
    if (!tables_.has(name)) return true;
    if (!if_not_exists)
      found_.error(errc::duplicate_name, at, "'" + name + "' exists already",
                   "DROP it first, or CREATE .. IF NOT EXISTS");
    return false;
  }

  void apply(const ast::statement&, const ast::create_table& create) {
    const auto name = simple_name(create.table, found_);
    if (!name || !may_create(*name, create.if_not_exists, create.table.span)) return;
    if (auto table = bind_table(context_, tables_, options_.variables, create)) {
      tables_.tables[*name] = std::move(table);
    } else {
      tables_.broken.insert(*name);
    }
  }

  void apply(const ast::statement&, const ast::create_view& create) {
    const auto name = simple_name(create.view, found_);
    if (!name || !may_create(*name, create.if_not_exists, create.view.span)) return;
    query_binder queries{context_, tables_};
    const size_t before = found_.error_count();
    auto node = queries.bind(*create.definition);
    view_entry view;
    view.name = *name;
    view.temporary = create.temporary;
    view.definition = create.definition.get();
    for (const auto& column : create.columns) view.columns.push_back(column.text);
    if (node && !view.columns.empty() && view.columns.size() != node->output().size()) {
      found_.error(errc::invalid_query, create.view.span,
                   "view '" + *name + "' names " + std::to_string(view.columns.size()) + " columns, its query has " +
                       std::to_string(node->output().size()));
    }
    if (found_.error_count() == before) tables_.views[*name] = std::move(view);
    else tables_.broken.insert(*name);
  }

  void apply(const ast::statement&, const ast::drop& drop) {
    const auto name = simple_name(drop.object, found_);
    if (!name) return;
    const bool table = drop.kind == ast::object_kind::table;
    const bool there = table ? tables_.tables.erase(*name) > 0 : tables_.views.erase(*name) > 0;
    if (tables_.broken.erase(*name) > 0 || there || drop.if_exists) return;
    const bool other = tables_.has(*name);
    found_.error(errc::unknown_name, drop.object.span,
                 std::string(table ? "table '" : "view '") + *name + "' does not exist",
                 other ? (table ? "it is a view: DROP VIEW" : "it is a table: DROP TABLE")
                       : spelling::suggestion(*name, tables_.names()));
  }

  void apply(const ast::statement& s, const ast::query_statement& q) {
    add_job(s, job_kind::query, plan_query(*q.source));
  }
  void apply(const ast::statement& s, const ast::insert& i) {
    std::vector<const ast::insert*> one{&i};
    add_job(s, job_kind::insert, plan_inserts(one));
  }
  void apply(const ast::statement& s, const ast::statement_set& set) {
    std::vector<const ast::insert*> all;
    for (const auto& i : set.inserts) all.push_back(&i);
    add_job(s, job_kind::insert, plan_inserts(all));
  }

  void apply(const ast::statement& s, const ast::explain& e) {
    auto& target = e.target->node;
    std::optional<planned_job> job;
    if (const auto* q = std::get_if<ast::query_statement>(&target)) job = plan_query(*q->source);
    if (const auto* i = std::get_if<ast::insert>(&target)) job = plan_inserts({i});
    if (const auto* set = std::get_if<ast::statement_set>(&target)) {
      std::vector<const ast::insert*> all;
      for (const auto& i : set->inserts) all.push_back(&i);
      job = plan_inserts(all);
    }
    if (!job) return;
    job->text = levada::explain(job->graph);
    job->graph = {};
    add_job(s, job_kind::explain, std::move(job));
  }

  void add_job(const ast::statement&, job_kind kind, std::optional<planned_job> job) {
    if (!job) return;
    job->kind = kind;
    job->settings = out_.settings;
    job->session_zone = zone_;
    out_.jobs.push_back(std::move(*job));
  }

  std::optional<planned_job> plan_query(const ast::query& q) {
    bound_sink target;
    if (!bind_bare_query(context_, tables_, q, target)) return {};
    if (!options_.make_collect) {
      found_.error(errc::unsupported, q.span, "a SELECT alone has nowhere to go here", "INSERT INTO a table");
      return {};
    }
    std::vector<bound_sink> targets;
    targets.push_back(std::move(target));
    return finish(std::move(targets), q.span);
  }

  std::optional<planned_job> plan_inserts(const std::vector<const ast::insert*>& inserts) {
    const sink_rules rules{out_.settings.not_null, out_.settings.type_length};
    std::vector<bound_sink> targets;
    bool ok = true;
    for (const auto* insert : inserts) {
      bound_sink target;
      const bool bound = bind_insert(context_, tables_, rules, *insert, target);
      ok = ok && bound;
      if (bound) targets.push_back(std::move(target));
    }
    if (!ok || targets.empty()) return {};
    return finish(merge_targets(std::move(targets)), inserts[0]->table_span);
  }

  // Two sinks of one table would write over each other: its inserts become one.
  static std::vector<bound_sink> merge_targets(std::vector<bound_sink> targets) {
    std::vector<bound_sink> merged;
    for (auto& target : targets) {
      const auto same = std::find_if(merged.begin(), merged.end(), [&](const bound_sink& other) {
        return other.table->name == target.table->name && other.table->options == target.table->options;
      });
      if (same == merged.end()) merged.push_back(std::move(target));
      else same->input = stack_union(std::move(same->input), std::move(target.input));
    }
    return merged;
  }

  // The connector itself does, or its format says in each record what kind of change it is.
  bool takes_changes(const table_entry& table) const {
    if (table.connector->accepts_updates) return true;
    auto name = table.options.find("format");
    const auto* format = name == table.options.end() ? nullptr : options_.plugins->format(name->second);
    return format && format->carries_changes;
  }

  bool check_sessions(const plan_node& root) {
    const auto* filter = find_filtered_session(root);
    if (!filter) return true;
    found_.error(errc::unsupported, filter->origin,
                 "a filter between SESSION and an aggregation by its partition is ambiguous: SQL forms the sessions of "
                 "all rows, Flink those of the rows that pass",
                 "filter inside the table argument for the latter, or use FILTER (WHERE ..) for the former");
    return false;
  }

  bool check_updates(const bound_sink& target) {
    if (!target.input->updating || !target.table || takes_changes(*target.table)) return true;
    const auto* producer = producer_of_updates(*target.input);
    const auto line = out_.source.locate(producer->origin.offset).line;
    std::string takers;
    for (const auto& name : options_.plugins->connector_names())
      if (options_.plugins->connector(name)->accepts_updates) takers += (takers.empty() ? "" : ", ") + name;
    found_.error(errc::invalid_query, target.input->origin,
                 "table '" + target.table->name + "' (connector '" + target.table->connector->name +
                     "') takes inserts only, but this query changes rows it has sent (" +
                     changelog_kinds(*target.input) + "): the aggregation in line " + std::to_string(line) + " does",
                 "aggregate per window (GROUP BY window_start, window_end, and of SESSION its partition), so that each "
                 "result is final; or write to "
                 "a connector that takes changes (" +
                     takers +
                     ") or a format that records them ('format' = 'debezium-json'); or leave the aggregation out");
    return false;
  }

  std::optional<planned_job> finish(std::vector<bound_sink> targets, source_span at) {
    planned_job job;
    job.output = targets[0].input->output();
    scan_needs needs;
    bool ok = true;
    for (auto& target : targets) {
      target.input = fuse_windows(simplify(std::move(target.input)));
      const bool needs_before = !target.table || target.table->connector->needs_update_before;
      ok = check_sessions(*target.input) && ok;
      ok = infer_changelog(*target.input, needs_before, found_) && check_updates(target) && ok;
      collect_needs(*target.input, *options_.plugins, needs);
    }
    if (!ok) return {};
    for (auto& target : targets) {
      target.input = settle_self_joins(merge_branches(prune_columns(std::move(target.input), needs)));
    }
    job.updating = targets[0].input->updating;

    physical_options physical;
    physical.access = {options_.plugins, context_.eval.clock, zone_,
                       static_cast<uint32_t>(out_.settings.batch_rows_max)};
    physical.chaining = out_.settings.operator_chaining;
    const int32_t wanted = out_.settings.parallelism;
    physical.parallelism =
        wanted > 0 ? static_cast<uint32_t>(wanted) : std::max(1U, std::thread::hardware_concurrency());
    physical.idle_timeout_ms = out_.settings.source_idle_timeout.count();
    physical.watermark_interval_ms = out_.settings.auto_watermark_interval.count();
    physical.collect = options_.make_collect;
    const size_t before = found_.error_count();
    job.graph = make_job_graph(std::move(targets), needs, physical, found_);
    if (found_.error_count() > before) return {};
    job.graph.name = out_.settings.pipeline_name.empty() ? default_name(at) : out_.settings.pipeline_name;
    return job;
  }

  std::string default_name(source_span at) const { return std::string(out_.source.slice(at)); }

  const plan_options& options_;
  planned_script& out_;
  diagnostics& found_;
  bind_context context_;
  catalog tables_;
  settings settings_;
  std::shared_ptr<const time_zone> zone_;
  std::vector<std::shared_ptr<const time_zone>> zones_; // bound expressions may point to any of them
};

} // namespace

planned_script plan(source_text text, const plan_options& options) {
  planned_script out{std::move(text), {}, {}, {}};
  script_planner{options, out}.run();
  return out;
}

} // namespace levada
