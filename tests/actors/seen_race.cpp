// An operator that goes on writing into batches it has sent. ThreadSanitizer must see that race through CAF and through
// tests/tsan.supp; else its silence about the other tests says nothing.
#include "actors/engine.hpp"
#include "tests/actors/test_plugins.hpp"

using namespace levada;

namespace {

class meddler final : public stream_operator {
 public:
  status open(const operator_context&) override { return {}; }
  status process(batch in, uint32_t, output& out) override {
    if (in.selected_count() == 0) return {};
    auto sent = std::make_shared<column>(data_type::bigint());
    in.selected().for_each([&](uint32_t row) { sent->push(in.columns[0]->at<int64_t>(row)); });
    in.columns[0] = sent;
    out.push(std::move(in));
    sent->data<int64_t>()[0] = -1;
    return {};
  }
};

} // namespace

int main() {
  registry plugins;
  plugins.add_operator("meddle", [] { return std::make_unique<meddler>(); });
  auto control = std::make_shared<counter_control>();
  control->rows = 100'000;
  job_graph graph;
  graph.vertices = {counting_vertex(control), chain_vertex("meddle"), collecting_vertex(std::make_shared<collector>())};
  graph.edges = {{0, 1, 0, exchange::forward, {}}, {1, 2, 0, exchange::forward, {}}};
  job_options options;
  options.plugins = &plugins;
  auto host = engine::make({2, 0, nullptr});
  if (!host.ok()) return 1;
  auto job = (*host)->start(std::move(graph), options);
  return job.ok() && (*job)->wait().ok() ? 0 : 1;
}
