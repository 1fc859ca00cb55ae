// The directory a state lies in: its lock, and how its file comes and goes.
#pragma once

#include <memory>
#include <string>

#include "platform/file.hpp"
#include "storage/epoch_store.hpp"

namespace levada {

// Bytes the file may grow to: the quota within what the machine can map.
uint64_t quota_of(const epoch_store_options& options);

// Held as long as the result lives. store_locked: another process, or this one, holds it.
result<std::unique_ptr<file>> lock_directory(file_system& files, const std::string& directory);

// Forgets what the directory holds, durably. Nothing there is no error.
status remove_state(file_system& files, const epoch_store_options& options);

// An empty state of the job where there is none yet.
status create_if_absent(file_system& files, const epoch_store_options& options);

} // namespace levada
