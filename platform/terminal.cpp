#include "platform/terminal.hpp"

#include <unistd.h>

namespace levada {

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }

} // namespace levada
