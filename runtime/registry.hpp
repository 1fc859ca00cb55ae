// Name -> plug-in. A value that is passed down: no singletons, no static initialisers. The register_* functions are
// generated from the lists in runtime/CMakeLists.txt. Threads: filled by one thread, then only read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/connector.hpp"
#include "runtime/formats/format.hpp"
#include "runtime/functions/aggregate.hpp"
#include "runtime/functions/function.hpp"
#include "runtime/operators/operator.hpp"

namespace levada {

class registry {
 public:
  // Names are unique within their kind: a second registration replaces nothing, it stops the process.
  void add(function_definition definition);
  void add(aggregate_definition definition);
  void add(format_definition definition);
  void add(connector_definition definition);
  void add_operator(std::string kind, operator_factory factory);
  // A table function of the user: SELECT ... FROM name(TABLE t PARTITION BY k, 'option' => ...).
  void add_table_function(std::string name, operator_factory factory, schema output);

  // Null when unknown. Function and aggregate names are upper case.
  const function_definition* function(std::string_view name) const;
  const aggregate_definition* aggregate(std::string_view name) const;
  const format_definition* format(std::string_view name) const;
  const connector_definition* connector(std::string_view name) const;
  const operator_factory* find_operator(std::string_view kind) const;

  struct table_function {
    operator_factory factory;
    schema output;
  };
  const table_function* find_table_function(std::string_view name) const;

  std::vector<std::string> function_names() const; // aggregates included, sorted
  std::vector<std::string> format_names() const;
  std::vector<std::string> connector_names() const;

 private:
  template <class T>
  using named = std::map<std::string, T, std::less<>>;
  named<function_definition> functions_;
  named<aggregate_definition> aggregates_;
  named<format_definition> formats_;
  named<connector_definition> connectors_;
  named<operator_factory> operators_;
  named<table_function> table_functions_;
};

// Everything built in. Generated.
void register_functions(registry& into);
void register_aggregates(registry& into);
void register_formats(registry& into);
void register_connectors(registry& into);
void register_operators(registry& into);
registry builtin_registry();

} // namespace levada
