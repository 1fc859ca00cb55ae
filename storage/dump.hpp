// A state directory as text for people: the job, the last epoch, every value, store and dead letter.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "platform/status.hpp"

namespace levada {

struct dump_options {
  std::string directory;
  bool entries = false;           // the entries of keyed stores too, not only their number
  size_t bytes_shown_max = 64;    // of a value, an entry or a payload
  uint64_t dead_letters_max = 20; // the newest
};

// Calls `line` for each line, without its end. Reads one consistent epoch, also while a run has the directory
// open; checks all it reads. Errors: not_found, corrupt_value (after the lines up to the damage), state_mismatch
// for another format.
status dump_state(const dump_options& options, const std::function<void(std::string_view)>& line);

// Printable ASCII as it is, other bytes as \xNN, "..." where it was cut.
std::string shown_bytes(std::string_view bytes, size_t bytes_max);

} // namespace levada
