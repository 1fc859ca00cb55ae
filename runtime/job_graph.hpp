// The plan as the engine runs it: vertices (fused chains) and edges. Produced by runtime/sql or by hand, executed by
// actors/. Owns everything its specs point to. Vertices are in topological order: edges go from lower to higher index.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/connector.hpp"
#include "runtime/operators/operator.hpp"

namespace levada {

enum class vertex_kind : uint8_t { source, chain, sink };
enum class exchange : uint8_t { forward, hash }; // forward: instance i to instance i, or all to the only one

struct edge {
  uint32_t from = 0;
  uint32_t to = 0;
  uint32_t input = 0; // input number of the receiving vertex's first operator
  exchange kind = exchange::forward;
  std::vector<uint32_t> keys; // hash: columns of the sender's output
};

struct vertex {
  vertex_kind kind = vertex_kind::chain;
  std::string id;   // stable within the query; names state and positions
  std::string name; // for people: "Source: bid -> Filter -> Project"
  uint32_t parallelism = 1;
  // source: the factory, and operators fused behind it. sink: the factory (no operators). chain: operators only.
  std::function<result<std::unique_ptr<source>>()> make_source;
  std::function<result<std::unique_ptr<sink>>()> make_sink;
  schema source_output;                 // of the source itself
  bool bounded = false;                 // source: will end
  delivery guarantee = delivery::none;  // sink
  std::vector<operator_spec> operators; // fused, first to last
};

struct job_graph {
  std::string name;
  // Digest of the query as far as state depends on it: a state directory belongs to one.
  std::string fingerprint;
  std::vector<vertex> vertices;
  std::vector<edge> edges;
  // Keeps tables, options and zones alive that specs point to.
  std::vector<std::shared_ptr<const void>> owned;
};

} // namespace levada
