#include "runtime/sql/explain.hpp"

#include <algorithm>
#include <vector>

namespace levada {

namespace {

std::string duration(int64_t ms) {
  if (ms != 0 && ms % 86400000 == 0) return std::to_string(ms / 86400000) + " d";
  if (ms != 0 && ms % 3600000 == 0) return std::to_string(ms / 3600000) + " h";
  if (ms != 0 && ms % 60000 == 0) return std::to_string(ms / 60000) + " min";
  if (ms % 1000 == 0) return std::to_string(ms / 1000) + " s";
  return std::to_string(ms) + " ms";
}

std::string column_name(const schema& s, uint32_t column) {
  return column < s.size() ? s.fields[column].name : "$" + std::to_string(column);
}

std::string column_list(const schema& s, const std::vector<uint32_t>& columns) {
  std::string text;
  for (uint32_t column : columns) text += (text.empty() ? "" : ", ") + column_name(s, column);
  return text;
}

std::string shape_text(const schema& s) {
  std::string text;
  for (const auto& f : s.fields) text += (text.empty() ? "" : ", ") + f.name + " " + f.type.to_string();
  return "(" + text + ")";
}

std::string window_text(const window_spec& w, const schema& in) {
  const auto with_offset = [&](const std::string& text) {
    return text + (w.offset_ms != 0 ? ", offset " + duration(w.offset_ms) : "") + ")";
  };
  const std::string time = column_name(in, w.time_column);
  switch (w.kind) {
  case window_kind::tumble: return with_offset("TUMBLE(" + time + ", " + duration(w.size_ms));
  case window_kind::hop: return with_offset("HOP(" + time + ", " + duration(w.slide_ms) + ", " + duration(w.size_ms));
  case window_kind::cumulate:
    return with_offset("CUMULATE(" + time + ", " + duration(w.slide_ms) + ", " + duration(w.size_ms));
  case window_kind::session: return "SESSION(" + time + ", " + duration(w.size_ms) + ")";
  case window_kind::attached:
    return "the windows [" + column_name(in, w.start_column) + ", " + column_name(in, w.end_column) + ")";
  }
  return {};
}

std::string call_text(const aggregate_call& call, const schema& in) {
  std::string text = call.name + "(" + (call.distinct ? "DISTINCT " : "");
  text += call.args.empty() ? "*" : column_list(in, call.args);
  text += ")";
  if (call.filter >= 0) text += " FILTER (WHERE " + column_name(in, static_cast<uint32_t>(call.filter)) + ")";
  return text;
}

std::string aggregate_text(const operator_spec& spec) {
  const schema& in = spec.inputs[0];
  std::string text;
  for (const auto& call : spec.aggregates) text += (text.empty() ? "" : ", ") + call_text(call, in);
  if (!spec.keys[0].empty()) text += (text.empty() ? "" : " ") + ("by " + column_list(in, spec.keys[0]));
  if (spec.kind == "window_aggregate") text += (text.empty() ? "" : " ") + ("over " + window_text(spec.window, in));
  return text;
}

std::string join_text(const operator_spec& spec) {
  const schema& left = spec.inputs[0];
  const schema& right = spec.inputs[1];
  std::string text = window_text(spec.window, left) + " = " + window_text(spec.window_right, right);
  for (size_t i = 0; i < spec.keys[0].size(); ++i)
    text += ", " + column_name(left, spec.keys[0][i]) + " = " + column_name(right, spec.keys[1][i]);
  if (!spec.expressions.empty()) {
    schema both = left;
    both.fields.insert(both.fields.end(), right.fields.begin(), right.fields.end());
    text += ", where " + to_string(*spec.expressions[0], both);
  }
  return text;
}

std::string branches_text(const operator_spec& spec) {
  std::string text;
  const size_t stride = spec.output.size() + 1;
  for (size_t i = 0; i < spec.expressions.size(); ++i) {
    const std::string value = to_string(*spec.expressions[i], spec.inputs[0]);
    if (i % stride == 0) text += (i > 0 ? " | " : "") + (value == "TRUE" ? std::string{} : "where " + value + ": ");
    else text += (i % stride > 1 ? ", " : "") + value;
  }
  return text;
}

std::string operator_text(const operator_spec& spec) {
  if (spec.kind == "filter") return to_string(*spec.expressions[0], spec.inputs[0]);
  if (spec.kind == "project") {
    std::string text;
    for (size_t i = 0; i < spec.expressions.size(); ++i) {
      std::string value = to_string(*spec.expressions[i], spec.inputs[0]);
      const std::string& name = spec.output.fields[i].name;
      if (value != "`" + name + "`") value += " AS " + name;
      text += (i > 0 ? ", " : "") + value;
    }
    return text;
  }
  if (spec.kind == "watermark")
    return column_name(spec.output, static_cast<uint32_t>(spec.time_column)) + " AS " +
           to_string(*spec.expressions[0], spec.inputs[0]);
  if (spec.kind == "branches") return branches_text(spec);
  if (spec.kind == "window_table" || spec.kind == "in_time") return window_text(spec.window, spec.inputs[0]);
  if (spec.kind == "session_table")
    return window_text(spec.window, spec.inputs[0]) +
           (spec.keys[0].empty() ? "" : " by " + column_list(spec.inputs[0], spec.keys[0]));
  if (spec.kind == "window_aggregate" || spec.kind == "group_aggregate") return aggregate_text(spec);
  if (spec.kind == "window_join") return join_text(spec);
  std::string text;
  for (const auto& [key, value] : spec.options) text += (text.empty() ? "" : ", ") + key + "=" + value;
  return text;
}

class explainer {
 public:
  explicit explainer(const job_graph& graph) : graph_(graph), shown_(graph.vertices.size(), false) {}

  std::string text() {
    for (uint32_t i = 0; i < graph_.vertices.size(); ++i)
      if (graph_.vertices[i].kind == vertex_kind::sink) show(i, 0);
    return std::move(text_);
  }

 private:
  std::vector<const edge*> inputs_of(uint32_t v) const {
    std::vector<const edge*> found;
    for (const auto& e : graph_.edges)
      if (e.to == v) found.push_back(&e);
    std::stable_sort(found.begin(), found.end(), [](const edge* a, const edge* b) { return a->input < b->input; });
    return found;
  }

  // What comes out of a vertex.
  std::string changelog(uint32_t v) const {
    std::string kinds = "+I";
    for (const edge* e : inputs_of(v)) {
      auto below = changelog(e->from);
      if (below.size() > kinds.size()) kinds = std::move(below);
    }
    for (const auto& spec : graph_.vertices[v].operators) {
      if (spec.kind == "group_aggregate")
        kinds = std::string("+I") + (spec.emit_update_before ? ", -U" : "") + ", +U" + (kinds != "+I" ? ", -D" : "");
      else if (spec.kind == "window_aggregate") kinds = "+I";
    }
    return kinds;
  }

  const schema& output_of(const vertex& v) const {
    return v.operators.empty() ? v.source_output : v.operators.back().output;
  }

  void line(size_t depth, const std::string& text) { text_ += std::string(depth * 2, ' ') + text + "\n"; }

  void show(uint32_t index, size_t depth) {
    const auto& v = graph_.vertices[index];
    line(depth, v.name + "  [parallelism " + std::to_string(v.parallelism) + ", " + changelog(index) + "]");
    if (shown_[index]) {
      line(depth + 1, "(shown above)");
      return;
    }
    shown_[index] = true;
    if (v.kind == vertex_kind::source) line(depth + 1, "read " + shape_text(v.source_output));
    for (const auto& spec : v.operators) line(depth + 1, spec.kind + " " + operator_text(spec));
    if (!v.operators.empty()) line(depth + 1, "= " + shape_text(v.operators.back().output));
    for (const edge* e : inputs_of(index)) {
      const auto& from = graph_.vertices[e->from];
      line(depth + 1, e->kind == exchange::hash ? "<- hash " + column_list(output_of(from), e->keys) : "<- forward");
      show(e->from, depth + 1);
    }
  }

  const job_graph& graph_;
  std::vector<bool> shown_;
  std::string text_;
};

} // namespace

std::string explain(const job_graph& graph) { return explainer{graph}.text(); }

} // namespace levada
