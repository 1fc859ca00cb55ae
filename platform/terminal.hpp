// Whether a person is at the other end.
#pragma once

namespace levada {

bool stdout_is_terminal();
bool stderr_is_terminal();

} // namespace levada
