#include "runtime/sql/fingerprint.hpp"

#include <array>

namespace levada {

namespace {

class digest {
 public:
  void add(std::string_view text) {
    for (unsigned char c : text) step(c);
    step(0xFF); // in no UTF-8 text: parts cannot run together
  }
  void add_number(int64_t number) { add(std::to_string(number)); }
  std::string text() const {
    std::array<char, 16> digits{};
    uint64_t left = state_;
    for (size_t i = digits.size(); i-- > 0; left >>= 4) digits[i] = "0123456789abcdef"[left & 15];
    return {digits.data(), digits.size()};
  }

 private:
  void step(unsigned char c) { state_ = (state_ ^ c) * 0x100000001B3; }
  uint64_t state_ = 0xCBF29CE484222325;
};

void add_window(digest& to, const window_spec& w) {
  to.add_number(static_cast<int>(w.kind));
  to.add_number(w.time_column);
  to.add_number(w.start_column);
  to.add_number(w.end_column);
  to.add_number(w.size_ms);
  to.add_number(w.slide_ms);
  to.add_number(w.offset_ms);
}

void add_operator(digest& to, const operator_spec& spec) {
  to.add(spec.kind);
  to.add(spec.id);
  for (const auto& in : spec.inputs) to.add(in.to_string());
  to.add(spec.output.to_string());
  schema all;
  for (const auto& in : spec.inputs) all.fields.insert(all.fields.end(), in.fields.begin(), in.fields.end());
  for (const auto& e : spec.expressions) to.add(to_string(*e, all));
  for (const auto& keys : spec.keys)
    for (uint32_t key : keys) to.add_number(key);
  for (const auto& call : spec.aggregates) {
    to.add(call.name + (call.distinct ? " DISTINCT" : ""));
    for (uint32_t arg : call.args) to.add_number(arg);
    to.add_number(call.filter);
  }
  add_window(to, spec.window);
  add_window(to, spec.window_right);
  to.add_number(spec.time_column);
  // Built-in operators take settings there, which may change; those of the user take what they compute with.
  if (spec.kind == "watermark" || spec.kind == "enforce") return;
  for (const auto& [key, value] : spec.options) to.add(key + "=" + value);
}

} // namespace

std::string fingerprint_of(const job_graph& graph) {
  digest d;
  // Not where chains begin and end: chaining may be switched.
  for (const auto& v : graph.vertices) {
    if (v.kind != vertex_kind::chain) {
      d.add(v.id);
      d.add(v.source_output.to_string());
    }
    for (const auto& spec : v.operators) add_operator(d, spec);
  }
  for (const auto& e : graph.edges) {
    if (e.kind != exchange::hash) continue;
    d.add_number(e.input);
    for (uint32_t key : e.keys) d.add_number(key);
  }
  return d.text();
}

} // namespace levada
