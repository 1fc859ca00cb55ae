#include "runtime/formats/json.hpp"

namespace levada {

result<std::unique_ptr<encoder>> make_json_encoder(std::vector<field>, const json_write_options&) {
  return status{errc::unsupported, "json cannot be written yet"};
}

} // namespace levada
