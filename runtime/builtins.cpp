#include "runtime/registry.hpp"

namespace levada {

registry builtin_registry() {
  registry all;
  register_functions(all);
  register_aggregates(all);
  register_formats(all);
  register_connectors(all);
  register_operators(all);
  return all;
}

} // namespace levada
