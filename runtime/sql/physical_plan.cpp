#include "runtime/sql/physical_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/quantity.hpp"
#include "runtime/sql/cast_expression.hpp"
#include "runtime/sql/fingerprint.hpp"

namespace levada {

namespace {

// The output of part of the plan: one vertex, or several that the next one merges.
struct stream {
  std::vector<uint32_t> vertices;
  bool open = false; // the only vertex may take one more operator
  schema shape;
};

class graph_builder {
 public:
  graph_builder(const scan_needs& needs, const physical_options& options, diagnostics& found)
      : needs_(needs), options_(options), found_(found) {}

  job_graph build(std::vector<bound_sink> sinks) {
    for (const auto& s : sinks) count_scans(*s.input);
    for (auto& s : sinks) add_sink(std::move(s));
    graph_.fingerprint = fingerprint_of(graph_);
    if (options_.access.session_zone) graph_.owned.push_back(options_.access.session_zone);
    return std::move(graph_);
  }

 private:
  void count_scans(const plan_node& node) {
    if (node.is("scan")) ++readers_[scan_key(node)];
    for (const auto& input : node.inputs) count_scans(*input);
  }

  std::string unique(const std::string& name) {
    const uint32_t count = ++names_[name];
    return count == 1 ? name : name + "#" + std::to_string(count);
  }

  void add_sink(bound_sink target) {
    sink_ = unique(target.table ? target.table->name : "collect");
    steps_ = 0;
    const bool updating = target.input->updating;
    const schema shape = target.input->output();
    stream in = build(*target.input);

    vertex made;
    made.kind = vertex_kind::sink;
    made.id = "sink." + sink_;
    made.name = "Sink: " + sink_;
    if (target.table) {
      made.make_sink = open_sink(options_.access, target.table, updating, made.guarantee, found_);
    } else {
      sink_spec spec;
      spec.table.name = "query";
      for (const auto& f : shape.fields) spec.table.columns.push_back({f, {}});
      spec.updating = updating;
      spec.guarantee = delivery::none;
      made.make_sink = [collect = options_.collect, spec] { return collect(spec); };
    }
    const uint32_t at = add_vertex(std::move(made));
    connect(in, at, 0, exchange::forward, {});
  }

  uint32_t add_vertex(vertex made) {
    graph_.vertices.push_back(std::move(made));
    return static_cast<uint32_t>(graph_.vertices.size() - 1);
  }

  void connect(const stream& from, uint32_t to, uint32_t input, exchange kind, const std::vector<uint32_t>& keys) {
    for (uint32_t v : from.vertices) graph_.edges.push_back({v, to, input, kind, keys});
  }

  stream build(plan_node& node) {
    if (node.is("scan")) return build_scan(node);
    if (node.is("values")) return build_values(node);
    std::vector<stream> inputs;
    for (auto& input : node.inputs) inputs.push_back(build(*input));
    if (node.is("union")) return build_union(node, inputs);
    return add_operator(std::move(node.spec), std::move(inputs), sink_ + "." + std::to_string(++steps_));
  }

  stream build_union(const plan_node& node, const std::vector<stream>& inputs) {
    stream merged;
    merged.shape = node.output();
    for (const auto& in : inputs) {
      for (uint32_t v : in.vertices) {
        const auto& all = merged.vertices;
        // Two edges between the same vertices would be one channel.
        if (std::find(all.begin(), all.end(), v) != all.end()) v = add_relay(v, in.shape);
        merged.vertices.push_back(v);
      }
    }
    return merged;
  }

  uint32_t add_relay(uint32_t from, const schema& shape) {
    operator_spec spec;
    spec.kind = "project";
    spec.output = shape;
    for (uint32_t i = 0; i < shape.size(); ++i) spec.expressions.push_back(make_column(i, shape.fields[i].type));
    stream in;
    in.vertices = {from};
    in.shape = shape;
    return add_operator(std::move(spec), {std::move(in)}, sink_ + "." + std::to_string(++steps_)).vertices[0];
  }

  static bool is_keyed(const operator_spec& spec) {
    return !spec.keys.empty() &&
           std::any_of(spec.keys.begin(), spec.keys.end(), [](const auto& k) { return !k.empty(); });
  }

  // One state for all rows: it must see all of them in one place.
  static bool is_global(const operator_spec& spec) {
    return spec.kind != "filter" && spec.kind != "project" && spec.kind != "watermark" && spec.kind != "enforce" &&
           spec.kind != "window_table" && spec.kind != "branches" && spec.kind != "in_time";
  }

  uint32_t common_parallelism(const stream& in) const {
    const uint32_t first = graph_.vertices[in.vertices[0]].parallelism;
    for (uint32_t v : in.vertices)
      if (graph_.vertices[v].parallelism != first) return 1;
    return first;
  }

  static std::string title(const operator_spec& spec) {
    std::string name = spec.kind;
    bool start = true;
    for (char& c : name) {
      if (start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      start = c == '_';
      if (c == '_') c = ' ';
    }
    return name;
  }

  stream add_operator(operator_spec spec, std::vector<stream> inputs, const std::string& place) {
    spec.id = place + "." + spec.kind;
    spec.inputs.clear();
    for (const auto& in : inputs) spec.inputs.push_back(in.shape);
    if (spec.updating.size() != inputs.size()) spec.updating.assign(inputs.size(), false);
    const bool keyed = is_keyed(spec);
    stream out;
    out.open = options_.chaining;
    out.shape = spec.output;
    const auto fits = [&](const stream& in) {
      return in.open && (!is_global(spec) || graph_.vertices[in.vertices[0]].parallelism == 1);
    };
    if (inputs.size() == 1 && !keyed && fits(inputs[0])) {
      auto& chain = graph_.vertices[inputs[0].vertices[0]];
      chain.name += " -> " + title(spec);
      chain.operators.push_back(std::move(spec));
      out.vertices = inputs[0].vertices;
      return out;
    }
    vertex made;
    made.id = spec.id;
    made.name = title(spec);
    if (keyed) made.parallelism = options_.parallelism;
    else if (!is_global(spec) && inputs.size() == 1) made.parallelism = common_parallelism(inputs[0]);
    const auto keys = spec.keys;
    made.operators.push_back(std::move(spec));
    const uint32_t at = add_vertex(std::move(made));
    for (uint32_t i = 0; i < inputs.size(); ++i) {
      if (keyed) connect(inputs[i], at, i, exchange::hash, keys[i]);
      else connect(inputs[i], at, i, exchange::forward, {});
    }
    out.vertices = {at};
    return out;
  }

  stream build_values(plan_node& node) {
    vertex made;
    made.kind = vertex_kind::source;
    made.id = sink_ + "." + std::to_string(++steps_) + ".values";
    made.name = "Values";
    made.bounded = true;
    made.source_output = node.output();
    made.make_source = open_values(options_.access, node.output(), std::move(node.rows));
    if (auto tried = made.make_source(); !tried.ok())
      found_.error(tried.error().code(), node.origin, std::string(tried.error().message()));
    stream out;
    out.open = options_.chaining;
    out.shape = node.output();
    out.vertices = {add_vertex(std::move(made))};
    return out;
  }

  stream build_scan(const plan_node& node) {
    const std::string key = scan_key(node);
    if (const auto it = sources_.find(key); it != sources_.end()) return it->second;
    stream out = make_source(node, needs_.at(key));
    if (readers_[key] > 1) out.open = false;
    sources_[key] = out;
    return out;
  }

  stream make_source(const plan_node& node, const scan_need& need) {
    const auto& table = *node.table;
    // What must be read: the columns wanted, and what computed ones are made of.
    std::vector<uint32_t> stored;
    for (uint32_t column : need.columns) {
      if (table.columns[column].stored()) stored.push_back(column);
      else collect_more(*table.columns[column].expression, stored);
    }
    if (stored.empty()) stored.push_back(first_stored(table));
    std::sort(stored.begin(), stored.end());
    stored.erase(std::unique(stored.begin(), stored.end()), stored.end());

    const std::string name = unique("source." + table.name);
    vertex made;
    made.kind = vertex_kind::source;
    made.id = name;
    made.name = "Source: " + table.name;
    for (uint32_t column : stored) {
      const auto& c = table.columns[column];
      const bool metadata = c.kind == ast::column_kind::metadata;
      made.source_output.fields.push_back(
          {c.column.name, metadata ? c.metadata_type : need.type_of(column, c.column.type)});
    }
    made.make_source = open_source(options_.access, node.table, stored, made.source_output, found_);
    if (table.connector->bounded) {
      table_options values{table.options};
      made.bounded = table.connector->bounded(values);
    }
    stream out;
    out.open = options_.chaining;
    out.shape = made.source_output;
    out.vertices = {add_vertex(std::move(made))};
    out = add_computed(table, need, stored, std::move(out), name);
    return need.watermark ? add_watermark(table, need, std::move(out), name) : out;
  }

  static void collect_more(const expression& e, std::vector<uint32_t>& into) {
    std::vector<uint32_t> read;
    collect_columns(e, read);
    into.insert(into.end(), read.begin(), read.end());
  }

  static uint32_t first_stored(const table_entry& table) {
    for (uint32_t i = 0; i < table.columns.size(); ++i)
      if (table.columns[i].stored()) return i;
    return 0;
  }

  stream add_computed(const table_entry& table, const scan_need& need, const std::vector<uint32_t>& stored, stream in,
                      const std::string& name) {
    eval_context eval;
    eval.clock = options_.access.clock;
    eval.session_zone = options_.access.session_zone.get();
    std::vector<expression_ptr> value_of(table.columns.size());
    bool plain = need.columns == stored;
    for (uint32_t i = 0; i < stored.size(); ++i) {
      const auto& c = table.columns[stored[i]];
      auto value = make_column(i, in.shape.fields[i].type);
      if (c.kind == ast::column_kind::metadata && !value->type.same_ignoring_nullability(c.column.type)) {
        auto cast = explicit_cast(value, c.column.type, false, eval);
        if (!cast.ok()) {
          found_.error(cast.error().code(), c.span, std::string(cast.error().message()));
          return in;
        }
        value = std::move(*cast);
        plain = false;
      }
      value_of[stored[i]] = std::move(value);
    }
    if (plain) return in;
    operator_spec spec;
    spec.kind = "project";
    for (uint32_t column : need.columns) {
      const auto& c = table.columns[column];
      spec.expressions.push_back(c.stored() ? value_of[column] : substitute_columns(c.expression, value_of));
      spec.output.fields.push_back({c.column.name, spec.expressions.back()->type});
    }
    return add_operator(std::move(spec), {std::move(in)}, name + ".columns");
  }

  stream add_watermark(const table_entry& table, const scan_need& need, stream in, const std::string& name) {
    std::vector<expression_ptr> value_of(table.columns.size());
    for (uint32_t i = 0; i < need.columns.size(); ++i)
      value_of[need.columns[i]] = make_column(i, in.shape.fields[i].type);
    operator_spec spec;
    spec.kind = "watermark";
    spec.output = in.shape;
    spec.time_column = static_cast<int>(value_of[table.watermark->column]->index);
    spec.expressions.push_back(substitute_columns(table.watermark->expression, value_of));
    int64_t idle = options_.idle_timeout_ms;
    if (const auto it = table.options.find("scan.watermark.idle-timeout"); it != table.options.end()) {
      const auto parsed = parse_duration_ms(it->second);
      if (!parsed) {
        found_.error(errc::invalid_option, table.option_spans.at(it->first),
                     "expected a duration such as '10 s' or '5 min'");
        return in;
      }
      idle = *parsed;
    }
    spec.options = {{"idle-timeout-ms", std::to_string(idle)},
                    {"interval-ms", std::to_string(options_.watermark_interval_ms)}};
    return add_operator(std::move(spec), {std::move(in)}, name);
  }

  const scan_needs& needs_;
  const physical_options& options_;
  diagnostics& found_;
  job_graph graph_;
  std::map<std::string, uint32_t> readers_;
  std::map<std::string, stream> sources_;
  std::map<std::string, uint32_t> names_;
  std::string sink_;
  uint32_t steps_ = 0;
};

} // namespace

job_graph make_job_graph(std::vector<bound_sink> sinks, const scan_needs& needs, const physical_options& options,
                         diagnostics& found) {
  return graph_builder{needs, options, found}.build(std::move(sinks));
}

} // namespace levada
