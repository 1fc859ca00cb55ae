// The actor that owns the epoch store: commit_message in, commit_done_message back.
//
// An epoch that does not fit is tried once more after merging; above the second step of the quota's ladder merges also
// run behind a commit, before it is acknowledged. After a commit of unknown outcome the store is opened anew, to say
// what it holds; the job stops all the same.
#pragma once

#include <functional>
#include <memory>

#include "actors/caf_seam.hpp"

namespace levada {

using store_opener = std::function<result<std::unique_ptr<epoch_store>>()>;

caf::actor spawn_store_writer(caf::actor_system& system, std::unique_ptr<epoch_store> store, store_opener open_again);

} // namespace levada
