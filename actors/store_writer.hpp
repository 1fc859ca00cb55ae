// The actor that owns the epoch store: commit_message in, commit_done_message back.
#pragma once

#include <memory>

#include "actors/caf_seam.hpp"

namespace levada {

caf::actor spawn_store_writer(caf::actor_system& system, std::unique_ptr<epoch_store> store);

} // namespace levada
