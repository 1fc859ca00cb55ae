#include "runtime/registry.hpp"

namespace levada::connectors {

namespace {

class blackhole_sink final : public sink {
 public:
  status open(std::string_view) override { return {}; }
  status write(const batch&) override { return {}; }
};

} // namespace

void register_blackhole(registry& into) {
  connector_definition definition;
  definition.name = "blackhole";
  definition.summary = "takes rows and forgets them";
  definition.accepts_updates = true;
  definition.needs_update_before = false;
  definition.exactly_once = true; // nothing is visible, so nothing is visible twice
  definition.make_sink = [](const sink_spec&) -> result<std::unique_ptr<sink>> {
    return std::unique_ptr<sink>(new blackhole_sink);
  };
  into.add(std::move(definition));
}

} // namespace levada::connectors
