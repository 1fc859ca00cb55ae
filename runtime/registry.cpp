#include "runtime/registry.hpp"

#include <algorithm>

namespace levada {

namespace {

template <class Map, class T>
void add_unique(Map& map, std::string name, T value) {
  bool added = map.emplace(std::move(name), std::move(value)).second;
  check(added);
}

template <class Map>
auto find_in(const Map& map, std::string_view name) -> const typename Map::mapped_type* {
  auto it = map.find(name);
  return it == map.end() ? nullptr : &it->second;
}

template <class Map>
void append_names(const Map& map, std::vector<std::string>& names) {
  for (const auto& entry : map) names.push_back(entry.first);
}

} // namespace

void registry::add(function_definition d) {
  std::string name = d.name;
  add_unique(functions_, std::move(name), std::move(d));
}
void registry::add(aggregate_definition d) {
  std::string name = d.name;
  add_unique(aggregates_, std::move(name), std::move(d));
}
void registry::add(format_definition d) {
  std::string name = d.name;
  add_unique(formats_, std::move(name), std::move(d));
}
void registry::add(connector_definition d) {
  std::string name = d.name;
  add_unique(connectors_, std::move(name), std::move(d));
}
void registry::add_operator(std::string kind, operator_factory factory) {
  add_unique(operators_, std::move(kind), std::move(factory));
}
void registry::add_table_function(std::string name, operator_factory factory, schema output) {
  add_unique(table_functions_, std::move(name), table_function{std::move(factory), std::move(output)});
}

const function_definition* registry::function(std::string_view name) const { return find_in(functions_, name); }
const aggregate_definition* registry::aggregate(std::string_view name) const { return find_in(aggregates_, name); }
const format_definition* registry::format(std::string_view name) const { return find_in(formats_, name); }
const connector_definition* registry::connector(std::string_view name) const { return find_in(connectors_, name); }
const operator_factory* registry::find_operator(std::string_view kind) const { return find_in(operators_, kind); }
const registry::table_function* registry::find_table_function(std::string_view name) const {
  return find_in(table_functions_, name);
}

std::vector<std::string> registry::function_names() const {
  std::vector<std::string> names;
  append_names(functions_, names);
  append_names(aggregates_, names);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> registry::format_names() const {
  std::vector<std::string> names;
  append_names(formats_, names);
  return names;
}

std::vector<std::string> registry::connector_names() const {
  std::vector<std::string> names;
  append_names(connectors_, names);
  return names;
}

} // namespace levada
